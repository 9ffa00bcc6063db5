/*
 * store_sqlite.c - the store in a SQLite database
 *
 * The statements stand in one table; each operation below binds one of them.
 * Connection, transactions and locking are db_sqlite.c's business, the
 * schema's steps migrate_sqlite.c's.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "clock.h"
#include "db_sqlite.h"
#include "mem.h"
#include "migrate_sqlite.h"
#include "store.h"

enum {
	STMT_EVENT_UPSERT,
	STMT_UPDATES_GET,
	STMT_UPDATE_ACKNOWLEDGE,
	STMT_UPDATE_REOPEN,
	STMT_ACKNOWLEDGE_ALL,
	STMT_ACKNOWLEDGE_BY_TAG,
	STMT_TAGS_LIST,
	STMT_TAG_CREATE,
	STMT_TAG_RENAME,
	STMT_TAG_DELETE,
	STMT_TAG_EXISTS,
	STMT_ASSIGN,
	STMT_UNASSIGN,
	STMT_COUNT
};

static const char *const texts[STMT_COUNT] = {
	/* Not INSERT OR REPLACE: that deletes the row, and its tag with it. */
	[STMT_EVENT_UPSERT] =
	"INSERT INTO updates (image, diun_version, hostname, status,"
	" provider, hub_link, mime_type, digest, created, platform,"
	" ctn_name, ctn_id, ctn_state, ctn_status, received_at,"
	" acknowledged_at)"
	" VALUES (:image, :diun_version, :hostname, :status, :provider,"
	" :hub_link, :mime_type, :digest, :created, :platform, :ctn_names,"
	" :ctn_id, :ctn_state, :ctn_status, :received_at, NULL)"
	" ON CONFLICT (image) DO UPDATE SET"
	" diun_version = excluded.diun_version,"
	" hostname = excluded.hostname, status = excluded.status,"
	" provider = excluded.provider, hub_link = excluded.hub_link,"
	" mime_type = excluded.mime_type, digest = excluded.digest,"
	" created = excluded.created, platform = excluded.platform,"
	" ctn_name = excluded.ctn_name, ctn_id = excluded.ctn_id,"
	" ctn_state = excluded.ctn_state, ctn_status = excluded.ctn_status,"
	" received_at = excluded.received_at, acknowledged_at = NULL",

	[STMT_UPDATES_GET] =
	"SELECT u.image, u.diun_version, u.hostname, u.status, u.provider,"
	" u.hub_link, u.mime_type, u.digest, u.created, u.platform,"
	" u.ctn_name, u.ctn_id, u.ctn_state, u.ctn_status, u.received_at,"
	" u.acknowledged_at IS NOT NULL, t.id, t.name"
	" FROM updates AS u"
	" LEFT JOIN tag_assignments AS a ON a.image = u.image"
	" LEFT JOIN tags AS t ON t.id = a.tag_id",

	[STMT_UPDATE_ACKNOWLEDGE] =
	"UPDATE updates SET acknowledged_at = datetime('now')"
	" WHERE image = :image",

	[STMT_UPDATE_REOPEN] =
	"UPDATE updates SET acknowledged_at = NULL WHERE image = :image",

	[STMT_ACKNOWLEDGE_ALL] =
	"UPDATE updates SET acknowledged_at = datetime('now')"
	" WHERE acknowledged_at IS NULL",

	[STMT_ACKNOWLEDGE_BY_TAG] =
	"UPDATE updates SET acknowledged_at = datetime('now')"
	" WHERE acknowledged_at IS NULL AND image IN"
	" (SELECT image FROM tag_assignments WHERE tag_id = :tag_id)",

	[STMT_TAGS_LIST] = "SELECT id, name FROM tags ORDER BY name",

	[STMT_TAG_CREATE] = "INSERT INTO tags (name) VALUES (:name)",

	[STMT_TAG_RENAME] = "UPDATE tags SET name = :name WHERE id = :id",

	[STMT_TAG_DELETE] = "DELETE FROM tags WHERE id = :id",

	[STMT_TAG_EXISTS] = "SELECT 1 FROM tags WHERE id = :id",

	/* One tag an image: the old assignment is replaced. */
	[STMT_ASSIGN] =
	"INSERT OR REPLACE INTO tag_assignments (image, tag_id)"
	" VALUES (:image, :tag_id)",

	[STMT_UNASSIGN] =
	"DELETE FROM tag_assignments WHERE image = :image",
};

