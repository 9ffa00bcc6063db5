/*
 * webhook.c - /webhook: what Diun sends
 *
 * Diun sends once, waits ten seconds and never repeats; the text of an error
 * lands in its log, so it is written for the person who reads it there. Its
 * default method is GET with a body, which is taken like POST rather than
 * lost. A request without a body is most likely a POST that a redirect has
 * turned into a GET: answering that with 2xx would hide the loss. What the
 * store cannot take goes to the spool, and is as good as stored for Diun.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "auth.h"
#include "event.h"
#include "exchange.h"
#include "log.h"
#include "routes.h"
#include "worker.h"

static enum status
check_secret(struct exchange *exchange)
{
	const char *secret = exchange->config->webhook_secret;
	const char *given;

	if (secret == NULL)
		return STATUS_OK;
	given = request_header(exchange->request, "HTTP_AUTHORIZATION");
	if (given == NULL)	/* as Apache passes it on after a rewrite */
		given = request_header(exchange->request,
		    "REDIRECT_HTTP_AUTHORIZATION");
	if (auth_secret_matches(secret,
	    exchange->config->webhook_secret_previous, given))
		return STATUS_OK;
	return response_error(exchange->response, STATUS_UNAUTHORIZED, "%s",
	    given == NULL ? "the Authorization header is missing: set "
	    "notif.webhook.headers.authorization to the webhook secret"
	    : "the Authorization header is not the webhook secret");
}

/* So much of a body in one line of the log, which writes a byte as four. */
#define LOGGED_BYTES (LOG_LINE_MAX / 4 - 128)

/* The last resort: an administrator can send it again from the log. */
static void
log_body(const char *body, size_t len)
{
	size_t from, n;

	for (from = 0; from < len; from += n) {
		n = len - from < LOGGED_BYTES ? len - from : LOGGED_BYTES;
		log_error("a webhook that could not be kept, bytes %zu to "
		    "%zu of %zu: %.*s", from + 1, from + n, len, (int)n,
		    body + from);
	}
}

/* The store would not have it, for this reason. */
static enum status
wait_in_spool(struct exchange *exchange, struct spooled *webhook,
    const char *reason)
{
	const struct buf *body = &exchange->request->body;
	char why[SPOOL_REASON_MAX];

	webhook->reason = reason;
	webhook->body = body->data;
	webhook->len = body->len;
	webhook->is_uncertain = exchange->store != NULL &&
	    store_is_spent(exchange->store);
	if (spool_put(exchange->spool, webhook, why) == STATUS_OK) {
		exchange->spooled = true;
		log_warn("a webhook waits in the spool: %s", reason);
		return STATUS_OK;
	}
	log_body(body->data, body->len);
	return response_error(exchange->response, STATUS_UNAVAILABLE,
	    "%s; %s", reason, why);
}

static enum status
keep(struct exchange *exchange, const struct diun_event *event,
    const char *host)
{
	struct spooled webhook = { .host = host == NULL ? "" : host };
	char reason[STORE_REASON_MAX];
	enum status status;

	clock_now(webhook.received_at);
	status = worker_open_store(exchange->worker, &exchange->store,
	    reason);
	if (status == STATUS_OK) {
		status = store_upsert_event(exchange->store, event);
		(void)snprintf(reason, sizeof(reason), "%s",
		    store_reason(exchange->store));
	}
	if (status != STATUS_OK)
		return wait_in_spool(exchange, &webhook, reason);
	exchange->stored = true;
	log_info("received %s%s from %s", event->is_test ? "a test, " : "",
	    event->image, event->hostname[0] == '\0' ? "an unnamed host"
	    : event->hostname);
	return STATUS_OK;
}

enum status
webhook_receive(struct exchange *exchange)
{
	struct request *request = exchange->request;
	const char *why = "the body could not be read", *host;
	struct diun_event event;
	enum status status;

	status = check_secret(exchange);
	if (status == STATUS_OK)
		status = exchange_query_host(exchange, &host);
	if (status != STATUS_OK)
		return status;
	status = request_read_body(request, &why);
	if (status == STATUS_OK && request->body.len == 0) {
		why = "there is no body: point notif.webhook.endpoint "
		    "straight at this address, without a redirect";
		status = STATUS_INVALID;
	}
	if (status == STATUS_OK)
		status = event_parse(exchange->arena, request->body.data,
		    request->body.len, &event, &why);
	if (status != STATUS_OK)
		return response_error(exchange->response, status, "%s", why);
	/* Diun's own name for a host is a container's id, new each time. */
	if (host != NULL && host[0] != '\0')
		event.hostname = host;
	return keep(exchange, &event, host);
}

/* By GET or PUT: with a body as good as a POST, without one no webhook. */
enum status
webhook_receive_with_body(struct exchange *exchange)
{
	if (request_has_body(exchange->request) &&
	    !request_is_head(exchange->request))
		return webhook_receive(exchange);
	response_set_header(exchange->response, RESPONSE_ALLOW, "POST, PUT");
	return response_error(exchange->response, STATUS_BAD_METHOD,
	    "this is the webhook for Diun: set notif.webhook.method: POST");
}
