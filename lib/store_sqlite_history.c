/*
 * store_sqlite_history.c - what happened, and the revision it adds up to
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "store_sqlite.h"

enum {
	NOTE,
	REVISION,
	OLDEST,
	OF_IMAGE,
	OF_HOST,
	OF_ACTION,
	OF_ALL,
	PRUNE
};

#define COLUMNS \
	"SELECT id, at, action, image, hostname, actor, digest, detail" \
	" FROM history WHERE id < :before"
#define AND_HOST " AND (:hostname IS NULL OR hostname = :hostname)"
#define AND_ACTION " AND (:action IS NULL OR action = :action)"
#define NEWEST_FIRST " ORDER BY id DESC LIMIT :limit"

static const char *const sql[] = {
	[NOTE] =
	"INSERT INTO history (at, action, image, hostname, actor, digest,"
	" detail) VALUES (:now, :action, coalesce(:image, ''),"
	" coalesce(:hostname, ''), :actor, coalesce(:digest, ''),"
	" coalesce(:detail, '{}'))",

	[REVISION] = "SELECT max(id) FROM history",

	[OLDEST] = "SELECT min(id) FROM history",

	/* Each by the index that fits it best. */
	[OF_IMAGE] = COLUMNS " AND image = :image" AND_HOST AND_ACTION
	NEWEST_FIRST,

	[OF_HOST] = COLUMNS " AND hostname = :hostname" AND_ACTION
	NEWEST_FIRST,

	[OF_ACTION] = COLUMNS " AND action = :action" NEWEST_FIRST,

	[OF_ALL] = COLUMNS NEWEST_FIRST,

	/* From the oldest on, up to the first that is not old enough. */
	[PRUNE] =
	"WITH head (id, at) AS"
	" (SELECT id, at FROM history ORDER BY id LIMIT :limit)"
	" DELETE FROM history WHERE id < coalesce("
	"(SELECT min(id) FROM head WHERE at >= :cutoff),"
	" (SELECT max(id) + 1 FROM head))"
	" AND id < (SELECT max(id) FROM history)",
};

enum status
store_sqlite_note(struct store_sqlite *s, const struct params *params)
{
	return store_sqlite_run(s, sql[NOTE], params, NULL);
}

enum status
sqlite_begin_read(struct store *store)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status = store_sqlite_begin_read(s);

	s->in_snapshot = status == STATUS_OK;
	return status;
}

void
sqlite_end_read(struct store *store)
{
	struct store_sqlite *s = store_sqlite_self(store);

	s->in_snapshot = false;
	store_sqlite_end_read(s);
}

enum status
sqlite_get_revision(struct store *store, int64_t *revision)
{
	struct store_sqlite *s = store_sqlite_self(store);
	const struct params none = { 0 };
	enum status status;

	/* One statement is a snapshot by itself; this one is asked often. */
	status = store_sqlite_follow(s);
	if (status == STATUS_OK)
		status = store_sqlite_get(s, sql[REVISION], &none, revision);
	return status;
}

enum status
sqlite_knows_since(struct store *store, int64_t revision, bool *known)
{
	struct store_sqlite *s = store_sqlite_self(store);
	const struct params none = { 0 };
	int64_t oldest = 0, newest = 0;
	enum status status;

	status = store_sqlite_begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, sql[OLDEST], &none, &oldest);
	if (status == STATUS_OK)
		status = store_sqlite_get(s, sql[REVISION], &none, &newest);
	*known = revision >= oldest - 1 && revision <= newest;
	store_sqlite_end_read(s);
	return status;
}

struct listing {
	store_visit_history *visit;
	void *arg;
};

static enum status
visit_row(sqlite3_stmt *row, void *arg)
{
	const struct listing *listing = arg;
	const struct history_entry entry = {
		.id = sqlite3_column_int64(row, 0),
		.at = db_column_text(row, 1),
		.action = db_column_text(row, 2),
		.image = db_column_text(row, 3),
		.hostname = db_column_text(row, 4),
		.actor = db_column_text(row, 5),
		.digest = db_column_text(row, 6),
		.detail = db_column_text(row, 7),
	};

	return listing->visit(listing->arg, &entry);
}

enum status
sqlite_get_history(struct store *store, const struct history_filter *filter,
    store_visit_history *visit, void *arg)
{
	const struct params params = {
		.image = filter->image, .hostname = filter->hostname,
		.action = filter->action, .limit = filter->limit,
		.before = filter->before > 0 ? filter->before : INT64_MAX,
	};
	struct listing listing = { .visit = visit, .arg = arg };
	int which = OF_ALL;

	if (filter->image != NULL)
		which = OF_IMAGE;
	else if (filter->hostname != NULL)
		which = OF_HOST;
	else if (filter->action != NULL)
		which = OF_ACTION;
	return store_sqlite_each(store_sqlite_self(store), sql[which],
	    &params, visit_row, &listing);
}

enum status
sqlite_prune(struct store *store, const char *cutoff, int64_t limit,
    int64_t *count)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .cutoff = cutoff, .limit = limit };
	enum status status;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	return store_sqlite_end_write(s, store_sqlite_run(s, sql[PRUNE],
	    &params, count));
}
