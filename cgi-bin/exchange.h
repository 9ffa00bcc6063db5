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
#include "store.h"

struct worker;

struct exchange {
	struct worker *worker;
	const struct config *config;
	struct arena *arena;		/* ends with the exchange */
	struct request *request;
	struct response *response;
	const char *argument;		/* the path's parameter, decoded */
	struct store *store;		/* NULL until exchange_open_store */
};

/*
 * Make exchange->store usable, opening it when the last attempt failed. Not
 * STATUS_OK: the response says why.
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

/* 204: done, nothing to say. */
enum status exchange_no_content(struct exchange *exchange);

/* Tag the finished body, or make it 304: see response_tag. */
enum status exchange_tag(struct exchange *exchange);

#endif
