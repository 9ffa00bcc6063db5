/*
 * exchange.c - what a handler works on: one request and its answer
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "worker.h"

enum status
exchange_open_store(struct exchange *exchange)
{
	char why[STORE_REASON_MAX];
	enum status status;

	status = worker_open_store(exchange->worker, &exchange->store, why);
	if (status != STATUS_OK)
		return response_error(exchange->response, status, "%s", why);
	return STATUS_OK;
}

enum status
exchange_fail(struct exchange *exchange, enum status status,
    const char *text)
{
	if (status != STATUS_NOT_FOUND && status != STATUS_CONFLICT)
		text = store_reason(exchange->store);
	return response_error(exchange->response, status, "%s", text);
}

enum status
exchange_read_json(struct exchange *exchange, struct json_object **out)
{
	struct request *request = exchange->request;
	const char *why = "the body could not be read";
	enum status status;

	status = request_read_body(request, &why);
	if (status == STATUS_OK && request->body.len == 0) {
		why = "the body is empty: send a JSON object";
		status = STATUS_INVALID;
	}
	if (status == STATUS_OK)
		status = json_parse_object(exchange->arena,
		    request->body.data, request->body.len, out, &why);
	if (status != STATUS_OK)
		return response_error(exchange->response, status, "%s", why);
	return STATUS_OK;
}

enum status
exchange_no_content(struct exchange *exchange)
{
	exchange->response->http = 204;
	return STATUS_OK;
}

enum status
exchange_tag(struct exchange *exchange)
{
	struct response *response = exchange->response;

	if (response->body.status != STATUS_OK)
		return response_error(response, STATUS_INTERNAL,
		    "the answer is too large");
	response_tag(response, exchange->arena,
	    request_header(exchange->request, "HTTP_IF_NONE_MATCH"));
	return STATUS_OK;
}
