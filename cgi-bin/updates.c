/*
 * updates.c - /api/updates: the list, and acknowledging
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "entry_json.h"
#include "exchange.h"
#include "reference.h"
#include "routes.h"

static enum status
put_update(void *arg, const struct update_entry *entry)
{
	entry_json_put(arg, entry);
	return STATUS_OK;
}

enum status
updates_list(struct exchange *exchange)
{
	struct json_writer writer;
	enum status status;

	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	json_writer_init(&writer, &exchange->response->body);
	json_open_object(&writer, NULL);
	status = store_get_updates(exchange->store, put_update, &writer);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	json_close_object(&writer);
	return exchange_tag(exchange);
}

/* No body acknowledges; {"acknowledged":false} reopens. */
static enum status
read_acknowledged(struct exchange *exchange, bool *acknowledged)
{
	struct json_object *body;
	enum status status;

	*acknowledged = true;
	if (!request_has_body(exchange->request))
		return STATUS_OK;
	status = exchange_read_json(exchange, &body);
	if (status != STATUS_OK)
		return status;
	if (json_get_bool(body, "acknowledged", acknowledged) != STATUS_OK)
		return response_error(exchange->response, STATUS_INVALID,
		    "acknowledged must be true or false");
	return STATUS_OK;
}

/* PATCH /api/updates/{image} */
enum status
updates_change(struct exchange *exchange)
{
	const char *image = exchange->argument, *why;
	enum status status;
	bool acknowledged;

	status = reference_check(image, &why);
	if (status != STATUS_OK)
		return response_error(exchange->response, status, "%s", why);
	status = read_acknowledged(exchange, &acknowledged);
	if (status != STATUS_OK)
		return status;
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = acknowledged
	    ? store_acknowledge_update(exchange->store, image)
	    : store_reopen_update(exchange->store, image);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "no such image");
	return exchange_no_content(exchange);
}

static enum status
answer_count(struct exchange *exchange, int64_t count)
{
	struct json_writer writer;

	json_writer_init(&writer, &exchange->response->body);
	json_open_object(&writer, NULL);
	json_put_int64(&writer, "count", count);
	json_close_object(&writer);
	return STATUS_OK;
}

enum status
updates_acknowledge_all(struct exchange *exchange)
{
	enum status status;
	int64_t count;

	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_acknowledge_all(exchange->store, &count);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	return answer_count(exchange, count);
}

enum status
updates_acknowledge_by_tag(struct exchange *exchange)
{
	struct json_object *body;
	int64_t tag_id, count;
	enum status status;

	status = exchange_read_json(exchange, &body);
	if (status != STATUS_OK)
		return status;
	if (json_get_int64(body, "tag_id", &tag_id) != STATUS_OK ||
	    tag_id < 1)
		return response_error(exchange->response, STATUS_INVALID,
		    "tag_id must be the id of a tag");
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_acknowledge_by_tag(exchange->store, tag_id, &count);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "no such tag");
	return answer_count(exchange, count);
}
