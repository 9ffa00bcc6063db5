/*
 * store_sqlite_tags.c - the user's labels, and which image carries which
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "store_sqlite.h"

#define TAG_DETAIL "json_object('id', t.id, 'name', t.name)"

enum {
	TAGS_LIST,
	TAG_EXISTS,
	TAG_CREATE,
	TAG_NAME_DIFFERS,
	TAG_RENAME,
	TAG_DELETE,
	TAGS_CHANGED_SINCE,
	ASSIGNED,
	ASSIGN,
	UNASSIGN,
	NOTE_CREATED,
	NOTE_RENAMED,
	NOTE_DELETED,
	NOTE_UNTAGGED_EACH,
	NOTE_TAGGED,
	NOTE_UNTAGGED
};

static const char *const sql[] = {
	[TAGS_LIST] = "SELECT id, name FROM tags ORDER BY name",

	[TAG_EXISTS] = "SELECT 1 FROM tags WHERE id = :id",

	[TAG_CREATE] = "INSERT INTO tags (name) VALUES (:name)",

	[TAG_NAME_DIFFERS] = "SELECT name <> :name FROM tags WHERE id = :id",

	[TAG_RENAME] = "UPDATE tags SET name = :name WHERE id = :id",

	/* Its assignments go by cascade. */
	[TAG_DELETE] = "DELETE FROM tags WHERE id = :id",

	[TAGS_CHANGED_SINCE] =
	"SELECT 1 FROM history WHERE id > :since AND action IN"
	" ('tag-created', 'tag-renamed', 'tag-deleted') LIMIT 1",

	[ASSIGNED] =
	"SELECT 1 FROM tag_assignments"
	" WHERE image = :image AND tag_id = :id",

	/* One tag an image: the old assignment is replaced. */
	[ASSIGN] =
	"INSERT OR REPLACE INTO tag_assignments (image, tag_id)"
	" VALUES (:image, :id)",

	[UNASSIGN] = "DELETE FROM tag_assignments WHERE image = :image",

	[NOTE_CREATED] =
	"INSERT INTO history (at, action, actor, detail)"
	" SELECT :now, 'tag-created', :actor, " TAG_DETAIL
	" FROM tags AS t WHERE t.id = :id",

	[NOTE_RENAMED] =
	"INSERT INTO history (at, action, actor, detail)"
	" SELECT :now, 'tag-renamed', :actor, json_object('id', t.id,"
	" 'name', :name, 'from', t.name) FROM tags AS t WHERE t.id = :id",

	[NOTE_DELETED] =
	"INSERT INTO history (at, action, actor, detail)"
	" SELECT :now, 'tag-deleted', :actor, " TAG_DETAIL
	" FROM tags AS t WHERE t.id = :id",

	[NOTE_UNTAGGED_EACH] =
	"INSERT INTO history (at, action, image, actor, detail)"
	" SELECT :now, 'untagged', a.image, :actor, " TAG_DETAIL
	" FROM tag_assignments AS a JOIN tags AS t ON t.id = a.tag_id"
	" WHERE a.tag_id = :id ORDER BY a.image",

	[NOTE_TAGGED] =
	"INSERT INTO history (at, action, image, actor, detail)"
	" SELECT :now, 'tagged', :image, :actor, " TAG_DETAIL
	" FROM tags AS t WHERE t.id = :id",

	[NOTE_UNTAGGED] =
	"INSERT INTO history (at, action, image, actor, detail)"
	" SELECT :now, 'untagged', a.image, :actor, " TAG_DETAIL
	" FROM tag_assignments AS a JOIN tags AS t ON t.id = a.tag_id"
	" WHERE a.image = :image",
};

struct listing {
	store_visit_tag *visit;
	void *arg;
};

static enum status
visit_row(sqlite3_stmt *row, void *arg)
{
	const struct listing *listing = arg;
	const struct tag tag = {
		.id = sqlite3_column_int64(row, 0),
		.name = db_column_text(row, 1),
	};

	return listing->visit(listing->arg, &tag);
}

