/*
 * replay.h - from the spool into the store, when it can be written again
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "spool.h"
#include "store.h"

struct replay_count {
	int64_t stored;		/* files that are in the store now */
	int64_t damaged;	/* files that were set aside */
	int64_t left;		/* files that still wait */
};

/*
 * Store what waits, the oldest first, each file once, until `until` of
 * clock_ms(), and take the files away. STATUS_OK: all that waited was dealt
 * with, or the time is over; count->left says which. STATUS_BUSY: somebody
 * else is replaying, or the store is busy. UNAVAILABLE, INTERNAL: the store
 * or the spool cannot be used; store_reason() or the log says why.
 */
enum status replay_spool(struct spool *spool, struct store *store,
    int64_t until, struct replay_count *count) MUST_USE;

#endif
