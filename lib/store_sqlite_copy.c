/*
 * store_sqlite_copy.c - the whole content, out and in again
 *
 * A backup is a copy of the database file. An export is every row of every
 * table as a JSON object, to be taken in by an empty database.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store_sqlite.h"

/*
 * Each table: a row as a JSON object, and how such rows go in. In the order
 * in which references allow them.
 */
static const struct {
	const char *name;
	const char *out;
	const char *in;
} tables[] = {
#define ROWS " FROM json_each(:detail, '$."
	{ "tags",
	  "SELECT json_object('id', id, 'name', name) FROM tags ORDER BY id",
	  "INSERT INTO tags (id, name)"
	  " SELECT value ->> 'id', value ->> 'name'" ROWS "tags')" },

	{ "tag_assignments",
	  "SELECT json_object('image', image, 'tag_id', tag_id)"
	  " FROM tag_assignments ORDER BY image",
	  "INSERT INTO tag_assignments (image, tag_id)"
	  " SELECT value ->> 'image', value ->> 'tag_id'"
	  ROWS "tag_assignments')" },

	{ "updates",
	  "SELECT json_object('image', image, 'diun_version', diun_version,"
	  " 'hostname', hostname, 'status', status, 'provider', provider,"
	  " 'hub_link', hub_link, 'mime_type', mime_type, 'digest', digest,"
	  " 'created', created, 'platform', platform, 'ctn_name', ctn_name,"
	  " 'ctn_id', ctn_id, 'ctn_state', ctn_state,"
	  " 'ctn_status', ctn_status, 'received_at', received_at,"
	  " 'acknowledged_at', acknowledged_at) FROM updates ORDER BY image",
	  "INSERT INTO updates (image, diun_version, hostname, status,"
	  " provider, hub_link, mime_type, digest, created, platform,"
	  " ctn_name, ctn_id, ctn_state, ctn_status, received_at,"
	  " acknowledged_at)"
	  " SELECT value ->> 'image', value ->> 'diun_version',"
	  " value ->> 'hostname', value ->> 'status', value ->> 'provider',"
	  " value ->> 'hub_link', value ->> 'mime_type', value ->> 'digest',"
	  " value ->> 'created', value ->> 'platform', value ->> 'ctn_name',"
	  " value ->> 'ctn_id', value ->> 'ctn_state',"
	  " value ->> 'ctn_status', value ->> 'received_at',"
	  " value ->> 'acknowledged_at'" ROWS "updates')" },

	{ "host_updates",
	  "SELECT json_object('image', image, 'hostname', hostname,"
	  " 'event_id', event_id, 'reference', reference,"
	  " 'diun_version', diun_version, 'status', status,"
	  " 'provider', provider, 'hub_link', hub_link,"
	  " 'mime_type', mime_type, 'digest', digest, 'created', created,"
	  " 'platform', platform, 'metadata', json(metadata),"
	  " 'containers', json(containers),"
	  " 'first_pending_at', first_pending_at,"
	  " 'received_at', received_at, 'acknowledged_at', acknowledged_at,"
	  " 'acknowledged_by', acknowledged_by)"
	  " FROM host_updates ORDER BY image, hostname",
	  "INSERT INTO host_updates (image, hostname, event_id, reference,"
	  " diun_version, status, provider, hub_link, mime_type, digest,"
	  " created, platform, metadata, containers, first_pending_at,"
	  " received_at, acknowledged_at, acknowledged_by)"
	  " SELECT value ->> 'image', value ->> 'hostname',"
	  " value ->> 'event_id', value ->> 'reference',"
	  " value ->> 'diun_version', value ->> 'status',"
	  " value ->> 'provider', value ->> 'hub_link',"
	  " value ->> 'mime_type', value ->> 'digest', value ->> 'created',"
	  " value ->> 'platform', value -> 'metadata',"
	  " value -> 'containers', value ->> 'first_pending_at',"
	  " value ->> 'received_at', value ->> 'acknowledged_at',"
	  " value ->> 'acknowledged_by'" ROWS "host_updates')" },

	{ "pushed_digests",
	  "SELECT json_object('image', image, 'digest', digest)"
	  " FROM pushed_digests ORDER BY image, digest",
	  "INSERT INTO pushed_digests (image, digest)"
	  " SELECT value ->> 'image', value ->> 'digest'"
	  ROWS "pushed_digests')" },

	{ "history",
	  "SELECT json_object('id', id, 'at', at, 'action', action,"
	  " 'image', image, 'hostname', hostname, 'actor', actor,"
	  " 'digest', digest, 'detail', json(detail))"
	  " FROM history ORDER BY id",
	  "INSERT INTO history (id, at, action, image, hostname, actor,"
	  " digest, detail)"
	  " SELECT value ->> 'id', value ->> 'at', value ->> 'action',"
	  " value ->> 'image', value ->> 'hostname', value ->> 'actor',"
	  " value ->> 'digest', value -> 'detail'" ROWS "history')" },
#undef ROWS
};