enum status
sqlite_list_tags(struct store *store, store_visit_tag *visit, void *arg)
{
	struct listing listing = { .visit = visit, .arg = arg };
	const struct params none = { 0 };

	return store_sqlite_each(store_sqlite_self(store), sql[TAGS_LIST],
	    &none, visit_row, &listing);
}

/* Is there a row? A question of one statement. */
static enum status
ask(struct store *store, const char *statement, const struct params *params,
    bool *answer)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status;
	int64_t one;

	status = store_sqlite_begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, statement, params, &one);
	*answer = status == STATUS_OK;
	store_sqlite_end_read(s);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status
sqlite_tag_exists(struct store *store, int64_t id, bool *exists)
{
	const struct params params = { .id = id };

	return ask(store, sql[TAG_EXISTS], &params, exists);
}

enum status
sqlite_tags_changed_since(struct store *store, int64_t revision,
    bool *changed)
{
	const struct params params = { .since = revision };

	return ask(store, sql[TAGS_CHANGED_SINCE], &params, changed);
}

enum status
sqlite_create_tag(struct store *store, const char *name, int64_t *id)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .name = name };
	enum status status;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_run(s, sql[TAG_CREATE], &params, NULL);
	if (status == STATUS_OK) {
		params.id = sqlite3_last_insert_rowid(s->db.handle);
		status = store_sqlite_run(s, sql[NOTE_CREATED], &params,
		    NULL);
	}
	*id = params.id;
	return store_sqlite_end_write(s, status);
}

enum status
sqlite_rename_tag(struct store *store, int64_t id, const char *name)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .id = id, .name = name };
	enum status status;
	int64_t differs = 0;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, sql[TAG_NAME_DIFFERS], &params,
	    &differs);
	if (status == STATUS_OK && differs)
		status = store_sqlite_run(s, sql[NOTE_RENAMED], &params,
		    NULL);
	if (status == STATUS_OK && differs)
		status = store_sqlite_run(s, sql[TAG_RENAME], &params, NULL);
	return store_sqlite_end_write(s, status);
}

enum status
sqlite_delete_tag(struct store *store, int64_t id)
{
	const char *const steps[] = { sql[NOTE_UNTAGGED_EACH],
				      sql[NOTE_DELETED], sql[TAG_DELETE] };
	struct params params = { .id = id };

	return store_sqlite_change(store_sqlite_self(store), &params,
	    sql[TAG_EXISTS], steps, COUNT_OF(steps), NULL);
}

/* Within the transaction. An assignment that stands is no change. */
static enum status
assign(struct store_sqlite *s, const struct params *params)
{
	enum status status;
	int64_t one;

	status = store_sqlite_get(s, sql[TAG_EXISTS], params, &one);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_get(s, sql[ASSIGNED], params, &one);
	if (status != STATUS_NOT_FOUND)
		return status;
	status = store_sqlite_run(s, sql[ASSIGN], params, NULL);
	if (status == STATUS_OK)
		status = store_sqlite_run(s, sql[NOTE_TAGGED], params, NULL);
	return status;
}

enum status
sqlite_assign_tag(struct store *store, const char *image, int64_t tag_id)
{
	struct store_sqlite *s = store_sqlite_self(store);
	struct params params = { .image = image, .id = tag_id };
	enum status status;

	status = store_sqlite_begin_write(s, &params);
	if (status != STATUS_OK)
		return status;
	return store_sqlite_end_write(s, assign(s, &params));
}

enum status
sqlite_unassign_tag(struct store *store, const char *image)
{
	const char *const steps[] = { sql[NOTE_UNTAGGED], sql[UNASSIGN] };
	struct params params = { .image = image };

	return store_sqlite_change(store_sqlite_self(store), &params, NULL,
	    steps, COUNT_OF(steps), NULL);
}
