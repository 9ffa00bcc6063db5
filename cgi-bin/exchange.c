/*
 * exchange.c - what a handler works on: one request and its answer
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "number.h"
#include "query.h"
#include "utf8.h"
#include "worker.h"

/* Who the web server says it is; nobody, where that cannot be stored. */
static const char *
remote_user(const struct exchange *exchange)
{
	const char *user = request_header(exchange->request, "REMOTE_USER");

	if (user == NULL || !utf8_valid(user, strlen(user)) ||
	    utf8_has_control(user) || strlen(user) > ACTOR_BYTES_MAX)
		return "";
	return user;
}

enum status
exchange_open_store(struct exchange *exchange)
{
	char why[STORE_REASON_MAX];
	enum status status;

	status = worker_open_store(exchange->worker, &exchange->store, why);
	if (status != STATUS_OK)
		return response_error(exchange->response, status, "%s", why);
	store_set_actor(exchange->store, remote_user(exchange));
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
exchange_count(struct exchange *exchange, int64_t count)
{
	struct json_writer writer;

	json_writer_init(&writer, &exchange->response->body);
	json_open_object(&writer, NULL);
	json_put_int64(&writer, "count", count);
	json_close_object(&writer);
	return STATUS_OK;
}

enum status
exchange_no_content(struct exchange *exchange)
{
	exchange->response->http = 204;
	return STATUS_OK;
}

static bool
tag(struct exchange *exchange, int64_t revision)
{
	return response_tag(exchange->response, exchange->arena, revision,
	    request_header(exchange->request, "HTTP_IF_NONE_MATCH"));
}

enum status
exchange_tag(struct exchange *exchange, int64_t *revision, bool *current)
{
	enum status status = exchange_open_store(exchange);

	if (status != STATUS_OK)
		return status;
	status = store_get_revision(exchange->store, revision);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	*current = tag(exchange, *revision);
	return STATUS_OK;
}

enum status
exchange_begin_snapshot(struct exchange *exchange, int64_t *revision)
{
	enum status status = store_begin_read(exchange->store);

	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	status = store_get_revision(exchange->store, revision);
	if (status != STATUS_OK)
		return exchange_end_snapshot(exchange, status,
		    &exchange->response->body);
	/* What has changed since exchange_tag is not what the client has. */
	(void)tag(exchange, *revision);
	exchange->response->http = 200;
	return STATUS_OK;
}

enum status
exchange_end_snapshot(struct exchange *exchange, enum status status,
    const struct buf *body)
{
	store_end_read(exchange->store);
	if (status == STATUS_OK && body->status != STATUS_OK)
		return response_error(exchange->response, STATUS_INTERNAL,
		    "the answer is too large");
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	return STATUS_OK;
}

enum status
exchange_query_text(struct exchange *exchange, const char *name,
    const char **out)
{
	*out = NULL;
	if (query_get(exchange->arena, exchange->request->query, name,
	    out) == STATUS_INVALID)
		return response_error(exchange->response, STATUS_INVALID,
		    "%s in the query is malformed: it must be "
		    "percent-encoded UTF-8 without control characters",
		    name);
	return STATUS_OK;
}

enum status
exchange_query_number(struct exchange *exchange, const char *name,
    int64_t max, int64_t *out)
{
	enum status status;
	const char *text;

	status = exchange_query_text(exchange, name, &text);
	if (status != STATUS_OK || text == NULL)
		return status;
	if (!number_parse(text, max, out))
		return response_error(exchange->response, STATUS_INVALID,
		    "%s in the query must be a whole number of at most %lld",
		    name, (long long)max);
	return STATUS_OK;
}

enum status
exchange_check_host(struct exchange *exchange, const char *name)
{
	const char *why = NULL;

	if (strlen(name) > HOSTNAME_BYTES_MAX)
		why = "the host's name is longer than 255 bytes";
	else if (!utf8_valid(name, strlen(name)) || utf8_has_control(name))
		why = "the host's name holds control characters";
	if (why != NULL)
		return response_error(exchange->response, STATUS_INVALID,
		    "%s", why);
	return STATUS_OK;
}

enum status
exchange_query_host(struct exchange *exchange, const char **out)
{
	enum status status;

	status = exchange_query_text(exchange, "host", out);
	if (status != STATUS_OK || *out == NULL)
		return status;
	return exchange_check_host(exchange, *out);
}
