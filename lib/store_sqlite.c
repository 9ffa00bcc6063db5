/*
 * store_sqlite.c - the store in a SQLite database
 *
 * Opening, checking, and what the operations in store_sqlite_*.c stand on.
 * Connection, transactions and locking are db_sqlite.c's business, the
 * schema's steps migrate_sqlite.c's.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>

#include "log.h"
#include "mem.h"
#include "migrate_sqlite.h"
#include "store_sqlite.h"

/* How long the look for damage at the start may take. */
#define VERIFY_MS 1000

/* Look for damage, within a second; not finding any is not being able to. */
static enum status
verify(struct store_sqlite *s)
{
	char finding[STORE_REASON_MAX];
	enum status status;

	s->base.damage[0] = '\0';
	status = db_check(&s->db, "PRAGMA quick_check(1)", "ok",
	    clock_ms() + VERIFY_MS, finding);
	if (status != STATUS_OK || finding[0] == '\0')
		return status;
	(void)snprintf(s->base.damage, STORE_REASON_MAX,
	    "the database is damaged (%.150s): restore a backup", finding);
	log_error("%s: %s", s->base.damage, s->db.path);
	return STATUS_OK;
}

/* Open the database and bring its schema up to date. */
static enum status
open_database(struct store_sqlite *s)
{
	enum status status;

	s->base.generation++;
	status = db_open(&s->db, &s->options, s->base.reason);
	if (status != STATUS_OK)
		return status;
	if (s->options.flags & STORE_VERIFY)
		status = verify(s);
	if (status == STATUS_OK && (s->options.flags & STORE_MIGRATE) &&
	    store_damage(&s->base) == NULL)
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

/* What is written to a damaged database is lost with it. */
static enum status
begin_sound_write(struct store_sqlite *s)
{
	enum status status;

	if (store_damage(&s->base) == NULL) {
		s->db.deadline = s->base.deadline;
		return db_begin_write(&s->db);
	}
	status = db_follow(&s->db);
	if (status != STATUS_OK)
		return status;
	(void)snprintf(s->base.reason, STORE_REASON_MAX, "%s",
	    s->base.damage);
	return STATUS_UNAVAILABLE;
}

/*
 * A database that was moved away is opened anew, where somebody is there to
 * see what becomes of the change. An event has nobody: the file may be about
 * to be replaced, so the event had better wait.
 */
static enum status
begin_write(struct store_sqlite *s, bool is_event)
{
	enum status status = STATUS_GONE;

	assert(!s->in_snapshot);
	if (s->db.handle != NULL && !db_is_read_only(&s->db)) {
		status = begin_sound_write(s);
		if (status == STATUS_GONE && is_event) {
			s->base.is_spent = true;
			return STATUS_UNAVAILABLE;
		}
	}
	if (status != STATUS_GONE)
		return status;
	status = reopen(s);
	if (status == STATUS_OK)
		status = begin_sound_write(s);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

enum status
store_sqlite_begin_write(struct store_sqlite *s, struct params *params)
{
	enum status status = begin_write(s, params->event != NULL);

	if (status != STATUS_OK)
		return status;
	/* After the wait for the lock, so that history's times ascend. */
	if (params->now == NULL) {
		clock_now(params->now_text);
		params->now = params->now_text;
	}
	if (params->actor == NULL)
		params->actor = s->base.actor;
	return STATUS_OK;
}

enum status
store_sqlite_end_write(struct store_sqlite *s, enum status status)
{
	status = db_end_write(&s->db, status);
	if (s->db.lost_sync)
		s->base.is_spent = true;
	return status;
}

enum status
store_sqlite_follow(struct store_sqlite *s)
{
	enum status status = STATUS_GONE;

	if (s->in_snapshot)
		return STATUS_OK;
	if (s->db.handle != NULL)
		status = db_follow(&s->db);
	if (status == STATUS_GONE)
		status = reopen(s);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

enum status
store_sqlite_begin_read(struct store_sqlite *s)
{
	enum status status = store_sqlite_follow(s);

	if (status != STATUS_OK || s->in_snapshot)
		return status;
	return db_begin_read(&s->db);
}

void
store_sqlite_end_read(struct store_sqlite *s)
{
	if (!s->in_snapshot)
		db_end_read(&s->db);
}

/* Which parameter is which member, of which struct. */
enum kind { TEXT, NUMBER, EVENT_TEXT };

#define PARAM(member, kind) \
	{ ":" #member, offsetof(struct params, member), kind }
#define EVENT(member) \
	{ ":event_" #member, offsetof(struct diun_event, member), EVENT_TEXT }

static const struct parameter {
	const char *name;
	size_t offset;
	enum kind kind;
} parameters[] = {
	PARAM(now, TEXT),
	PARAM(actor, TEXT),
	PARAM(image, TEXT),
	PARAM(hostname, TEXT),
	PARAM(action, TEXT),
	PARAM(digest, TEXT),
	PARAM(detail, TEXT),
	PARAM(name, TEXT),
	PARAM(from, TEXT),
	PARAM(cutoff, TEXT),
	PARAM(id, NUMBER),
	PARAM(since, NUMBER),
	PARAM(before, NUMBER),
	PARAM(limit, NUMBER),
	PARAM(pending, NUMBER),
	PARAM(current, NUMBER),
	EVENT(body),
	EVENT(reference),
	EVENT(diun_version),
	EVENT(status),
	EVENT(provider),
	EVENT(hub_link),
	EVENT(mime_type),
	EVENT(digest),
	EVENT(created),
	EVENT(platform),
	EVENT(ctn_names),
	EVENT(ctn_id),
	EVENT(ctn_state),
	EVENT(ctn_status),
	EVENT(metadata),
	EVENT(containers),
};

static void
bind_parameter(sqlite3_stmt *statement, int index,
    const struct params *params)
{
	const char *name = sqlite3_bind_parameter_name(statement, index);
	const struct parameter *p = parameters;
	const char *from = (const char *)params;

	while (strcmp(p->name, name) != 0) {
		p++;
		assert(p < parameters + COUNT_OF(parameters));
	}
	if (p->kind == EVENT_TEXT)
		from = (const char *)params->event;
	from += p->offset;
	if (p->kind == NUMBER)
		(void)sqlite3_bind_int64(statement, index,
		    *(const int64_t *)(const void *)from);
	else
		(void)sqlite3_bind_text(statement, index,
		    *(const char *const *)(const void *)from, -1,
		    SQLITE_STATIC);
}

enum status
store_sqlite_bind(struct store_sqlite *s, const char *sql,
    const struct params *params, sqlite3_stmt **out)
{
	enum status status = db_statement(&s->db, sql, out);
	int i;

	if (status != STATUS_OK)
		return status;
	for (i = 1; i <= sqlite3_bind_parameter_count(*out); i++)
		bind_parameter(*out, i, params);
	return STATUS_OK;
}

enum status
store_sqlite_run(struct store_sqlite *s, const char *sql,
    const struct params *params, int64_t *changes)
{
	sqlite3_stmt *statement;
	enum status status;

	status = store_sqlite_bind(s, sql, params, &statement);
	if (status != STATUS_OK)
		return status;
	status = db_run(&s->db, statement);
	if (changes != NULL)
		*changes = sqlite3_changes64(s->db.handle);
	db_finish(statement);
	return status;
}

enum status
store_sqlite_get(struct store_sqlite *s, const char *sql,
    const struct params *params, int64_t *out)
{
	sqlite3_stmt *statement;
	enum status status;

	status = store_sqlite_bind(s, sql, params, &statement);
	if (status != STATUS_OK)
		return status;
	status = db_step(&s->db, statement);
	if (status == STATUS_OK)
		*out = sqlite3_column_int64(statement, 0);
	db_finish(statement);
	return status;
}

enum status
store_sqlite_change(struct store_sqlite *s, struct params *params,
    const char *exists, const char *const *statements, size_t count,
    int64_t *changes)
{
	enum status status;
	int64_t one;
	size_t i;

	status = store_sqlite_begin_write(s, params);
	if (status != STATUS_OK)
		return status;
	if (exists != NULL)
		status = store_sqlite_get(s, exists, params, &one);
	for (i = 0; i < count && status == STATUS_OK; i++)
		status = store_sqlite_run(s, statements[i], params, changes);
	return store_sqlite_end_write(s, status);
}

enum status
store_sqlite_each(struct store_sqlite *s, const char *sql,
    const struct params *params, store_sqlite_row *visit, void *arg)
{
	sqlite3_stmt *statement = NULL;
	enum status status;

	status = store_sqlite_begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_bind(s, sql, params, &statement);
	while (status == STATUS_OK) {
		status = db_step(&s->db, statement);
		if (status == STATUS_NOT_FOUND) {
			status = STATUS_OK;
			break;
		}
		if (status == STATUS_OK)
			status = visit(statement, arg);
	}
	db_finish(statement);
	store_sqlite_end_read(s);
	return status;
}

static void
sqlite_close(struct store *store)
{
	struct store_sqlite *s = store_sqlite_self(store);

	if (s->db.handle != NULL)
		db_close(&s->db);
	free(s->path);
	free(s);
}

/* The first line of `pragma` that is not `good` is a finding. */
static enum status
check_pragma(struct store_sqlite *s, const char *pragma, const char *good,
    struct store_report *report)
{
	char finding[STORE_REASON_MAX];
	enum status status;

	status = db_check(&s->db, pragma, good, 0, finding);
	if (status != STATUS_OK || finding[0] == '\0')
		return status;
	report->sound = false;
	(void)snprintf(report->finding, sizeof(report->finding),
	    "%s: %.200s", pragma + strlen("PRAGMA "), finding);
	return STATUS_OK;
}

/* An image that breaks the rule that `sql` looks for is a finding. */
static enum status
check_rule(struct store_sqlite *s, const char *sql, const char *rule,
    struct store_report *report)
{
	sqlite3_stmt *statement;
	enum status status;

	status = db_statement(&s->db, sql, &statement);
	if (status != STATUS_OK)
		return status;
	status = db_step(&s->db, statement);
	if (status == STATUS_OK) {
		report->sound = false;
		(void)snprintf(report->finding, sizeof(report->finding),
		    "%s: %s", db_column_text(statement, 0), rule);
	}
	db_finish(statement);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum { RULE_PENDING, RULE_HOSTS, RULE_JSON };

static const char *const rules[] = {
	[RULE_PENDING] =
	"SELECT image FROM updates AS u"
	" WHERE (u.acknowledged_at IS NULL) <> EXISTS"
	" (SELECT 1 FROM host_updates AS h WHERE h.image = u.image"
	" AND h.acknowledged_at IS NULL) LIMIT 1",

	[RULE_HOSTS] =
	"SELECT image FROM updates AS u WHERE NOT EXISTS"
	" (SELECT 1 FROM host_updates AS h WHERE h.image = u.image"
	" AND h.hostname = u.hostname AND h.digest = u.digest"
	" AND h.received_at = u.received_at) LIMIT 1",

	[RULE_JSON] =
	"SELECT 'row ' || id || ' of history' FROM history"
	" WHERE NOT json_valid(detail) UNION ALL"
	" SELECT image || ' on ' || hostname FROM host_updates"
	" WHERE NOT json_valid(metadata) OR NOT json_valid(containers)"
	" LIMIT 1",
};

enum status
store_sqlite_check_content(struct store_sqlite *s, bool full,
    struct store_report *report)
{
	enum status status;

	status = check_pragma(s, full ? "PRAGMA integrity_check"
	    : "PRAGMA quick_check", "ok", report);
	if (status == STATUS_OK && report->sound)
		status = check_pragma(s, "PRAGMA foreign_key_check", "",
		    report);
	if (status == STATUS_OK && report->sound)
		status = check_rule(s, rules[RULE_PENDING], "is not pending "
		    "exactly when one of its hosts is", report);
	if (status == STATUS_OK && report->sound)
		status = check_rule(s, rules[RULE_HOSTS], "shows an "
		    "event that none of its hosts has", report);
	if (status == STATUS_OK && report->sound && full)
		status = check_rule(s, rules[RULE_JSON], "is no JSON",
		    report);
	return status;
}

static enum status
sqlite_check(struct store *store, bool full, struct store_report *report)
{
	struct store_sqlite *s = store_sqlite_self(store);
	const struct {
		const char *sql;
		int64_t *out;
	} counts[] = {
		{ "SELECT count(*) FROM updates", &report->images },
		{ "SELECT count(*) FROM updates WHERE acknowledged_at IS "
		    "NULL", &report->pending },
		{ "SELECT count(DISTINCT hostname) FROM host_updates",
		    &report->hosts },
		{ "SELECT count(*) FROM tags", &report->tags },
		{ "SELECT coalesce(max(id), 0) FROM history",
		    &report->revision },
	};
	enum status status;
	size_t i;

	*report = (struct store_report){ .sound = true };
	status = store_sqlite_begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = store_sqlite_check_content(s, full, report);
	for (i = 0; i < COUNT_OF(counts) && status == STATUS_OK; i++)
		status = db_query_int64(&s->db, counts[i].sql,
		    counts[i].out);
	store_sqlite_end_read(s);
	return status;
}

static enum status
sqlite_migration_state(struct store *store, struct migration_state *state)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status;

	status = store_sqlite_begin_read(s);
	if (status != STATUS_OK)
		return status;
	status = migrate_sqlite_state(&s->db, state);
	store_sqlite_end_read(s);
	return status;
}

static enum status
sqlite_migrate_up(struct store *store)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status = store_sqlite_follow(s);

	if (status == STATUS_OK)
		status = migrate_sqlite_up(&s->db);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static enum status
sqlite_migrate_down(struct store *store)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status = store_sqlite_follow(s);

	if (status == STATUS_OK)
		status = migrate_sqlite_down(&s->db);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static enum status
sqlite_migrate_force(struct store *store, int64_t version)
{
	struct store_sqlite *s = store_sqlite_self(store);
	enum status status = store_sqlite_follow(s);

	if (status == STATUS_OK)
		status = migrate_sqlite_force(&s->db, version);
	return status == STATUS_GONE ? STATUS_UNAVAILABLE : status;
}

static const struct store_ops store_sqlite_ops = {
	.name = "sqlite",
	.close = sqlite_close,
	.begin_read = sqlite_begin_read,
	.end_read = sqlite_end_read,
	.get_revision = sqlite_get_revision,
	.knows_since = sqlite_knows_since,
	.upsert_event = sqlite_upsert_event,
	.replay_event = sqlite_replay_event,
	.get_updates = sqlite_get_updates,
	.get_updates_since = sqlite_get_updates_since,
	.get_removed_since = sqlite_get_removed_since,
	.acknowledge = sqlite_acknowledge,
	.reopen = sqlite_reopen,
	.acknowledge_all = sqlite_acknowledge_all,
	.acknowledge_by_tag = sqlite_acknowledge_by_tag,
	.remove = sqlite_remove,
	.rename_host = sqlite_rename_host,
	.get_history = sqlite_get_history,
	.prune = sqlite_prune,
	.list_tags = sqlite_list_tags,
	.create_tag = sqlite_create_tag,
	.rename_tag = sqlite_rename_tag,
	.delete_tag = sqlite_delete_tag,
	.tag_exists = sqlite_tag_exists,
	.tags_changed_since = sqlite_tags_changed_since,
	.assign_tag = sqlite_assign_tag,
	.unassign_tag = sqlite_unassign_tag,
	.backup = sqlite_backup,
	.export = sqlite_export,
	.import = sqlite_import,
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
