/*
 * health.c - /healthz: can this worker do its work
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "routes.h"

enum status
health_show(struct exchange *exchange)
{
	struct migration_state state;
	struct json_writer writer;
	enum status status;

	status = exchange_open_store(exchange);
	if (status != STATUS_OK)
		return status;
	status = store_migration_state(exchange->store, &state);
	if (status != STATUS_OK)
		return exchange_fail(exchange, status, "");
	json_writer_init(&writer, &exchange->response->body);
	json_open_object(&writer, NULL);
	json_put_text(&writer, "status", "ok");
	json_put_text(&writer, "version", PACKAGE_VERSION);
	json_put_int64(&writer, "schema", state.version);
	json_close_object(&writer);
	return STATUS_OK;
}
