/*
 * tags.c - /api/tags: the user's labels
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "entry_json.h"
#include "exchange.h"
#include "number.h"
#include "routes.h"
#include "tag_name.h"

static enum status
put_tag(void *arg, const struct tag *tag)
{
	entry_json_put_tag(arg, tag);
	return STATUS_OK;
}

static void
answer_tag(struct exchange *exchange, int64_t id, const char *name)
{
	const struct tag tag = { .id = id, .name = name };
	struct json_writer writer;

	json_writer_init(&writer, &exchange->response->body);
	entry_json_put_tag(&writer, &tag);
}

enum status
tags_list(struct exchange *exchange)
{
	struct json_writer writer;
	enum status status;
	int64_t revision;
	bool current;

	status = exchange_tag(exchange, &revision, &current);
	if (status != STATUS_OK || current)
		return status;
	status = exchange_begin_snapshot(exchange, &revision);
	if (status != STATUS_OK)
		return status;
	json_writer_init(&writer, &exchange->response->body);
	json_open_array(&writer, NULL);
	status = store_list_tags(exchange->store, put_tag, &writer);
	json_close_array(&writer);
	return exchange_end_snapshot(exchange, status,
	    &exchange->response->body);
}

/* The body's {"name":"..."}, checked and trimmed. */
static enum status
read_name(struct exchange *exchange, const char **name)
{
	const char *sent = "", *why = "name must be a string";
	struct json_object *body;
	enum status status;
	bool had_nul = false;

	status = exchange_read_json(exchange, &body);
	if (status != STATUS_OK)
		return status;
	status = json_get_text(exchange->arena, body, "name", &sent,
	    &had_nul);
	if (status == STATUS_OK && had_nul) {
		why = "the tag's name holds U+0000";
		status = STATUS_INVALID;
	}
	if (status == STATUS_OK)
		status = tag_name_check(exchange->arena, sent, name, &why);
	if (status != STATUS_OK)
		return response_error(exchange->response, STATUS_INVALID,
		    "%s", why);
	return STATUS_OK;
}

/* The path's {id}. */
static enum status
read_id(struct exchange *exchange, int64_t *id)
{
	if (!number_parse(exchange->argument, INT64_MAX, id))
		return response_error(exchange->response, STATUS_INVALID,
		    "the tag's id must be a whole number");
	return STATUS_OK;
}

enum status
tags_create(struct exchange *exchange)
{
	const char *name = NULL;
	enum status status;
	int64_t id;

	status = read_name(exchange, &name);
	if (status != STATUS_OK)
		return status;
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_create_tag(exchange->store, name, &id);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status,
		    "a tag with this name exists");
	answer_tag(exchange, id, name);
	exchange->response->http = 201;
	return STATUS_OK;
}

enum status
tags_rename(struct exchange *exchange)
{
	const char *name = NULL;
	enum status status;
	int64_t id;

	status = read_id(exchange, &id);
	if (status != STATUS_OK)
		return status;
	status = read_name(exchange, &name);
	if (status != STATUS_OK)
		return status;
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_rename_tag(exchange->store, id, name);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status,
		    status == STATUS_NOT_FOUND ? "no such tag"
		    : "a tag with this name exists");
	answer_tag(exchange, id, name);
	return STATUS_OK;
}

enum status
tags_delete(struct exchange *exchange)
{
	enum status status;
	int64_t id;

	status = read_id(exchange, &id);
	if (status != STATUS_OK)
		return status;
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_delete_tag(exchange->store, id);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "no such tag");
	return exchange_no_content(exchange);
}
