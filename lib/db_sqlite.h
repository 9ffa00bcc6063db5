/*
 * db_sqlite.h - one SQLite connection, used the only way that is safe here
 *
 * Opening with every hardening switch, WAL, FULL and foreign keys; write
 * transactions under the writer lock and within a time budget; checkpoints
 * under the same lock; statements prepared once and always left reset and
 * unbound; SQLite's codes turned into enum status with a line for the user.
 * Shared by store_sqlite.c and migrate_sqlite.c, and nobody else's business.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <sqlite3.h>

#include "status.h"
#include "store.h"
#include "writer_lock.h"

struct db_statement;

struct db {
	sqlite3 *handle;
	char *path;		/* absolute, links resolved; owned */
	struct writer_lock lock;
	int budget_ms;
	int64_t deadline;	/* of clock_ms(): no wait beyond; 0: none */
	bool lost_sync;		/* a sync failed: the file is in doubt */
	bool must_exist;
	bool short_lived;	/* others open and close it as often */
	int wal_pages;		/* in the log after the last commit */
	pid_t owner;		/* the process that opened it */
	char *reason;		/* [STORE_REASON_MAX], the store's */
	struct db_statement *statements;	/* prepared; owned */
	size_t statement_count;
};

/*
 * Open the database. `reason` receives a line whenever something fails. On
 * failure all is released. options->busy_timeout_ms bounds each wait for
 * others.
 */
enum status db_open(struct db *db, const struct store_options *options,
    char *reason) MUST_USE;
void db_close(struct db *db);

/*
 * Is the file still the one at the path? STATUS_OK; or STATUS_GONE when it
 * was unlinked, moved away or replaced: then SQLite would go on happily with
 * a file that nobody will ever see, and the connection must be opened anew.
 */
enum status db_follow(struct db *db) MUST_USE;

/*
 * Was the file without the right to write when it was opened? Then SQLite
 * has opened it for reading alone, and only a new connection can notice that
 * the right has come back.
 */
bool db_is_read_only(struct db *db);

/*
 * Begin a write: take the lock, db_follow, BEGIN IMMEDIATE. Every STATUS_OK
 * is followed by one db_end_write. STATUS_GONE as from db_follow.
 */
enum status db_begin_write(struct db *db) MUST_USE;

/*
 * End it: COMMIT when `status` is OK, else ROLLBACK; checkpoint when the log
 * has grown; drop the lock. Returns `status`, or why the commit failed.
 */
enum status db_end_write(struct db *db, enum status status) MUST_USE;

/*
 * Run a PRAGMA that looks for damage, until `deadline` of clock_ms(); 0: to
 * its end. STATUS_OK: `finding` is the first thing it found, as one line, or
 * "" when that was `good`, or nothing, in that time.
 */
enum status db_check(struct db *db, const char *pragma, const char *good,
    int64_t deadline, char finding[STORE_REASON_MAX]) MUST_USE;

/* One snapshot for several reads; not within another. */
enum status db_begin_read(struct db *db) MUST_USE;
void db_end_read(struct db *db);

/*
 * The statement for `sql`, ready for binding. It is prepared once and known
 * by the address of its text, which must be static. STATUS_OK with *out set,
 * which the caller gives back with db_finish before it asks for it again.
 */
enum status db_statement(struct db *db, const char *sql, sqlite3_stmt **out)
    MUST_USE;

/* Reset and unbind. Takes NULL. */
void db_finish(sqlite3_stmt *statement);

/*
 * Bind by name (":image"). Text must outlive the use of the statement; NULL
 * binds NULL.
 */
void db_bind_text(sqlite3_stmt *statement, const char *name,
    const char *value);
void db_bind_int64(sqlite3_stmt *statement, const char *name, int64_t value);

/*
 * Step once. STATUS_OK: a row. NOT_FOUND: no more rows, or done. CONFLICT: a
 * constraint was in the way.
 */
enum status db_step(struct db *db, sqlite3_stmt *statement) MUST_USE;

/* Step a statement that returns no rows to its end. */
enum status db_run(struct db *db, sqlite3_stmt *statement) MUST_USE;

/* Run SQL text of our own, for migrations and settings. */
enum status db_execute(struct db *db, const char *sql) MUST_USE;

/* One integer from a query without parameters; NOT_FOUND without a row. */
enum status db_query_int64(struct db *db, const char *sql, int64_t *out)
    MUST_USE;

/* A column's text, "" for NULL. Dead at the next step. */
const char *db_column_text(sqlite3_stmt *statement, int column);

/*
 * Put `code`, SQLite's answer to `what` ("open the database"), into the
 * reason, log it unless it is a matter of waiting, and say what it means.
 */
enum status db_fault(struct db *db, int code, const char *what);

#endif
