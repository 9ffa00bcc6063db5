/*
 * tag_assignments.c - /api/tag-assignments: which image carries which tag
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "reference.h"
#include "routes.h"

/* The body, and its image checked. */
static enum status
read_image(struct exchange *exchange, struct json_object **body,
    const char **image)
{
	const char *why = "image must be a string";
	enum status status;
	bool had_nul = false;

	status = exchange_read_json(exchange, body);
	if (status != STATUS_OK)
		return status;
	status = json_get_text(exchange->arena, *body, "image", image,
	    &had_nul);
	if (status == STATUS_OK && had_nul) {
		why = "image holds U+0000";
		status = STATUS_INVALID;
	}
	if (status == STATUS_OK)
		status = reference_check(*image, &why);
	if (status != STATUS_OK)
		return response_error(exchange->response, STATUS_INVALID,
		    "%s", why);
	return STATUS_OK;
}

enum status
tag_assignments_put(struct exchange *exchange)
{
	struct json_object *body;
	const char *image;
	enum status status;
	int64_t tag_id;

	status = read_image(exchange, &body, &image);
	if (status != STATUS_OK)
		return status;
	if (json_get_int64(body, "tag_id", &tag_id) != STATUS_OK ||
	    tag_id < 1)
		return response_error(exchange->response, STATUS_INVALID,
		    "tag_id must be the id of a tag");
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_assign_tag(exchange->store, image, tag_id);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "no such tag");
	return exchange_no_content(exchange);
}

enum status
tag_assignments_delete(struct exchange *exchange)
{
	struct json_object *body;
	const char *image;
	enum status status;

	status = read_image(exchange, &body, &image);
	if (status != STATUS_OK)
		return status;
	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_unassign_tag(exchange->store, image);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	return exchange_no_content(exchange);
}
