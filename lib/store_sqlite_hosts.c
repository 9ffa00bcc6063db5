/*
 * store_sqlite_hosts.c - what is done about updates, host by host
 *
 * Acknowledging, reopening, removing, and renaming hosts. Each leaves an
 * image pending exactly when one of its hosts is.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "store_sqlite.h"

/* Whose rows: one image's (of one host or all), a tag's, or all. */
#define OF_IMAGE \
	"image = :image AND (:hostname IS NULL OR hostname = :hostname)"
#define OF_TAG \
	"image IN (SELECT image FROM tag_assignments WHERE tag_id = :id)"
#define OF_ALL "TRUE"

#define HAS_PENDING \
	"EXISTS (SELECT 1 FROM host_updates AS h" \
	" WHERE h.image = updates.image AND h.acknowledged_at IS NULL)"

/* One row of history for each host's row that will change. */
#define NOTE_EACH(action, which) \
	"INSERT INTO history (at, action, image, hostname, actor, digest)" \
	" SELECT :now, '" action "', image, hostname, :actor, digest" \
	" FROM host_updates WHERE " which " ORDER BY image, hostname"

#define ACKNOWLEDGE_EACH(which) \
	"UPDATE host_updates SET acknowledged_at = :now," \
	" acknowledged_by = :actor" \
	" WHERE acknowledged_at IS NULL AND " which

/* Hits as many images as were pending and no longer are. */
#define SETTLE(which) \
	"UPDATE updates SET acknowledged_at = datetime(:now)" \
	" WHERE acknowledged_at IS NULL AND " which \
	" AND NOT " HAS_PENDING

enum {
	HOST_EXISTS,
	NOTE_ACKNOWLEDGED,
	NOTE_ACKNOWLEDGED_TAG,
	NOTE_ACKNOWLEDGED_ALL,
	ACKNOWLEDGE,
	ACKNOWLEDGE_TAG,
	ACKNOWLEDGE_ALL,
	SETTLE_IMAGE,
	SETTLE_TAG,
	SETTLE_ALL,
	NOTE_REOPENED,
	REOPEN,
	REOPEN_IMAGE,
	TAG_EXISTS,
	NOTE_REMOVED,
	REMOVE_HOST,
	HAS_HOSTS,
	SHOW_NEWEST,
	REMOVE_TAG,
	REMOVE_IMAGE,
	HOSTNAME_KNOWN,
	HOSTNAME_COUNT,
	MERGE_INTO_NEWER,
	MERGE_DROP_OLDER,
	RENAME_HOSTS,
	RENAME_UPDATES,
	SHOW_MERGED,
	RENAME_HISTORY,
	SETTLE_HOST,
	NOTE_RENAMED
};

/* Each image that has both hosts: w is the newer row, o the older. */
#define BOTH_NAMES(alias) alias ".hostname IN (:hostname, :from)"
#define IS_OLDER \
	"(o.received_at, o.event_id) < (w.received_at, w.event_id)"

/* The image's row becomes the newest of those hosts' rows. */
#define SHOW_FIRST(which) \
	"UPDATE updates SET (diun_version, hostname, status, provider," \
	" hub_link, mime_type, digest, created, platform, ctn_name," \
	" ctn_id, ctn_state, ctn_status, received_at) =" \
	" (SELECT diun_version, hostname, status, provider, hub_link," \
	" mime_type, digest, created, platform," \
	" json_extract(metadata, '$.ctn_names')," \
	" json_extract(metadata, '$.ctn_id')," \
	" json_extract(metadata, '$.ctn_state')," \
	" json_extract(metadata, '$.ctn_status'), received_at" \
	" FROM host_updates AS h WHERE h.image = updates.image AND " which \
	" ORDER BY h.received_at DESC, h.event_id DESC LIMIT 1)"

