/*
 * writer_lock.h - one writer at a time, in the order of arrival
 *
 * An flock(2) on `<database>.lock` that every write transaction and every
 * checkpoint holds. SQLite has locks of its own, but (1) its versions up to
 * 3.51.2 can damage a WAL database when a checkpoint races with a writer of
 * another process, and (2) its busy handler sleeps and tries again, so that
 * under load some writers starve; the kernel's queue is fair. Other programs
 * on the database are still kept apart by SQLite itself.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef WRITER_LOCK_H
#define WRITER_LOCK_H

#include "compat.h"
#include "status.h"

struct writer_lock {
	char *path;	/* owned */
	int fd;		/* -1: not open */
	bool held;
};

/*
 * Prepare the lock of the database file at `db_path` (absolute, links
 * resolved). Opens nothing yet. A process that forks must not use the lock
 * in both halves.
 */
void writer_lock_init(struct writer_lock *lock, const char *db_path);

/* Let go of it and forget it. */
void writer_lock_release(struct writer_lock *lock);

/*
 * Take the lock, waiting until clock_ms() reaches `deadline` at most.
 * STATUS_OK; STATUS_BUSY when others held it all the time;
 * STATUS_UNAVAILABLE when the file cannot be opened, with errno set. Uses
 * SIGALRM and the real-time interval timer while it waits.
 */
enum status writer_lock_take(struct writer_lock *lock, int64_t deadline)
    MUST_USE;

/* Let the next one in. */
void writer_lock_drop(struct writer_lock *lock);

#endif
