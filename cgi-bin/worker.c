/*
 * worker.c - the loop: from the gateway through the routes to the answer
 *
 * What holds for every route is done here: the path, the method, refusing
 * other sites' browsers, and that every request gets exactly one answer.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <strings.h>

#include "exchange.h"
#include "log.h"
#include "replay.h"
#include "routes.h"
#include "worker.h"

struct worker {
	const struct config *config;
	struct gateway *gateway;
	struct arena arena;
	struct request request;
	struct response response;
	struct store *store;
	struct kept_list kept;
	struct spool spool;
	int64_t replay_at;	/* of clock_ms(); 0: nothing is known to wait */
	bool is_blocked;	/* the last attempt to write failed */
	int retry_ms;		/* after that, longer each time */
};

/* Requests come first: no more than half of the time goes to the spool. */
/* What only reads is not answered when it has waited longer than this. */
#define READ_WAIT_MS 2000

#define REPLAY_SLICE_MS 200
#define RETRY_MS_MIN 1000
#define RETRY_MS_MAX 30000

/* What is left of a request's time to spool a webhook, and to answer. */
#define SPOOL_MS 1000

enum status
worker_open_store(struct worker *worker, struct store **out,
    char why[STORE_REASON_MAX])
{
	struct store_options options = {
		.path = worker->config->db_path,
		.busy_timeout_ms = worker->config->busy_timeout_ms,
		.flags = STORE_MIGRATE,
	};
	enum status status = STATUS_OK;

	if (worker->config->reopen_digest)
		options.flags |= STORE_REOPEN_DIGEST;
	options.flags |= gateway_serves_one(worker->gateway)
	    ? STORE_SHORT_LIVED : STORE_VERIFY;
	if (worker->store == NULL)
		status = store_open(&options, &worker->store, why);
	if (status == STATUS_OK)
		store_set_deadline(worker->store,
		    gateway_deadline(worker->gateway) - SPOOL_MS);
	*out = worker->store;
	return status;
}

static void
log_to_gateway(void *gateway, const char *line, size_t len)
{
	gateway_log(gateway, line, len);
}

/* Answer an OPTIONS request or refuse the method. */
static enum status
refuse_method(struct exchange *exchange, const struct route_match *match)
{
	struct response *response = exchange->response;
	const char *allow = arena_printf(exchange->arena, "%s",
	    match->allow);

	response_set_header(response, RESPONSE_ALLOW, allow);
	if (strcmp(exchange->request->method, "OPTIONS") == 0)
		return exchange_no_content(exchange);
	return response_error(response, STATUS_BAD_METHOD,
	    "this path takes %s", allow);
}

