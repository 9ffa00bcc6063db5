/*
 * routes.c - the table of everything the worker answers
 *
 * Literal patterns stand before those with parameters: the first fit wins.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "routes.h"

const struct route routes[] = {
	/* The webhook has its secret instead of the browser guard. */
	{ "POST", "/webhook", webhook_receive, true },
	{ "PUT", "/webhook", webhook_receive_other, true },
	{ "GET", "/webhook", webhook_receive_other, true },

	{ "GET", "/api/updates", updates_list, false },
	{ "POST", "/api/updates/acknowledge-all", updates_acknowledge_all,
	  false },
	{ "POST", "/api/updates/acknowledge-by-tag",
	  updates_acknowledge_by_tag, false },
	{ "PATCH", "/api/updates/{image*}", updates_change, false },

	{ "GET", "/api/tags", tags_list, false },
	{ "POST", "/api/tags", tags_create, false },
	{ "PATCH", "/api/tags/{id}", tags_rename, false },
	{ "DELETE", "/api/tags/{id}", tags_delete, false },

	{ "PUT", "/api/tag-assignments", tag_assignments_put, false },
	{ "DELETE", "/api/tag-assignments", tag_assignments_delete, false },

	{ "GET", "/healthz", health_show, false },
};

const size_t routes_count = COUNT_OF(routes);
