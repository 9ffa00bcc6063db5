/*
 * migrate_sqlite.c - the numbered steps, applied to a SQLite database
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "log.h"
#include "migrate_sqlite.h"

#define STEPS migrations_sqlite, migrations_sqlite_count

static enum status
table_exists(struct db *db, const char *sql, bool *exists)
{
	int64_t one;
	enum status status = db_query_int64(db, sql, &one);

	*exists = status == STATUS_OK;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status
migrate_sqlite_state(struct db *db, struct migration_state *state)
{
	int64_t dirty = 0;
	enum status status;
	bool exists;

	*state = (struct migration_state){ 0 };
	if (migrations_sqlite_count > 0)
		state->newest =
		    migrations_sqlite[migrations_sqlite_count - 1].version;
	status = table_exists(db, "SELECT 1 FROM sqlite_schema WHERE "
	    "type = 'table' AND name = 'schema_migrations'", &exists);
	if (status != STATUS_OK || !exists)
		return status;
	status = db_query_int64(db,
	    "SELECT max(version, 0) FROM schema_migrations",
	    &state->version);
	if (status == STATUS_OK)
		status = db_query_int64(db, "SELECT dirty NOT IN "
		    "(0, 'false') FROM schema_migrations", &dirty);
	state->dirty = dirty != 0;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* May we work on a database in this state? */
static enum status
check_state(struct db *db, const struct migration_state *state)
{
	if (state->dirty)
		(void)snprintf(db->reason, STORE_REASON_MAX,
		    "the database's schema is marked dirty at version %lld "
		    "by another tool: repair it, then run 'diundash migrate "
		    "force %lld'", (long long)state->version,
		    (long long)state->version);
	else if (state->version > state->newest ||
	    (state->version > 0 && migrate_find(STEPS, state->version) ==
	    NULL))
		(void)snprintf(db->reason, STORE_REASON_MAX,
		    "the database's schema has version %lld, newer than the "
		    "%lld that this diundash knows: install the newer "
		    "diundash", (long long)state->version,
		    (long long)state->newest);
	else
		return STATUS_OK;
	log_error("%s: %s", db->path, db->reason);
	return STATUS_UNAVAILABLE;
}

static enum status
record_version(struct db *db, int64_t version)
{
	sqlite3_stmt *statement = NULL;
	enum status status;
	int code;

	status = db_execute(db, "CREATE TABLE IF NOT EXISTS "
	    "schema_migrations (version uint64, dirty bool);"
	    "CREATE UNIQUE INDEX IF NOT EXISTS version_unique "
	    "ON schema_migrations (version);"
	    "DELETE FROM schema_migrations");
	if (status != STATUS_OK || version == 0)
		return status;
	code = sqlite3_prepare_v2(db->handle, "INSERT INTO schema_migrations "
	    "(version, dirty) VALUES (:version, 0)", -1, &statement, NULL);
	if (code != SQLITE_OK)
		return db_fault(db, code, "record the schema's version");
	db_bind_int64(statement, ":version", version);
	status = db_run(db, statement);
	(void)sqlite3_finalize(statement);
	return status;
}

/*
 * A database that a DiunDashboard made before it knew acknowledgements lacks
 * their column; CREATE TABLE IF NOT EXISTS would leave it at that.
 */
static enum status
adopt(struct db *db)
{
	enum status status;
	bool lacking;

	status = table_exists(db, "SELECT 1 WHERE "
	    "EXISTS (SELECT 1 FROM pragma_table_info('updates')) AND "
	    "NOT EXISTS (SELECT 1 FROM pragma_table_info('updates') "
	    "WHERE name = 'acknowledged_at')", &lacking);
	if (status != STATUS_OK || !lacking)
		return status;
	return db_execute(db,
	    "ALTER TABLE updates ADD COLUMN acknowledged_at TEXT");
}

/*
 * Run a step's SQL. What it makes may be there already when somebody forced
 * a version that is not the true one.
 */
static enum status
run_step(struct db *db, const struct migration *step, const char *sql)
{
	enum status status = db_execute(db, sql);

	if (status != STATUS_INTERNAL)
		return status;
	(void)snprintf(db->reason, STORE_REASON_MAX, "step %lld of the schema "
	    "(%s) does not fit the database: record the version that it "
	    "really has by 'diundash migrate force'",
	    (long long)step->version, step->title);
	return STATUS_UNAVAILABLE;
}

/* Within the transaction: read the version again and take one step. */
static enum status
step_up(struct db *db, bool *done)
{
	struct migration_state state;
	const struct migration *step;
	enum status status;

	status = migrate_sqlite_state(db, &state);
	if (status == STATUS_OK)
		status = check_state(db, &state);
	if (status != STATUS_OK)
		return status;
	step = migrate_next(STEPS, state.version);
	*done = step == NULL;
	if (*done)
		return STATUS_OK;
	if (state.version == 0)
		status = adopt(db);
	if (status == STATUS_OK)
		status = run_step(db, step, step->up);
	if (status == STATUS_OK)
		status = record_version(db, step->version);
	if (status == STATUS_OK)
		log_info("schema version %lld (%s): %s",
		    (long long)step->version, step->title, db->path);
	return status;
}

enum status
migrate_sqlite_up(struct db *db)
{
	struct migration_state state;
	enum status status;
	bool done = false;

	/* Nearly always there is nothing to do, and no lock to take. */
	status = migrate_sqlite_state(db, &state);
	if (status == STATUS_OK)
		status = check_state(db, &state);
	if (status != STATUS_OK || state.version == state.newest)
		return status;
	while (status == STATUS_OK && !done) {
		status = db_begin_write(db);
		if (status == STATUS_OK)
			status = db_end_write(db, step_up(db, &done));
	}
	return status;
}

static enum status
step_down(struct db *db)
{
	struct migration_state state;
	const struct migration *step;
	enum status status;

	status = migrate_sqlite_state(db, &state);
	if (status == STATUS_OK)
		status = check_state(db, &state);
	if (status != STATUS_OK)
		return status;
	if (state.version == 0)
		return STATUS_NOT_FOUND;
	step = migrate_find(STEPS, state.version);
	status = run_step(db, step, step->down);
	if (status != STATUS_OK)
		return status;
	return record_version(db,
	    migrate_previous_version(STEPS, state.version));
}

enum status
migrate_sqlite_down(struct db *db)
{
	enum status status = db_begin_write(db);

	if (status != STATUS_OK)
		return status;
	return db_end_write(db, step_down(db));
}

enum status
migrate_sqlite_force(struct db *db, int64_t version)
{
	enum status status;

	if (version != 0 && migrate_find(STEPS, version) == NULL)
		return STATUS_NOT_FOUND;
	status = db_begin_write(db);
	if (status != STATUS_OK)
		return status;
	return db_end_write(db, record_version(db, version));
}
