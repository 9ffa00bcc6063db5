/*
 * store_sqlite.h - what the files of the SQLite store share
 *
 * store_sqlite.c opens, closes and checks; the operations stand in
 * store_sqlite_updates.c, store_sqlite_hosts.c, store_sqlite_tags.c,
 * store_sqlite_history.c and store_sqlite_copy.c, each with a table of its
 * statements at the top. All statements take their parameters by name from
 * one struct, so that an operation is a sequence of statements and little
 * else:
 *
 *	struct params params = { .image = image };
 *
 *	status = store_sqlite_begin_write(s, &params);
 *	if (status != STATUS_OK)
 *		return status;
 *	status = store_sqlite_run(s, sql[REMOVE], &params, NULL);
 *	return store_sqlite_end_write(s, status);
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "clock.h"
#include "db_sqlite.h"
#include "store.h"

struct store_sqlite {
	struct store base;	/* first */
	struct db db;
	struct store_options options;
	char *path;		/* options.path points here; owned */
	bool in_snapshot;	/* between begin_read and end_read */
};

/* In SQL: two JSON arrays of text as one, sorted, each text once. */
#define SQL_UNITED(one, other) \
	"(SELECT json_group_array(value) FROM" \
	" (SELECT value FROM json_each(" one ") UNION" \
	" SELECT value FROM json_each(" other ")))"

/* The named parameters: `image` is ":image", and so on. */
struct params {
	const struct diun_event *event;	/* its members' names, too */
	const char *now;		/* set by store_sqlite_begin_write, */
	const char *actor;		/* unless they are set before */
	const char *image;
	const char *hostname;		/* NULL where that means all */
	const char *action;
	const char *digest;
	const char *detail;
	const char *name;
	const char *from;
	const char *cutoff;
	int64_t id;
	int64_t since;
	int64_t before;
	int64_t limit;
	int64_t pending;
	int64_t current;
	char now_text[CLOCK_TEXT_SIZE];
};

/*
 * Begin a write transaction, on the file that lies at the path now. After
 * STATUS_OK, store_sqlite_end_write follows, which commits when `status` is
 * OK and returns `status` or why the commit failed.
 */
enum status store_sqlite_begin_write(struct store_sqlite *s,
    struct params *params) MUST_USE;
enum status store_sqlite_end_write(struct store_sqlite *s,
    enum status status) MUST_USE;

/* Make sure that what is read is the file that lies at the path now. */
enum status store_sqlite_follow(struct store_sqlite *s) MUST_USE;

/* The same for a read; part of store_begin_read's snapshot if there is one. */
enum status store_sqlite_begin_read(struct store_sqlite *s) MUST_USE;
void store_sqlite_end_read(struct store_sqlite *s);

/* The statement with its parameters, to be stepped and given to db_finish. */
enum status store_sqlite_bind(struct store_sqlite *s, const char *sql,
    const struct params *params, sqlite3_stmt **out) MUST_USE;

/* Run it to its end; *changes, unless NULL, is how many rows it hit. */
enum status store_sqlite_run(struct store_sqlite *s, const char *sql,
    const struct params *params, int64_t *changes) MUST_USE;

/* Its first column of its first row; NOT_FOUND without one. */
enum status store_sqlite_get(struct store_sqlite *s, const char *sql,
    const struct params *params, int64_t *out) MUST_USE;

/*
 * A whole write transaction: unless `exists` is NULL, that statement must have
 * a row, else NOT_FOUND; then the statements one after the other. *changes,
 * unless NULL, is how many rows the last of them hit.
 */
enum status store_sqlite_change(struct store_sqlite *s,
    struct params *params, const char *exists, const char *const *statements,
    size_t count, int64_t *changes) MUST_USE;

/*
 * Begin a read, hand each row to `visit` with `arg`, end the read. What is
 * not STATUS_OK from `visit` ends it and is returned.
 */
typedef enum status store_sqlite_row(sqlite3_stmt *row, void *arg);
enum status store_sqlite_each(struct store_sqlite *s, const char *sql,
    const struct params *params, store_sqlite_row *visit, void *arg) MUST_USE;

/* Append a row with params' now, action, image, hostname, actor, ... */
enum status store_sqlite_note(struct store_sqlite *s,
    const struct params *params) MUST_USE;

/* Look for damage, within a read or a write; fills sound and finding. */
enum status store_sqlite_check_content(struct store_sqlite *s, bool full,
    struct store_report *report) MUST_USE;

/* The operations, by file. Their contracts are those of store.h. */

/* store_sqlite_updates.c */
enum status sqlite_upsert_event(struct store *, const struct diun_event *);
enum status sqlite_replay_event(struct store *, const struct diun_event *,
    const struct store_replay *);
enum status sqlite_get_updates(struct store *, store_visit_update *, void *);
enum status sqlite_get_updates_since(struct store *, int64_t,
    store_visit_update *, void *);
enum status sqlite_get_removed_since(struct store *, int64_t,
    store_visit_image *, void *);

/* store_sqlite_hosts.c */
enum status sqlite_acknowledge(struct store *, const char *, const char *);
enum status sqlite_reopen(struct store *, const char *, const char *);
enum status sqlite_acknowledge_all(struct store *, int64_t *);
enum status sqlite_acknowledge_by_tag(struct store *, int64_t, int64_t *);
enum status sqlite_remove(struct store *, const char *, const char *);
enum status sqlite_rename_host(struct store *, const char *, const char *,
    int64_t *);

/* store_sqlite_tags.c */
enum status sqlite_list_tags(struct store *, store_visit_tag *, void *);
enum status sqlite_create_tag(struct store *, const char *, int64_t *);
enum status sqlite_rename_tag(struct store *, int64_t, const char *);
enum status sqlite_delete_tag(struct store *, int64_t);
enum status sqlite_tag_exists(struct store *, int64_t, bool *);
enum status sqlite_tags_changed_since(struct store *, int64_t, bool *);
enum status sqlite_assign_tag(struct store *, const char *, int64_t);
enum status sqlite_unassign_tag(struct store *, const char *);

/* store_sqlite_history.c */
enum status sqlite_begin_read(struct store *);
void sqlite_end_read(struct store *);
enum status sqlite_get_revision(struct store *, int64_t *);
enum status sqlite_knows_since(struct store *, int64_t, bool *);
enum status sqlite_get_history(struct store *, const struct history_filter *,
    store_visit_history *, void *);
enum status sqlite_prune(struct store *, const char *, int64_t, int64_t *);

/* store_sqlite_copy.c */
enum status sqlite_backup(struct store *, const char *);
enum status sqlite_export(struct store *, store_visit_row *, void *);
enum status sqlite_import(struct store *, const char *);

static inline struct store_sqlite *
store_sqlite_self(struct store *store)
{
	return (struct store_sqlite *)store;
}

#endif
