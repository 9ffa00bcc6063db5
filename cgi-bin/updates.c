/*
 * updates.c - /api/updates: the list, and acknowledging
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "entry_json.h"
#include "exchange.h"
#include "number.h"
#include "reference.h"
#include "routes.h"

static enum status
put_update(void *arg, const struct update_entry *entry)
{
	entry_writer_put(arg, entry);
	return STATUS_OK;
}

/* All updates, as an object that is open or about to be. */
static enum status
build_list(struct exchange *exchange, struct json_writer *json,
    const char *name)
{
	struct entry_writer writer;
	enum status status;

	json_open_object(json, name);
	entry_writer_init(&writer, json);
	status = store_get_updates(exchange->store, put_update, &writer);
	entry_writer_end(&writer);
	json_close_object(json);
	return status;
}

/* Build the whole list anew, for this answer and those to come. */
static enum status
keep_list(struct exchange *exchange)
{
	struct kept_list *kept = exchange->kept;
	struct json_writer json;
	enum status status;
	int64_t revision;

	kept->revision = -1;
	buf_rewind(&kept->body);
	status = exchange_begin_snapshot(exchange, &revision);
	if (status != STATUS_OK)
		return status;
	json_writer_init(&json, &kept->body);
	status = build_list(exchange, &json, NULL);
	status = exchange_end_snapshot(exchange, status, &kept->body);
	if (status != STATUS_OK)
		return status;
	kept->revision = revision;
	kept->generation = store_generation(exchange->store);
	return STATUS_OK;
}

static enum status
put_removed(void *arg, const char *image)
{
	json_put_text(arg, NULL, image);
	return STATUS_OK;
}

static enum status
put_tag(void *arg, const struct tag *tag)
{
	entry_json_put_tag(arg, tag);
	return STATUS_OK;
}

/* The tags, where one of them is another than before. */
static enum status
put_tags(struct exchange *exchange, struct json_writer *json, int64_t since,
    bool full)
{
	enum status status = STATUS_OK;
	bool changed = full;

	if (!full)
		status = store_tags_changed_since(exchange->store, since,
		    &changed);
	if (status != STATUS_OK || !changed)
		return status;
	json_open_array(json, "tags");
	status = store_list_tags(exchange->store, put_tag, json);
	json_close_array(json);
	return status;
}

static enum status
put_changes(struct exchange *exchange, struct json_writer *json,
    int64_t since)
{
	struct entry_writer writer;
	enum status status;

	json_open_object(json, "updates");
	entry_writer_init(&writer, json);
	status = store_get_updates_since(exchange->store, since, put_update,
	    &writer);
	entry_writer_end(&writer);
	json_close_object(json);
	if (status != STATUS_OK)
		return status;
	json_open_array(json, "removed");
	status = store_get_removed_since(exchange->store, since, put_removed,
	    json);
	json_close_array(json);
	return status;
}

static enum status
put_everything(struct exchange *exchange, struct json_writer *json)
{
	enum status status;

	json_put_bool(json, "full", true);
	status = build_list(exchange, json, "updates");
	json_open_array(json, "removed");
	json_close_array(json);
	return status;
}

/* ?since=: what changed, or all of it where that cannot be told. */
static enum status
list_since(struct exchange *exchange, const char *text)
{
	struct json_writer json;
	enum status status;
	int64_t since = 0, revision;
	bool known = number_parse(text, INT64_MAX, &since);

	status = exchange_begin_snapshot(exchange, &revision);
	if (status != STATUS_OK)
		return status;
	if (known)
		status = store_knows_since(exchange->store, since, &known);
	json_writer_init(&json, &exchange->response->body);
	json_open_object(&json, NULL);
	json_put_int64(&json, "revision", revision);
	if (status == STATUS_OK)
		status = known ? put_changes(exchange, &json, since)
		    : put_everything(exchange, &json);
	if (status == STATUS_OK)
		status = put_tags(exchange, &json, since, !known);
	json_close_object(&json);
	return exchange_end_snapshot(exchange, status,
	    &exchange->response->body);
}

enum status
updates_list(struct exchange *exchange)
{
	const struct kept_list *kept = exchange->kept;
	const char *since;
	enum status status;
	int64_t revision;
	bool current = false;

	status = exchange_query_text(exchange, "since", &since);
	if (status == STATUS_OK)
		status = exchange_tag(exchange, &revision, &current);
	if (status != STATUS_OK || current)
		return status;
	if (since != NULL)
		return list_since(exchange, since);
	if (kept->revision != revision ||
	    kept->generation != store_generation(exchange->store))
		status = keep_list(exchange);
	if (status == STATUS_OK)
		exchange->response->shared = &kept->body;
	return status;
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

/* The path's {image} and the query's host, which may be NULL: all. */
static enum status
read_target(struct exchange *exchange, const char **host)
{
	enum status status;
	const char *why;

	status = reference_check(exchange->argument, &why);
	if (status != STATUS_OK)
		return response_error(exchange->response, status, "%s", why);
	return exchange_query_host(exchange, host);
}

static enum status
fail_target(struct exchange *exchange, enum status status, const char *host)
{
	return exchange_fail(exchange, status, host == NULL ? "no such image"
	    : "no such image, or it is not on this host");
}

/* PATCH /api/updates/{image}?host= */
enum status
updates_change(struct exchange *exchange)
{
	const char *image = exchange->argument, *host = NULL;
	enum status status;
	bool acknowledged = false;

	status = read_target(exchange, &host);
	if (status == STATUS_OK)
		status = read_acknowledged(exchange, &acknowledged);
	if (status == STATUS_OK)
		status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = acknowledged
	    ? store_acknowledge_host(exchange->store, image, host)
	    : store_reopen_host(exchange->store, image, host);
	if (status != STATUS_OK)
		return fail_target(exchange, status, host);
	return exchange_no_content(exchange);
}

/* DELETE /api/updates/{image}?host= */
enum status
updates_remove(struct exchange *exchange)
{
	const char *host = NULL;
	enum status status;

	status = read_target(exchange, &host);
	if (status == STATUS_OK)
		status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_remove_update(exchange->store, exchange->argument,
	    host);
	if (status != STATUS_OK)
		return fail_target(exchange, status, host);
	return exchange_no_content(exchange);
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
	return exchange_count(exchange, count);
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
	return exchange_count(exchange, count);
}
