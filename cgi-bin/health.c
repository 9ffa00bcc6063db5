/*
 * health.c - /healthz: can this worker do its work
 *
 * 200 when the database can be used and has no damage that is known; else
 * 503 and why. In both cases the answer tells what waits in the spool.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "routes.h"
#include "worker.h"

/* "spool": {"waiting":2,"damaged":0,"since":"...","reason":"..."} */
static void
put_spool(struct json_writer *writer, struct spool *spool)
{
	struct spool_state state;

	json_open_object(writer, "spool");
	if (spool_look(spool, &state) == STATUS_OK) {
		json_put_int64(writer, "waiting", state.waiting);
		json_put_int64(writer, "damaged", state.damaged);
		if (state.waiting > 0) {
			json_put_text(writer, "since", state.since);
			json_put_text(writer, "reason", state.reason);
		}
	} else {
		json_put_text(writer, "error", "the spool cannot be read");
	}
	json_close_object(writer);
}

static enum status
look_at_store(struct exchange *exchange, struct migration_state *state,
    char why[STORE_REASON_MAX])
{
	enum status status;

	status = worker_open_store(exchange->worker, &exchange->store, why);
	if (status != STATUS_OK)
		return status;
	status = store_migration_state(exchange->store, state);
	if (status != STATUS_OK) {
		(void)snprintf(why, STORE_REASON_MAX, "%s",
		    store_reason(exchange->store));
	} else if (store_damage(exchange->store) != NULL) {
		(void)snprintf(why, STORE_REASON_MAX, "%s",
		    store_damage(exchange->store));
		status = STATUS_UNAVAILABLE;
	}
	return status;
}

enum status
health_show(struct exchange *exchange)
{
	struct migration_state state;
	char why[STORE_REASON_MAX];
	struct json_writer writer;
	enum status status;

	status = look_at_store(exchange, &state, why);
	if (status != STATUS_OK) {
		/* The header and the code are those of any such error. */
		(void)response_error(exchange->response, status, "%s", why);
		buf_clear(&exchange->response->body);
	}
	json_writer_init(&writer, &exchange->response->body);
	json_open_object(&writer, NULL);
	if (status == STATUS_OK) {
		json_put_text(&writer, "status", "ok");
		json_put_text(&writer, "version", PACKAGE_VERSION);
		json_put_int64(&writer, "schema", state.version);
	} else {
		json_put_text(&writer, "error", why);
	}
	put_spool(&writer, exchange->spool);
	json_close_object(&writer);
	return status;
}
