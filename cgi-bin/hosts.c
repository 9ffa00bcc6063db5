/*
 * hosts.c - /api/hosts: the hosts that Diun reports from
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "routes.h"

/* The body's {"name":"..."}: what the host is to be called. */
static enum status
read_name(struct exchange *exchange, const char **name)
{
	struct json_object *body;
	enum status status;
	bool had_nul = false;

	status = exchange_read_json(exchange, &body);
	if (status != STATUS_OK)
		return status;
	if (json_get_text(exchange->arena, body, "name", name,
	    &had_nul) != STATUS_OK || had_nul ||
	    (*name)[strspn(*name, " ")] == '\0')
		return response_error(exchange->response, STATUS_INVALID,
		    "name must be a string that is not empty: what the host "
		    "is to be called");
	return exchange_check_host(exchange, *name);
}

/* POST /api/hosts/{name}/rename; {name} is empty for the unnamed host. */
enum status
hosts_rename(struct exchange *exchange)
{
	const char *name;
	enum status status;
	int64_t count;

	status = exchange_check_host(exchange, exchange->argument);
	if (status == STATUS_OK)
		status = read_name(exchange, &name);
	if (status == STATUS_OK)
		status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_rename_host(exchange->store, exchange->argument, name,
	    &count);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "no such host");
	return exchange_count(exchange, count);
}
