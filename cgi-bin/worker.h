/*
 * worker.h - the loop: from the gateway through the routes to the answer
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef WORKER_H
#define WORKER_H

#include "config.h"
#include "gateway.h"
#include "store.h"

struct worker;

/*
 * Serve until the gateway has no more requests. The store is opened at
 * start; if that fails, each request tries again, so that a worker gets over
 * a missing folder or a full disk without a restart. STATUS_OK: an orderly
 * end. STATUS_UNAVAILABLE: the disk or the database file has failed in a way
 * that a new process gets over better. STATUS_INTERNAL: the gateway gave up.
 * Both are logged.
 *
 * What waits in the spool is stored as soon as the store can be written: at
 * start, after a webhook that was stored, and otherwise from time to time.
 */
enum status worker_run(struct gateway *gateway, const struct config *config)
    MUST_USE;

/* The worker's store, opened if it is not. As store_open. */
enum status worker_open_store(struct worker *worker, struct store **out,
    char why[STORE_REASON_MAX]) MUST_USE;

/*
 * Answer one plain CGI request with an error, for a program that could not
 * start.
 */
void worker_refuse(struct gateway *gateway, const char *why);

#endif