struct store_sqlite {
	struct store base;	/* first */
	struct db db;
	struct store_options options;
	char *path;		/* options.path points here; owned */
};

static struct store_sqlite *
self(struct store *store)
{
	return (struct store_sqlite *)store;
}

/* Open the database and bring its schema up to date. */
static enum status
open_database(struct store_sqlite *s)
{
	enum status status;

	status = db_open(&s->db, &s->options, texts, STMT_COUNT,
	    s->base.reason);
	if (status != STATUS_OK)
		return status;
	if (s->options.flags & STORE_MIGRATE)
		status = migrate_sqlite_up(&s->db);
	if (status != STATUS_OK)
		db_close(&s->db);
	/* Moved away before it was open for good: not the peer that left. */
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

/*
 * After STATUS_GONE, when the file could only be read, or when the last
 * attempt failed: open what lies at the path now.
 */
static enum status
reopen(struct store_sqlite *s)
{
	if (s->db.handle != NULL)
		db_close(&s->db);
	return open_database(s);
}

static enum status
begin_write(struct store_sqlite *s)
{
	enum status status = STATUS_GONE;

	if (s->db.handle != NULL && !db_is_read_only(&s->db))
		status = db_begin_write(&s->db);
	if (status != STATUS_GONE)
		return status;
	status = reopen(s);
	if (status == STATUS_OK)
		status = db_begin_write(&s->db);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

/* Make sure that what lies at the path is open, after failures too. */
static enum status
be_open(struct store_sqlite *s)
{
	enum status status = STATUS_GONE;

	if (s->db.handle != NULL)
		status = db_follow(&s->db);
	if (status == STATUS_GONE)
		status = reopen(s);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static enum status
begin_read(struct store_sqlite *s)
{
	enum status status = be_open(s);

	return status == STATUS_OK ? db_begin_read(&s->db) : status;
}

/*
 * Most writes are one statement. Begin, and have it ready for binding; to be
 * followed by finish_write on STATUS_OK alone.
 */
static enum status
start_write(struct store_sqlite *s, size_t index, sqlite3_stmt **out)
{
	enum status status = begin_write(s);

	if (status != STATUS_OK)
		return status;
	status = db_statement(&s->db, index, out);
	if (status != STATUS_OK)
		return db_end_write(&s->db, status);
	return STATUS_OK;
}

/* Run it and commit; *changes, where not NULL, is how many rows it hit. */
static enum status
finish_write(struct store_sqlite *s, sqlite3_stmt *statement,
    int64_t *changes)
{
	enum status status = db_run(&s->db, statement);

	if (changes != NULL)
		*changes = sqlite3_changes(s->db.handle);
	db_finish(statement);
	return db_end_write(&s->db, status);
}

static void
sqlite_close(struct store *store)
{
	struct store_sqlite *s = self(store);

	if (s->db.handle != NULL)
		db_close(&s->db);
	free(s->path);
	free(s);
}

static enum status
sqlite_upsert_event(struct store *store, const struct diun_event *event)
{
	struct store_sqlite *s = self(store);
	char now[CLOCK_TEXT_SIZE];
	sqlite3_stmt *statement;
	enum status status;

	status = start_write(s, STMT_EVENT_UPSERT, &statement);
	if (status != STATUS_OK)
		return status;
	clock_now(now);
	db_bind_text(statement, ":image", event->image);
	db_bind_text(statement, ":diun_version", event->diun_version);
	db_bind_text(statement, ":hostname", event->hostname);
	db_bind_text(statement, ":status", event->status);
	db_bind_text(statement, ":provider", event->provider);
	db_bind_text(statement, ":hub_link", event->hub_link);
	db_bind_text(statement, ":mime_type", event->mime_type);
	db_bind_text(statement, ":digest", event->digest);
	db_bind_text(statement, ":created", event->created);
	db_bind_text(statement, ":platform", event->platform);
	db_bind_text(statement, ":ctn_names", event->ctn_names);
	db_bind_text(statement, ":ctn_id", event->ctn_id);
	db_bind_text(statement, ":ctn_state", event->ctn_state);
	db_bind_text(statement, ":ctn_status", event->ctn_status);
	db_bind_text(statement, ":received_at", now);
	return finish_write(s, statement, NULL);
}

static void
read_update(sqlite3_stmt *row, struct update_entry *entry)
{
	*entry = (struct update_entry){
		.event = {
			.image = db_column_text(row, 0),
			.diun_version = db_column_text(row, 1),
			.hostname = db_column_text(row, 2),
			.status = db_column_text(row, 3),
			.provider = db_column_text(row, 4),
			.hub_link = db_column_text(row, 5),
			.mime_type = db_column_text(row, 6),
			.digest = db_column_text(row, 7),
			.created = db_column_text(row, 8),
			.platform = db_column_text(row, 9),
			.ctn_names = db_column_text(row, 10),
			.ctn_id = db_column_text(row, 11),
			.ctn_state = db_column_text(row, 12),
			.ctn_status = db_column_text(row, 13),
		},
		.received_at = db_column_text(row, 14),
		.acknowledged = sqlite3_column_int(row, 15) != 0,
		.tag = {
			.id = sqlite3_column_int64(row, 16),
			.name = db_column_text(row, 17),
		},
	};
	if (entry->event.created[0] == '\0')
		entry->event.created = CREATED_UNKNOWN;
}

static enum status
sqlite_get_updates(struct store *store, store_visit_update *visit, void *arg)
{
	struct store_sqlite *s = self(store);
	struct update_entry entry;
	sqlite3_stmt *statement = NULL;
	enum status status;

	status = begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = db_statement(&s->db, STMT_UPDATES_GET, &statement);
	while (status == STATUS_OK) {
		status = db_step(&s->db, statement);
		if (status == STATUS_NOT_FOUND) {
			status = STATUS_OK;
			break;
		}
		if (status == STATUS_OK) {
			read_update(statement, &entry);
			status = visit(arg, &entry);
		}
	}
	db_finish(statement);
	db_end_read(&s->db);
	return status;
}

/* A write on one image that must exist. */
static enum status
change_image(struct store *store, size_t index, const char *image)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;
	int64_t changes = 0;

	status = start_write(s, index, &statement);
	if (status != STATUS_OK)
		return status;
	db_bind_text(statement, ":image", image);
	status = finish_write(s, statement, &changes);
	return status == STATUS_OK && changes == 0 ? STATUS_NOT_FOUND
	    : status;
}

static enum status
sqlite_acknowledge_update(struct store *store, const char *image)
{
	return change_image(store, STMT_UPDATE_ACKNOWLEDGE, image);
}

static enum status
sqlite_reopen_update(struct store *store, const char *image)
{
	return change_image(store, STMT_UPDATE_REOPEN, image);
}

static enum status
sqlite_unassign_tag(struct store *store, const char *image)
{
	enum status status = change_image(store, STMT_UNASSIGN, image);

	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status
sqlite_acknowledge_all(struct store *store, int64_t *count)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;

	status = start_write(s, STMT_ACKNOWLEDGE_ALL, &statement);
	if (status != STATUS_OK)
		return status;
	return finish_write(s, statement, count);
}

/* Whether the tag exists, inside a transaction of the caller's. */
static enum status
find_tag(struct store_sqlite *s, int64_t id)
{
	sqlite3_stmt *statement;
	enum status status;

	status = db_statement(&s->db, STMT_TAG_EXISTS, &statement);
	if (status != STATUS_OK)
		return status;
	db_bind_int64(statement, ":id", id);
	status = db_step(&s->db, statement);
	db_finish(statement);
	return status;
}

static enum status
sqlite_acknowledge_by_tag(struct store *store, int64_t tag_id,
    int64_t *count)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;

	status = start_write(s, STMT_ACKNOWLEDGE_BY_TAG, &statement);
	if (status != STATUS_OK)
		return status;
	status = find_tag(s, tag_id);
	if (status != STATUS_OK)
		return db_end_write(&s->db, status);
	db_bind_int64(statement, ":tag_id", tag_id);
	return finish_write(s, statement, count);
}

static enum status
sqlite_list_tags(struct store *store, store_visit_tag *visit, void *arg)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement = NULL;
	enum status status;
	struct tag tag;

	status = begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = db_statement(&s->db, STMT_TAGS_LIST, &statement);
	while (status == STATUS_OK) {
		status = db_step(&s->db, statement);
		if (status == STATUS_NOT_FOUND) {
			status = STATUS_OK;
			break;
		}
		if (status == STATUS_OK) {
			tag.id = sqlite3_column_int64(statement, 0);
			tag.name = db_column_text(statement, 1);
			status = visit(arg, &tag);
		}
	}
	db_finish(statement);
	db_end_read(&s->db);
	return status;
}

