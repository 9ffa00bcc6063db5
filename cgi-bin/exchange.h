/*
 * exchange.h - what a handler works on: one request and its answer
 *
 * A handler reads exchange->request, uses the store, fills
 * exchange->response, and returns STATUS_OK or what exchange_fail or
 * response_error returned.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "arena.h"
#include "config.h"
#include "json.h"
#include "request.h"
#include "response.h"
#include "spool.h"
#include "store.h"

struct worker;

/* The last list of all updates that was built, kept by the worker. */
struct kept_list {
	struct buf body;
	int64_t revision;	/* what it is of; -1: nothing is kept */
	int64_t generation;	/* and of which store */
};

struct exchange {
	struct worker *worker;
	const struct config *config;
	struct arena *arena;		/* ends with the exchange */
	struct request *request;
	struct response *response;
	const char *argument;		/* the path's parameter, decoded */
	struct store *store;		/* NULL until exchange_open_store */
	struct kept_list *kept;
	struct spool *spool;
	bool stored;			/* the webhook is in the store, */
	bool spooled;			/* or in the spool */
};

/*
 * Make exchange->store usable, opening it when the last attempt failed, with
 * the web server's REMOTE_USER as its actor. Not STATUS_OK: the response says
 * why.
 */
enum status exchange_open_store(struct exchange *exchange) MUST_USE;

/*
 * Turn the failure of a store operation into the answer. NOT_FOUND and
 * CONFLICT get the text given here, the rest what the store says. Returns
 * `status`.
 */
enum status exchange_fail(struct exchange *exchange, enum status status,
    const char *text);

/*
 * Read the body as a JSON object. Not STATUS_OK: the response says why.
 */
enum status exchange_read_json(struct exchange *exchange,
    struct json_object **out) MUST_USE;

/* 200: {"count":N}. */
enum status exchange_count(struct exchange *exchange, int64_t count);

/* 204: done, nothing to say. */
enum status exchange_no_content(struct exchange *exchange);

/*
 * Open the store and tag the answer with its revision. *current: the client
 * has that already, and the answer is a finished 304. Not STATUS_OK: the
 * response says why.
 */
enum status exchange_tag(struct exchange *exchange, int64_t *revision,
    bool *current) MUST_USE;

/*
 * Begin a snapshot to build the answer from, and tag the answer with its
 * revision. After STATUS_OK, exchange_end_snapshot follows, with the outcome
 * of building, which it returns, and what was built; it turns a failure, or
 * that there was more than fits, into the answer.
 */
enum status exchange_begin_snapshot(struct exchange *exchange,
    int64_t *revision) MUST_USE;
enum status exchange_end_snapshot(struct exchange *exchange,
    enum status status, const struct buf *body) MUST_USE;

/*
 * The query's parameter: *out is its value, or NULL when there is none. Not
 * STATUS_OK: it is malformed, and the response says so.
 */
enum status exchange_query_text(struct exchange *exchange, const char *name,
    const char **out) MUST_USE;

/* Likewise, a whole number of at most `max`; *out is kept when absent. */
enum status exchange_query_number(struct exchange *exchange,
    const char *name, int64_t max, int64_t *out) MUST_USE;

/* Likewise, a host's name, fit to be stored. */
enum status exchange_query_host(struct exchange *exchange,
    const char **out) MUST_USE;

/* May this be a host's name? Not STATUS_OK: the response says why not. */
enum status exchange_check_host(struct exchange *exchange, const char *name)
    MUST_USE;

#endif