static const char *const sql[] = {
	[HOST_EXISTS] = "SELECT 1 FROM host_updates WHERE " OF_IMAGE,

	[NOTE_ACKNOWLEDGED] = NOTE_EACH("acknowledged",
	    "acknowledged_at IS NULL AND " OF_IMAGE),
	[NOTE_ACKNOWLEDGED_TAG] = NOTE_EACH("acknowledged",
	    "acknowledged_at IS NULL AND " OF_TAG),
	[NOTE_ACKNOWLEDGED_ALL] = NOTE_EACH("acknowledged",
	    "acknowledged_at IS NULL AND " OF_ALL),

	[ACKNOWLEDGE] = ACKNOWLEDGE_EACH(OF_IMAGE),
	[ACKNOWLEDGE_TAG] = ACKNOWLEDGE_EACH(OF_TAG),
	[ACKNOWLEDGE_ALL] = ACKNOWLEDGE_EACH(OF_ALL),

	[SETTLE_IMAGE] = SETTLE("image = :image"),
	[SETTLE_TAG] = SETTLE(OF_TAG),
	[SETTLE_ALL] = SETTLE(OF_ALL),

	[NOTE_REOPENED] = NOTE_EACH("reopened",
	    "acknowledged_at IS NOT NULL AND " OF_IMAGE),

	/* It is pending since when it was, as if never acknowledged. */
	[REOPEN] =
	"UPDATE host_updates SET acknowledged_at = NULL,"
	" acknowledged_by = '' WHERE acknowledged_at IS NOT NULL AND "
	OF_IMAGE,

	[REOPEN_IMAGE] =
	"UPDATE updates SET acknowledged_at = NULL"
	" WHERE image = :image AND acknowledged_at IS NOT NULL",

	[TAG_EXISTS] = "SELECT 1 FROM tags WHERE id = :id",

	[NOTE_REMOVED] =
	"INSERT INTO history (at, action, image, hostname, actor, detail)"
	" SELECT :now, 'removed', :image, coalesce(:hostname, ''), :actor,"
	" json_object('hosts', json_group_array(hostname))"
	" FROM host_updates WHERE " OF_IMAGE,

	[REMOVE_HOST] = "DELETE FROM host_updates WHERE " OF_IMAGE,

	[HAS_HOSTS] = "SELECT 1 FROM host_updates WHERE image = :image",

	[SHOW_NEWEST] = SHOW_FIRST("TRUE") " WHERE image = :image",

	[REMOVE_TAG] = "DELETE FROM tag_assignments WHERE image = :image",

	/* Its hosts and digests go by cascade. */
	[REMOVE_IMAGE] = "DELETE FROM updates WHERE image = :image",

	[HOSTNAME_KNOWN] =
	"SELECT 1 FROM host_updates WHERE hostname = :from UNION ALL"
	" SELECT 1 FROM history WHERE hostname = :from"
	" AND action IN ('received', 'test') LIMIT 1",

	[HOSTNAME_COUNT] =
	"SELECT count(*) FROM host_updates WHERE hostname = :from",

	[MERGE_INTO_NEWER] =
	"UPDATE host_updates AS w SET"
	" containers = CASE WHEN w.digest <> o.digest THEN w.containers ELSE "
	SQL_UNITED("w.containers", "o.containers") " END,"
	" first_pending_at = CASE WHEN w.acknowledged_at IS NULL"
	" AND o.acknowledged_at IS NULL"
	" THEN min(w.first_pending_at, o.first_pending_at)"
	" ELSE w.first_pending_at END"
	" FROM host_updates AS o WHERE o.image = w.image AND "
	BOTH_NAMES("w") " AND " BOTH_NAMES("o")
	" AND " IS_OLDER,

	[MERGE_DROP_OLDER] =
	"DELETE FROM host_updates AS o WHERE " BOTH_NAMES("o")
	" AND EXISTS (SELECT 1 FROM host_updates AS w"
	" WHERE w.image = o.image AND " BOTH_NAMES("w")
	" AND " IS_OLDER ")",

	[RENAME_HOSTS] =
	"UPDATE host_updates SET hostname = :hostname"
	" WHERE hostname = :from",

	[RENAME_UPDATES] =
	"UPDATE updates SET hostname = :hostname WHERE hostname = :from",

	/* Where two became one, the other event may be the one that counts. */
	[SHOW_MERGED] = SHOW_FIRST("hostname = :hostname")
	" WHERE hostname = :hostname",

	/* Rows about no host have no name either: leave them so. */
	[RENAME_HISTORY] =
	"UPDATE history SET hostname = :hostname WHERE hostname = :from"
	" AND (:from <> '' OR action IN"
	" ('received', 'acknowledged', 'reopened', 'test'))",

	[SETTLE_HOST] = SETTLE("image IN (SELECT image FROM host_updates"
	    " WHERE hostname = :hostname)"),

	[NOTE_RENAMED] =
	"INSERT INTO history (at, action, hostname, actor, detail)"
	" VALUES (:now, 'host-renamed', :hostname, :actor,"
	" json_object('from', :from, 'to', :hostname))",
};