static enum status
sqlite_create_tag(struct store *store, const char *name, int64_t *id)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;

	status = start_write(s, STMT_TAG_CREATE, &statement);
	if (status != STATUS_OK)
		return status;
	db_bind_text(statement, ":name", name);
	status = finish_write(s, statement, NULL);
	*id = sqlite3_last_insert_rowid(s->db.handle);
	return status;
}

static enum status
sqlite_rename_tag(struct store *store, int64_t id, const char *name)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;
	int64_t changes = 0;

	status = start_write(s, STMT_TAG_RENAME, &statement);
	if (status != STATUS_OK)
		return status;
	db_bind_int64(statement, ":id", id);
	db_bind_text(statement, ":name", name);
	status = finish_write(s, statement, &changes);
	return status == STATUS_OK && changes == 0 ? STATUS_NOT_FOUND
	    : status;
}

static enum status
sqlite_delete_tag(struct store *store, int64_t id)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;
	int64_t changes = 0;

	status = start_write(s, STMT_TAG_DELETE, &statement);
	if (status != STATUS_OK)
		return status;
	db_bind_int64(statement, ":id", id);
	status = finish_write(s, statement, &changes);
	return status == STATUS_OK && changes == 0 ? STATUS_NOT_FOUND
	    : status;
}

static enum status
sqlite_tag_exists(struct store *store, int64_t id, bool *exists)
{
	struct store_sqlite *s = self(store);
	enum status status;

	status = begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = find_tag(s, id);
	*exists = status == STATUS_OK;
	db_end_read(&s->db);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status
sqlite_assign_tag(struct store *store, const char *image, int64_t tag_id)
{
	struct store_sqlite *s = self(store);
	sqlite3_stmt *statement;
	enum status status;

	status = start_write(s, STMT_ASSIGN, &statement);
	if (status != STATUS_OK)
		return status;
	db_bind_text(statement, ":image", image);
	db_bind_int64(statement, ":tag_id", tag_id);
	status = finish_write(s, statement, NULL);
	/* The one constraint that can fail is the reference to the tag. */
	return status == STATUS_CONFLICT ? STATUS_NOT_FOUND : status;
}

/* The first line of `pragma` that is not `good` is a finding. */
static enum status
check_pragma(struct store_sqlite *s, const char *pragma, const char *good,
    struct store_report *report)
{
	sqlite3_stmt *statement = NULL;
	enum status status;
	int code;

	code = sqlite3_prepare_v2(s->db.handle, pragma, -1, &statement,
	    NULL);
	if (code != SQLITE_OK)
		return db_fault(&s->db, code, "check the database");
	status = db_step(&s->db, statement);
	if (status == STATUS_OK &&
	    strcmp(db_column_text(statement, 0), good) != 0) {
		report->sound = false;
		(void)snprintf(report->finding, sizeof(report->finding),
		    "%s: %s", pragma + strlen("PRAGMA "),
		    db_column_text(statement, 0));
	}
	(void)sqlite3_finalize(statement);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status
sqlite_check(struct store *store, struct store_report *report)
{
	struct store_sqlite *s = self(store);
	enum status status;

	*report = (struct store_report){ .sound = true };
	status = begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = check_pragma(s, "PRAGMA quick_check", "ok", report);
	if (status == STATUS_OK && report->sound)
		status = check_pragma(s, "PRAGMA foreign_key_check", "",
		    report);
	if (status == STATUS_OK)
		status = db_query_int64(&s->db,
		    "SELECT count(*) FROM updates", &report->images);
	if (status == STATUS_OK)
		status = db_query_int64(&s->db, "SELECT count(*) FROM "
		    "updates WHERE acknowledged_at IS NULL",
		    &report->pending);
	if (status == STATUS_OK)
		status = db_query_int64(&s->db,
		    "SELECT count(*) FROM tags", &report->tags);
	db_end_read(&s->db);
	return status;
}

static enum status
sqlite_migration_state(struct store *store, struct migration_state *state)
{
	struct store_sqlite *s = self(store);
	enum status status;

	status = begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = migrate_sqlite_state(&s->db, state);
	db_end_read(&s->db);
	return status;
}

static enum status
sqlite_migrate_up(struct store *store)
{
	struct store_sqlite *s = self(store);
	enum status status = be_open(s);

	if (status == STATUS_OK)
		status = migrate_sqlite_up(&s->db);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static enum status
sqlite_migrate_down(struct store *store)
{
	struct store_sqlite *s = self(store);
	enum status status = be_open(s);

	if (status == STATUS_OK)
		status = migrate_sqlite_down(&s->db);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static enum status
sqlite_migrate_force(struct store *store, int64_t version)
{
	struct store_sqlite *s = self(store);
	enum status status = be_open(s);

	if (status == STATUS_OK)
		status = migrate_sqlite_force(&s->db, version);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static const struct store_ops store_sqlite_ops = {
	.name = "sqlite",
	.close = sqlite_close,
	.upsert_event = sqlite_upsert_event,
	.get_updates = sqlite_get_updates,
	.acknowledge_update = sqlite_acknowledge_update,
	.reopen_update = sqlite_reopen_update,
	.acknowledge_all = sqlite_acknowledge_all,
	.acknowledge_by_tag = sqlite_acknowledge_by_tag,
	.list_tags = sqlite_list_tags,
	.create_tag = sqlite_create_tag,
	.rename_tag = sqlite_rename_tag,
	.delete_tag = sqlite_delete_tag,
	.tag_exists = sqlite_tag_exists,
	.assign_tag = sqlite_assign_tag,
	.unassign_tag = sqlite_unassign_tag,
	.check = sqlite_check,
	.migration_state = sqlite_migration_state,
	.migrate_up = sqlite_migrate_up,
	.migrate_down = sqlite_migrate_down,
	.migrate_force = sqlite_migrate_force,
};

enum status
store_sqlite_open(const struct store_options *options, struct store **out,
    char why[STORE_REASON_MAX])
{
	struct store_sqlite *s = mem_zalloc(sizeof(*s));
	enum status status;

	s->base.ops = &store_sqlite_ops;
	s->options = *options;
	s->path = mem_strdup(options->path);
	s->options.path = s->path;
	status = open_database(s);
	if (status != STATUS_OK) {
		(void)snprintf(why, STORE_REASON_MAX, "%s", s->base.reason);
		sqlite_close(&s->base);
		return status;
	}
	*out = &s->base;
	return STATUS_OK;
}