static bool
is_json_type(const char *type)
{
	static const char json[] = "application/json";
	size_t len = sizeof(json) - 1;

	return type != NULL && strncasecmp(type, json, len) == 0 &&
	    (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

/*
 * A change must not be the doing of another site's page in the user's
 * browser, be it by script or by a form, which cannot send JSON.
 */
static enum status
guard(struct exchange *exchange)
{
	const struct request *request = exchange->request;

	if (request_is_cross_site(request))
		return response_error(exchange->response, STATUS_DENIED,
		    "the request comes from another site's page: use the "
		    "dashboard's own address");
	if (request_is_from_browser(request) && request_has_body(request) &&
	    !is_json_type(request_header(request, "CONTENT_TYPE")))
		return response_error(exchange->response, STATUS_BAD_TYPE,
		    "send the body with Content-Type: application/json");
	return STATUS_OK;
}

/*
 * When requests come faster than they are answered, they wait, each longer
 * than the one before; Diun waits ten seconds, and never calls again. So what
 * only reads, and can be asked for again, gives way.
 */
static enum status
give_way(struct exchange *exchange)
{
	if (request_waited_ms(exchange->request) <= READ_WAIT_MS)
		return STATUS_OK;
	return response_error(exchange->response, STATUS_BUSY,
	    "too many requests wait for a worker: try again");
}

static enum status
dispatch(struct exchange *exchange)
{
	struct request *request = exchange->request;
	struct response *response = exchange->response;
	struct route_match match;
	enum status status;
	const char *path, *why;

	status = request_begin(request, &why);
	if (status != STATUS_OK)
		return response_error(response, status, "%s", why);
	path = router_strip_base(routes, routes_count, request->path,
	    exchange->config->base_path);
	status = STATUS_NOT_FOUND;
	if (path != NULL)
		status = router_match(routes, routes_count, request->method,
		    path, &match);
	if (status == STATUS_NOT_FOUND)
		return response_error(response, status, "no such path: the "
		    "API is under /api, and Diun posts to /webhook");
	if (status != STATUS_OK)
		return refuse_method(exchange, &match);
	if (!match.route->own_guard)
		status = request_is_safe(request) ? give_way(exchange)
		    : guard(exchange);
	if (status != STATUS_OK)
		return status;
	exchange->argument = arena_strndup(exchange->arena, match.argument,
	    match.argument_len);
	return match.route->handler(exchange);
}

/* Store what waits, for a while. */
static void
replay(struct worker *worker)
{
	int64_t until = clock_ms() + REPLAY_SLICE_MS;
	struct replay_count count = { 0 };
	char why[STORE_REASON_MAX];
	enum status status;
	struct store *store;

	worker->replay_at = 0;
	if (!spool_may_wait(&worker->spool))
		return;
	status = worker_open_store(worker, &store, why);
	if (status == STATUS_OK) {
		store_set_deadline(store, until);
		status = replay_spool(&worker->spool, store, until, &count);
	}
	worker->is_blocked = status != STATUS_OK;
	if (status == STATUS_OK) {
		worker->retry_ms = RETRY_MS_MIN;
		if (count.left > 0)
			worker->replay_at = clock_ms() + REPLAY_SLICE_MS;
		else if (!gateway_serves_one(worker->gateway))
			/* In CGI that was done just before. */
			spool_prepare(&worker->spool);
		return;
	}
	worker->replay_at = clock_ms() + worker->retry_ms;
	worker->retry_ms = worker->retry_ms < RETRY_MS_MAX / 2
	    ? 2 * worker->retry_ms : RETRY_MS_MAX;
}

/* How long to wait for a request: until it is time for the spool. */
static int
patience(const struct worker *worker)
{
	int64_t left = worker->replay_at - clock_ms();

	if (worker->replay_at == 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* After a request, or none: is there something to do for the spool? */
static void
look_after_spool(struct worker *worker, const struct exchange *exchange)
{
	if (exchange->spooled) {
		worker->is_blocked = true;
		worker->replay_at = clock_ms() + worker->retry_ms;
	}
	if (exchange->stored && gateway_serves_one(worker->gateway))
		spool_prepare(&worker->spool);
	if ((exchange->stored &&
	    (worker->replay_at == 0 || worker->is_blocked)) ||
	    (worker->replay_at != 0 && clock_ms() >= worker->replay_at))
		replay(worker);
}

static bool
is_spent(const struct worker *worker)
{
	return worker->store != NULL && store_is_spent(worker->store);
}

static void
serve(struct worker *worker)
{
	struct exchange exchange = {
		.worker = worker, .config = worker->config,
		.arena = &worker->arena, .request = &worker->request,
		.response = &worker->response, .argument = "",
		.kept = &worker->kept, .spool = &worker->spool,
	};
	enum status status;

	log_set_sink(log_to_gateway, worker->gateway);
	response_clear(&worker->response);
	status = dispatch(&exchange);
	log_debug("%s %s: %s", worker->request.method, worker->request.path,
	    status_text(status));
	if (status != STATUS_GONE &&
	    response_send(&worker->response, worker->gateway,
	    request_is_head(&worker->request)) != STATUS_OK)
		log_debug("the web server did not take the answer");
	log_set_sink(NULL, NULL);
	gateway_finish(worker->gateway);
	arena_reset(&worker->arena);
	look_after_spool(worker, &exchange);
}

enum status
worker_run(struct gateway *gateway, const struct config *config)
{
	struct worker worker = { .config = config, .gateway = gateway };
	char why[STORE_REASON_MAX];
	struct store *store;
	enum status status;

	arena_init(&worker.arena);
	request_init(&worker.request, gateway, &worker.arena,
	    config->body_limit);
	response_init(&worker.response);
	buf_init(&worker.kept.body, RESPONSE_BODY_MAX);
	worker.kept.revision = -1;
	worker.retry_ms = RETRY_MS_MIN;
	spool_init(&worker.spool, config->spool_path, config->db_path);
	if (worker_open_store(&worker, &store, why) != STATUS_OK)
		log_warn("starting without a database: %s", why);
	if (!gateway_serves_one(gateway)) {
		spool_prepare(&worker.spool);
		replay(&worker);
	}
	do {
		status = gateway_next(gateway, patience(&worker));
		if (status == STATUS_OK)
			serve(&worker);
		else if (status == STATUS_BUSY)
			replay(&worker);
	} while ((status == STATUS_OK || status == STATUS_BUSY) &&
	    !is_spent(&worker));
	if (is_spent(&worker)) {
		log_error("ending, for a new process to begin with the "
		    "database afresh");
		status = STATUS_UNAVAILABLE;
	}
	store_close(worker.store);
	spool_release(&worker.spool);
	buf_release(&worker.kept.body);
	response_release(&worker.response);
	request_release(&worker.request);
	arena_release(&worker.arena);
	return status == STATUS_GONE ? STATUS_OK : status;
}

void
worker_refuse(struct gateway *gateway, const char *why)
{
	struct response response;

	response_init(&response);
	if (gateway_next(gateway, -1) == STATUS_OK) {
		(void)response_error(&response, STATUS_INTERNAL, "%s", why);
		if (response_send(&response, gateway, false) != STATUS_OK)
			log_debug("the web server did not take the answer");
		gateway_finish(gateway);
	}
	response_release(&response);
}
