/*
 * spool.h - webhooks that the store could not take, in files until it can
 *
 * Diun sends once. What cannot be stored now is written to a folder, one file
 * for each webhook, and is on disk when spool_put returns. The file holds the
 * body as it came, and in front of it when it came, from which host, whether
 * nobody can say that it was not stored, and why it had to wait:
 *
 *	diundash-spool 1
 *	received: 2026-11-25T05:31:00Z
 *	host: nas
 *	uncertain: yes
 *	reason: the database is busy: try again
 *	length: 1234
 *
 *	{"diun_version":...
 *
 * A file's name begins with the time, so that the order of names is the order
 * of arrival, and no two files ever have the same. It is written under
 * another name, synced, and renamed, so that there is no half of one.
 *
 * A file of blanks, the reserve, lies beside them. When the disk is full it
 * is shortened by what a webhook needs.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef SPOOL_H
#define SPOOL_H

#include "buf.h"
#include "clock.h"
#include "status.h"

#define SPOOL_NAME_SIZE 64
#define SPOOL_REASON_MAX 256
#define SPOOL_RESERVE_BYTES ((off_t)1024 * 1024)

/* So many names at once: the oldest. */
#define SPOOL_LIST_MAX 64

struct spool {
	char *folder;			/* absolute; owned */
	struct timespec empty_since;	/* the folder's time when it was */
	bool is_empty;			/* empty_since counts */
	int lock;			/* descriptor of the folder, or -1 */
};

/* One webhook that waits. */
struct spooled {
	char received_at[CLOCK_TEXT_SIZE];	/* RFC 3339, UTC */
	const char *host;	/* the webhook's ?host=, or "" */
	bool is_uncertain;	/* it may be in the store all the same */
	const char *reason;	/* why it waits, one line */
	const char *body;
	size_t len;
};

struct spool_list {
	int64_t waiting;	/* all of them */
	int64_t damaged;	/* set aside: no webhook could be read */
	size_t count;		/* of names */
	char names[SPOOL_LIST_MAX][SPOOL_NAME_SIZE];	/* oldest first */
};

/* What is to be said about a spool. */
struct spool_state {
	int64_t waiting;
	int64_t damaged;
	char since[CLOCK_TEXT_SIZE];	/* when the oldest came; or "" */
	char reason[SPOOL_REASON_MAX];	/* why that one waits; or "" */
};

/*
 * `folder`, or, where that is NULL, "spool" beside the database file. Paths
 * are absolute, and leave 128 bytes of PATH_MAX for what is behind them.
 */
void spool_init(struct spool *spool, const char *folder,
    const char *db_path);
void spool_release(struct spool *spool);

/*
 * Make the folder and the reserve where they are missing. What fails is
 * logged, and otherwise no matter before spool_put.
 */
void spool_prepare(struct spool *spool);

/*
 * Keep the webhook. STATUS_OK: it is on disk. UNAVAILABLE: it may not be;
 * `why` says why, and it is logged.
 */
enum status spool_put(struct spool *spool, const struct spooled *webhook,
    char why[SPOOL_REASON_MAX]) MUST_USE;

/*
 * May something wait? A single look at the folder, wrong only on the side of
 * yes.
 */
bool spool_may_wait(struct spool *spool);

/*
 * The oldest names, and how many there are. A folder that is not there is
 * empty. UNAVAILABLE: it cannot be read, logged.
 */
enum status spool_list(struct spool *spool, struct spool_list *list)
    MUST_USE;

/*
 * Read a file of the list into `text`; *webhook points into it. NOT_FOUND:
 * it is there no more. INVALID: it is no webhook. UNAVAILABLE: it cannot be
 * read; these two are logged.
 */
enum status spool_read(struct spool *spool, const char *name,
    struct buf *text, struct spooled *webhook) MUST_USE;

/*
 * Be the only one to take files away, until spool_unlock. STATUS_BUSY:
 * somebody else is. UNAVAILABLE: the folder cannot be used. NOT_FOUND: there
 * is no folder.
 */
enum status spool_lock(struct spool *spool) MUST_USE;
void spool_unlock(struct spool *spool);

/* Take the file away. UNAVAILABLE: it cannot be; logged. */
enum status spool_remove(struct spool *spool, const char *name) MUST_USE;

/* Keep the file under a name that no list has, for an administrator. */
enum status spool_set_aside(struct spool *spool, const char *name) MUST_USE;

/* How many wait, since when and why. As spool_list. */
enum status spool_look(struct spool *spool, struct spool_state *state)
    MUST_USE;

#endif