enum { IS_EMPTY };

static const char *const sql[] = {
	[IS_EMPTY] =
	"SELECT NOT EXISTS (SELECT 1 FROM history)"
	" AND NOT EXISTS (SELECT 1 FROM updates)"
	" AND NOT EXISTS (SELECT 1 FROM tags)",
};

struct exporting {
	store_visit_row *visit;
	void *arg;
	const char *table;
};

static enum status
visit_row(sqlite3_stmt *row, void *arg)
{
	const struct exporting *exporting = arg;

	return exporting->visit(exporting->arg, exporting->table,
	    db_column_text(row, 0));
}

enum status
sqlite_export(struct store *store, store_visit_row *visit, void *arg)
{
	struct exporting exporting = { .visit = visit, .arg = arg };
	const struct params none = { 0 };
	enum status status;
	size_t i;

	status = store_begin_read(store);
	if (status != STATUS_OK)
		return status;
	for (i = 0; i < COUNT_OF(tables) && status == STATUS_OK; i++) {
		exporting.table = tables[i].name;
		status = store_sqlite_each(store_sqlite_self(store),
		    tables[i].out, &none, visit_row, &exporting);
	}
	store_end_read(store);
	return status;
}

static enum status
import_tables(struct store_sqlite *s, const struct params *params)
{
	struct store_report report = { .sound = true };
	enum status status;
	int64_t empty = 0;
	size_t i;

	status = store_sqlite_get(s, sql[IS_EMPTY], params, &empty);
	if (status == STATUS_OK && !empty)
		return STATUS_CONFLICT;
	for (i = 0; i < COUNT_OF(tables) && status == STATUS_OK; i++)
		status = store_sqlite_run(s, tables[i].in, params, NULL);
	if (status == STATUS_OK)
		status = store_sqlite_check_content(s, false, &report);
	if (status == STATUS_CONFLICT || status == STATUS_INTERNAL ||
	    (status == STATUS_OK && !report.sound)) {
		(void)snprintf(s->base.reason, STORE_REASON_MAX, "the export "
		    "is damaged: %.200s", report.sound ? "its rows do not fit "
		    "together" : report.finding);
		status = STATUS_INVALID;
	}
	return status;
}

enum status
sqlite_import(struct store *store, const char *json)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .detail = json };
	enum status status;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	return store_sqlite_end_write(s, import_tables(s, &params));
}

/* All pages in one step: one snapshot, while others go on writing. */
static int
copy_pages(sqlite3 *to, sqlite3 *from)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from,
	    "main");

	if (backup == NULL)
		return sqlite3_errcode(to);
	(void)sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup);
}

/* The copy at `path`, a single file without a log, on disk. */
static enum status
write_copy(struct store_sqlite *s, const char *path)
{
	sqlite3 *to = NULL;
	int code, fd;

	code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (code == SQLITE_OK)
		code = copy_pages(to, s->db.handle);
	if (code == SQLITE_OK)
		code = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL,
		    NULL, NULL);
	if (code != SQLITE_OK) {
		(void)snprintf(s->base.reason, STORE_REASON_MAX,
		    "cannot write the backup: %s", to == NULL
		    ? sqlite3_errstr(code) : sqlite3_errmsg(to));
		(void)sqlite3_close(to);
		return STATUS_UNAVAILABLE;
	}
	(void)sqlite3_close(to);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fsync(fd) == 0 && close(fd) == 0)
		return STATUS_OK;
	(void)snprintf(s->base.reason, STORE_REASON_MAX,
	    "cannot write the backup: %s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return STATUS_UNAVAILABLE;
}

/* Make the file, empty, where there is none yet. */
static enum status
create_file(struct store_sqlite *s, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd >= 0) {
		(void)close(fd);
		return STATUS_OK;
	}
	(void)snprintf(s->base.reason, STORE_REASON_MAX, "cannot create "
	    "'%.150s': %s", path, strerror(errno));
	return errno == EEXIST ? STATUS_CONFLICT : STATUS_UNAVAILABLE;
}

enum status
sqlite_backup(struct store *store, const char *path)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status;

	status = store_sqlite_follow(s);
	if (status == STATUS_OK)
		status = create_file(s, path);
	if (status != STATUS_OK)
		return status;
	status = write_copy(s, path);
	if (status != STATUS_OK)
		(void)unlink(path);
	return status;
}