/* Run statements one after the other, until one fails. */
static enum status
run_all(struct store_sqlite *s, const struct params *params,
    const int *statements, size_t count)
{
	enum status status = STATUS_OK;
	size_t i;

	for (i = 0; i < count && status == STATUS_OK; i++)
		status = store_sqlite_run(s, sql[statements[i]], params,
		    NULL);
	return status;
}

enum status
sqlite_acknowledge(struct store *store, const char *image,
    const char *hostname)
{
	const char *const steps[] = { sql[NOTE_ACKNOWLEDGED],
				      sql[ACKNOWLEDGE], sql[SETTLE_IMAGE] };
	struct params params = { .image = image, .hostname = hostname };

	return store_sqlite_change(store_sqlite_self(store), &params,
	    sql[HOST_EXISTS], steps, COUNT_OF(steps), NULL);
}

enum status
sqlite_reopen(struct store *store, const char *image, const char *hostname)
{
	const char *const steps[] = { sql[NOTE_REOPENED], sql[REOPEN],
				      sql[REOPEN_IMAGE] };
	struct params params = { .image = image, .hostname = hostname };

	return store_sqlite_change(store_sqlite_self(store), &params,
	    sql[HOST_EXISTS], steps, COUNT_OF(steps), NULL);
}

enum status
sqlite_acknowledge_all(struct store *store, int64_t *count)
{
	const char *const steps[] = { sql[NOTE_ACKNOWLEDGED_ALL],
				      sql[ACKNOWLEDGE_ALL],
				      sql[SETTLE_ALL] };
	struct params params = { 0 };

	return store_sqlite_change(store_sqlite_self(store), &params, NULL,
	    steps, COUNT_OF(steps), count);
}

enum status
sqlite_acknowledge_by_tag(struct store *store, int64_t tag_id,
    int64_t *count)
{
	const char *const steps[] = { sql[NOTE_ACKNOWLEDGED_TAG],
				      sql[ACKNOWLEDGE_TAG],
				      sql[SETTLE_TAG] };
	struct params params = { .id = tag_id };

	return store_sqlite_change(store_sqlite_self(store), &params,
	    sql[TAG_EXISTS], steps, COUNT_OF(steps), count);
}

/* After a host's row has gone: show what is left, or forget the image. */
static enum status
after_removal(struct store_sqlite *s, const struct params *params)
{
	static const int left[] = { SHOW_NEWEST, SETTLE_IMAGE };
	static const int gone[] = { REMOVE_TAG, REMOVE_IMAGE };
	enum status status;
	int64_t one;

	status = store_sqlite_get(s, sql[HAS_HOSTS], params, &one);
	if (status == STATUS_OK)
		return run_all(s, params, left, COUNT_OF(left));
	if (status == STATUS_NOT_FOUND)
		return run_all(s, params, gone, COUNT_OF(gone));
	return status;
}

enum status
sqlite_remove(struct store *store, const char *image, const char *hostname)
{
	static const int steps[] = { NOTE_REMOVED, REMOVE_HOST };
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .image = image, .hostname = hostname };
	enum status status;
	int64_t one;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, sql[HOST_EXISTS], &params, &one);
	if (status == STATUS_OK)
		status = run_all(s, &params, steps, COUNT_OF(steps));
	if (status == STATUS_OK)
		status = after_removal(s, &params);
	return store_sqlite_end_write(s, status);
}

enum status
sqlite_rename_host(struct store *store, const char *from, const char *to,
    int64_t *count)
{
	static const int steps[] = {
		MERGE_INTO_NEWER, MERGE_DROP_OLDER, RENAME_HOSTS,
		RENAME_UPDATES, SHOW_MERGED, RENAME_HISTORY, SETTLE_HOST,
		NOTE_RENAMED,
	};
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .from = from, .hostname = to };
	enum status status;
	int64_t one;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, sql[HOSTNAME_KNOWN], &params, &one);
	if (status == STATUS_OK)
		status = store_sqlite_get(s, sql[HOSTNAME_COUNT], &params,
		    count);
	if (status == STATUS_OK && strcmp(from, to) != 0)
		status = run_all(s, &params, steps, COUNT_OF(steps));
	return store_sqlite_end_write(s, status);
}
