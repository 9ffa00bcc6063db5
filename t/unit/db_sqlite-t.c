/*
 * db_sqlite-t.c - tests of db_sqlite.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "clock.h"
#include "db_sqlite.h"
#include "log.h"
#include "scratch.h"

#define LONG 60000

enum { INSERT, SELECT, COUNT, WRONG, STATEMENTS };

static const char *const texts[STATEMENTS] = {
	[INSERT] = "INSERT INTO t (id, name) VALUES (:id, :name)",
	[SELECT] = "SELECT name FROM t WHERE id >= :id ORDER BY id",
	[COUNT] = "SELECT count(*) FROM t",
	[WRONG] = "SELECT nothing FROM nowhere",
};

static struct db db;
static char reason[STORE_REASON_MAX];
static unsigned log_lines;

static void
count_line(void *arg UNUSED, const char *line UNUSED, size_t len UNUSED)
{
	log_lines++;
}

static enum status
open_it(struct db *out, int budget_ms)
{
	const struct store_options options = {
		.path = scratch_path("d.db"), .busy_timeout_ms = budget_ms,
	};

	return db_open(out, &options, reason);
}

static int
setup(void **state UNUSED)
{
	log_open("unit", LOG_TARGET_SERVER, LOG_LEVEL_WARN);
	log_set_sink(count_line, NULL);
	log_lines = 0;
	reason[0] = '\0';
	if (scratch_make() != 0 || open_it(&db, LONG) != STATUS_OK)
		return -1;
	return db_execute(&db, "CREATE TABLE t (id INTEGER PRIMARY KEY, "
	    "name TEXT UNIQUE)") == STATUS_OK ? 0 : -1;
}

static int
teardown(void **state UNUSED)
{
	db_close(&db);
	return scratch_remove();
}

static int64_t
number(const char *sql)
{
	int64_t value = -77;

	if (db_query_int64(&db, sql, &value) != STATUS_OK)
		fail_msg("'%s': %s", sql, reason);
	return value;
}

/* Insert a row, within a transaction. */
static enum status
insert(int64_t id, const char *name)
{
	sqlite3_stmt *statement;
	enum status status;

	assert_int_equal(db_statement(&db, texts[INSERT], &statement),
	    STATUS_OK);
	db_bind_int64(statement, ":id", id);
	db_bind_text(statement, ":name", name);
	status = db_run(&db, statement);
	db_finish(statement);
	return status;
}

static enum status
write_row(int64_t id, const char *name)
{
	enum status status = db_begin_write(&db);

	if (status != STATUS_OK)
		return status;
	return db_end_write(&db, insert(id, name));
}

static void
the_connection_has_the_settings_that_keep_data_safe(void **state UNUSED)
{
	static const struct {
		const char *sql;
		int64_t value;
	} rows[] = {
		{ "PRAGMA synchronous", 2 },		/* FULL */
		{ "PRAGMA foreign_keys", 1 },
		{ "PRAGMA wal_autocheckpoint", 0 },
		{ "PRAGMA mmap_size", 0 },
		{ "PRAGMA cell_size_check", 1 },
		{ "PRAGMA trusted_schema", 0 },
		{ "PRAGMA journal_size_limit", 16777216 },
		{ "PRAGMA journal_mode = WAL", 0 },	/* a word: 0 */
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row(rows[i].sql, number(rows[i].sql) == rows[i].value);
	assert_int_equal(db.path[0], '/');
	assert_int_equal(sqlite3_extended_errcode(db.handle), SQLITE_OK);
}

static void
what_we_never_need_is_switched_off(void **state UNUSED)
{
	static const struct {
		const char *name;
		int option, value;
	} rows[] = {
		{ "defensive", SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ "trusted schema", SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ "quotes in DDL", SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ "quotes in DML", SQLITE_DBCONFIG_DQS_DML, 0 },
		{ "extensions", SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ "triggers", SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ "views", SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ "checkpoint on close", SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
		  1 },
	};
	static const char *const refused[] = {
		"ATTACH ':memory:' AS other",
		"SELECT \"no such column\" FROM t",
		"UPDATE sqlite_schema SET sql = ''",
		"SELECT load_extension('x')",
	};
	size_t i;
	int value;

	for (i = 0; i < COUNT_OF(rows); i++) {
		value = -1;
		check_row(rows[i].name, sqlite3_db_config(db.handle,
		    rows[i].option, -1, &value) == SQLITE_OK);
		check_row(rows[i].name, value == rows[i].value);
	}
	for (i = 0; i < COUNT_OF(refused); i++)
		check_row(refused[i], sqlite3_exec(db.handle, refused[i],
		    NULL, NULL, NULL) != SQLITE_OK);
}

static void
what_a_hostile_schema_could_ask_for_has_limits(void **state UNUSED)
{
	static const struct {
		const char *name;
		int limit, value;
	} rows[] = {
		{ "attached", SQLITE_LIMIT_ATTACHED, 0 },
		{ "a value", SQLITE_LIMIT_LENGTH, 134217728 },
		{ "a statement", SQLITE_LIMIT_SQL_LENGTH, 262144 },
		{ "an expression", SQLITE_LIMIT_EXPR_DEPTH, 50 },
		{ "triggers", SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
		{ "threads", SQLITE_LIMIT_WORKER_THREADS, 0 },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row(rows[i].name, sqlite3_limit(db.handle,
		    rows[i].limit, -1) == rows[i].value);
}

static void
a_write_that_ends_well_is_there_for_others(void **state UNUSED)
{
	struct db other;
	int64_t count = 0;

	assert_int_equal(write_row(1, "one"), STATUS_OK);
	assert_false(db.lock.held);
	assert_int_equal(open_it(&other, LONG), STATUS_OK);
	assert_int_equal(db_query_int64(&other, texts[COUNT], &count),
	    STATUS_OK);
	assert_int_equal(count, 1);
	db_close(&other);
}

static void
a_write_that_fails_is_rolled_back_with_its_status(void **state UNUSED)
{
	static const enum status failures[] = {
		STATUS_NOT_FOUND, STATUS_CONFLICT, STATUS_INTERNAL
	};
	size_t i;

	for (i = 0; i < COUNT_OF(failures); i++) {
		assert_int_equal(db_begin_write(&db), STATUS_OK);
		assert_true(db.lock.held);
		assert_int_equal(insert((int64_t)i, "x"), STATUS_OK);
		assert_int_equal(db_end_write(&db, failures[i]),
		    failures[i]);
		assert_false(db.lock.held);
		assert_int_equal(number(texts[COUNT]), 0);
	}
	assert_int_equal(write_row(1, "one"), STATUS_OK);
}

static void
a_broken_constraint_is_a_conflict_and_not_logged(void **state UNUSED)
{
	assert_int_equal(write_row(1, "one"), STATUS_OK);
	assert_int_equal(write_row(1, "two"), STATUS_CONFLICT);
	assert_int_equal(write_row(2, "one"), STATUS_CONFLICT);
	assert_int_equal(number(texts[COUNT]), 1);
	assert_int_equal(log_lines, 0);
}

static void
steps_give_rows_and_then_not_found(void **state UNUSED)
{
	sqlite3_stmt *statement, *again;

	assert_int_equal(write_row(1, "one"), STATUS_OK);
	assert_int_equal(write_row(2, "two"), STATUS_OK);
	assert_int_equal(db_statement(&db, texts[SELECT], &statement),
	    STATUS_OK);
	db_bind_int64(statement, ":id", 1);
	assert_int_equal(db_step(&db, statement), STATUS_OK);
	assert_string_equal(db_column_text(statement, 0), "one");
	assert_int_equal(db_step(&db, statement), STATUS_OK);
	assert_string_equal(db_column_text(statement, 0), "two");
	assert_int_equal(db_step(&db, statement), STATUS_NOT_FOUND);
	db_finish(statement);
	/* Prepared once; unbound after use: nothing is >= NULL. */
	assert_int_equal(db_statement(&db, texts[SELECT], &again),
	    STATUS_OK);
	assert_ptr_equal(again, statement);
	assert_int_equal(db_step(&db, again), STATUS_NOT_FOUND);
	db_finish(again);
	db_finish(NULL);
}

static void
null_is_read_as_empty_text(void **state UNUSED)
{
	sqlite3_stmt *statement;

	assert_int_equal(db_execute(&db, "INSERT INTO t (id) VALUES (1)"),
	    STATUS_OK);
	assert_int_equal(db_statement(&db, texts[SELECT], &statement),
	    STATUS_OK);
	db_bind_int64(statement, ":id", 0);
	assert_int_equal(db_step(&db, statement), STATUS_OK);
	assert_string_equal(db_column_text(statement, 0), "");
	db_finish(statement);
}

static void
wrong_sql_is_an_internal_error_and_logged_once(void **state UNUSED)
{
	sqlite3_stmt *statement;
	int64_t value;

	assert_int_equal(db_statement(&db, texts[WRONG], &statement),
	    STATUS_INTERNAL);
	assert_int_equal(log_lines, 1);
	assert_non_null(strstr(reason, "see the log"));
	assert_null(strstr(reason, "nowhere"));
	assert_int_equal(db_execute(&db, "nonsense"), STATUS_INTERNAL);
	assert_int_equal(log_lines, 2);
	assert_int_equal(db_query_int64(&db, "nonsense", &value),
	    STATUS_INTERNAL);
	assert_int_equal(log_lines, 3);
}

static void
what_sqlite_says_is_logged_but_for_what_passes(void **state UNUSED)
{
	static const struct {
		const char *name;
		int code;
		bool logged;
	} rows[] = {
		{ "a warning", SQLITE_WARNING, true },
		{ "damage", SQLITE_CORRUPT, true },
		{ "busy", SQLITE_BUSY, false },
		{ "busy with recovery", SQLITE_BUSY_RECOVERY, false },
		{ "a name that is taken", SQLITE_CONSTRAINT_UNIQUE, false },
		{ "another schema", SQLITE_SCHEMA, false },
		{ "a log read again", SQLITE_NOTICE_RECOVER_WAL, false },
	};
	size_t i;

	log_open("unit", LOG_TARGET_SERVER, LOG_LEVEL_DEBUG);
	for (i = 0; i < COUNT_OF(rows); i++) {
		log_lines = 0;
		sqlite3_log(rows[i].code, "said by the test");
		check_row(rows[i].name, log_lines == (rows[i].logged ? 1 : 0));
	}
}

static void
what_is_closed_is_empty(void **state UNUSED)
{
	db_close(&db);
	assert_null(db.handle);
	assert_null(db.path);
	assert_null(db.statements);
	assert_int_equal(db.statement_count, 0);
	assert_false(db.lock.held);
	assert_int_equal(open_it(&db, LONG), STATUS_OK);
}

static void
a_query_without_row_is_not_found(void **state UNUSED)
{
	int64_t value = 7;

	assert_int_equal(db_query_int64(&db, "SELECT id FROM t", &value),
	    STATUS_NOT_FOUND);
	assert_int_equal(value, 7);
	assert_int_equal(number("SELECT -9223372036854775807"),
	    -9223372036854775807);
}

static void
each_fault_of_sqlite_has_its_status_and_line(void **state UNUSED)
{
	static const struct {
		int code;
		enum status status;
		const char *line;
		unsigned logged;
	} rows[] = {
		{ SQLITE_BUSY, STATUS_BUSY, "busy", 0 },
		{ SQLITE_BUSY_SNAPSHOT, STATUS_BUSY, "busy", 0 },
		{ SQLITE_LOCKED, STATUS_BUSY, "busy", 0 },
		{ SQLITE_FULL, STATUS_UNAVAILABLE, "full", 1 },
		{ SQLITE_READONLY, STATUS_UNAVAILABLE, "written", 1 },
		{ SQLITE_READONLY_DBMOVED, STATUS_UNAVAILABLE, "written", 1 },
		{ SQLITE_PERM, STATUS_UNAVAILABLE, "rights", 1 },
		{ SQLITE_CANTOPEN, STATUS_UNAVAILABLE, "folder", 1 },
		{ SQLITE_NOTADB, STATUS_UNAVAILABLE, "DB_PATH", 1 },
		{ SQLITE_CORRUPT, STATUS_UNAVAILABLE, "damaged", 1 },
		{ SQLITE_IOERR_FSYNC, STATUS_UNAVAILABLE, "disk", 1 },
		{ SQLITE_PROTOCOL, STATUS_BUSY, "busy", 0 },
		{ SQLITE_MISUSE, STATUS_INTERNAL, "internal", 1 },
		{ SQLITE_ERROR, STATUS_INTERNAL, "internal", 1 },
		{ SQLITE_NOMEM, STATUS_UNAVAILABLE, "memory", 1 },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		log_lines = 0;
		check_row(rows[i].line, db_fault(&db, rows[i].code, "test")
		    == rows[i].status);
		check_row(rows[i].line, strstr(reason, rows[i].line) !=
		    NULL);
		check_row(rows[i].line, log_lines == rows[i].logged);
	}
}

/* The methods of SQLite's own files, but of a time before shared memory. */
static sqlite3_io_methods old_methods;
static sqlite3_vfs *real_vfs;

static int
open_old(sqlite3_vfs *vfs UNUSED, const char *path, sqlite3_file *file,
    int flags, int *out_flags)
{
	int code = real_vfs->xOpen(real_vfs, path, file, flags, out_flags);

	if (file->pMethods != NULL) {
		old_methods = *file->pMethods;
		old_methods.iVersion = 1;
		file->pMethods = &old_methods;
	}
	return code;
}

static void
without_a_write_ahead_log_it_is_not_opened(void **state UNUSED)
{
	const struct store_options options = {
		.path = scratch_path("old.db"), .busy_timeout_ms = LONG,
	};
	sqlite3_vfs old;
	struct db other;

	real_vfs = sqlite3_vfs_find(NULL);
	old = *real_vfs;
	old.zName = "old";
	old.xOpen = open_old;
	assert_int_equal(sqlite3_vfs_register(&old, 1), SQLITE_OK);
	assert_int_equal(db_open(&other, &options, reason),
	    STATUS_UNAVAILABLE);
	assert_non_null(strstr(reason, "put it on a local disk"));
	assert_int_equal(log_lines, 1);
	assert_int_equal(sqlite3_vfs_unregister(&old), SQLITE_OK);
	assert_int_equal(sqlite3_vfs_register(real_vfs, 1), SQLITE_OK);
	assert_int_equal(db_open(&other, &options, reason), STATUS_OK);
	db_close(&other);
}

static void
a_new_file_is_set_up_under_the_writer_lock(void **state UNUSED)
{
	struct writer_lock lock;
	struct db other;
	const struct store_options options = {
		.path = scratch_path("new.db"), .busy_timeout_ms = 1,
	};

	writer_lock_init(&lock, options.path);
	assert_int_equal(writer_lock_take(&lock, clock_ms() + LONG),
	    STATUS_OK);
	assert_int_equal(db_open(&other, &options, reason), STATUS_BUSY);
	writer_lock_release(&lock);
	assert_int_equal(db_open(&other, &options, reason), STATUS_OK);
	db_close(&other);
}

static void
a_check_that_takes_too_long_ends_without_a_finding(void **state UNUSED)
{
	char finding[STORE_REASON_MAX] = "x";

	assert_int_equal(db_execute(&db, "WITH RECURSIVE n(i) AS (SELECT 1 "
	    "UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
	    "INSERT INTO t SELECT i, 'name ' || i FROM n"), STATUS_OK);
	assert_int_equal(db_check(&db, "PRAGMA quick_check(1)", "ok", 1,
	    finding), STATUS_OK);
	assert_string_equal(finding, "");
	/* It is not sound by that: the same with time finds this. */
	assert_int_equal(db_check(&db, "PRAGMA quick_check(1)", "good", 0,
	    finding), STATUS_OK);
	assert_string_equal(finding, "ok");
}

/* From here on SQLite gets no more memory; or does again. */
static void
refuse_memory(bool refuse)
{
	(void)sqlite3_hard_heap_limit64(refuse ? 1 : 0);
}

static void
a_transaction_ends_without_memory(void **state UNUSED)
{
	assert_int_equal(db_begin_read(&db), STATUS_OK);
	refuse_memory(true);
	db_end_read(&db);
	refuse_memory(false);
	assert_int_equal(db_begin_read(&db), STATUS_OK);
	db_end_read(&db);

	assert_int_equal(db_begin_write(&db), STATUS_OK);
	assert_int_equal(insert(1, "one"), STATUS_OK);
	refuse_memory(true);
	assert_int_equal(db_end_write(&db, STATUS_INVALID), STATUS_INVALID);
	refuse_memory(false);
	assert_int_equal(number(texts[COUNT]), 0);
	assert_int_equal(write_row(1, "one"), STATUS_OK);
	assert_int_equal(number(texts[COUNT]), 1);
}

static void
a_moved_file_is_gone_for_reads_and_writes(void **state UNUSED)
{
	assert_int_equal(db_follow(&db), STATUS_OK);
	assert_int_equal(rename(db.path, scratch_path("elsewhere.db")), 0);
	assert_int_equal(db_follow(&db), STATUS_GONE);
	assert_int_equal(db_begin_write(&db), STATUS_GONE);
	assert_false(db.lock.held);
	assert_non_null(strstr(reason, "moved"));
	/* Another file of the same name is not it. */
	assert_int_equal(close(open(db.path, O_RDWR | O_CREAT, 0600)), 0);
	assert_int_equal(db_begin_write(&db), STATUS_GONE);
	/* And back. */
	assert_int_equal(rename(scratch_path("elsewhere.db"), db.path), 0);
	assert_int_equal(db_follow(&db), STATUS_OK);
	assert_int_equal(write_row(1, "one"), STATUS_OK);
}

static void
a_read_sees_one_snapshot(void **state UNUSED)
{
	struct db other;

	assert_int_equal(open_it(&other, LONG), STATUS_OK);
	assert_int_equal(db_begin_read(&db), STATUS_OK);
	assert_int_equal(number(texts[COUNT]), 0);
	assert_int_equal(db_begin_write(&other), STATUS_OK);
	assert_int_equal(db_end_write(&other, db_execute(&other,
	    "INSERT INTO t VALUES (1, 'x')")), STATUS_OK);
	assert_int_equal(number(texts[COUNT]), 0);
	db_end_read(&db);
	assert_int_equal(number(texts[COUNT]), 1);
	/* Ending it twice is no error. */
	db_end_read(&db);
	db_close(&other);
}

static void
waiting_for_another_writer_ends_with_the_budget(void **state UNUSED)
{
	struct db other;
	int64_t before;

	assert_int_equal(open_it(&other, 40), STATUS_OK);
	assert_int_equal(db_begin_write(&db), STATUS_OK);
	before = clock_ms();
	assert_int_equal(db_begin_write(&other), STATUS_BUSY);
	assert_true(clock_ms() - before >= 39);
	assert_false(other.lock.held);
	assert_int_equal(db_end_write(&db, STATUS_OK), STATUS_OK);
	assert_int_equal(db_begin_write(&other), STATUS_OK);
	assert_int_equal(db_end_write(&other, STATUS_OK), STATUS_OK);
	db_close(&other);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_connection_has_the_settings_that_keep_data_safe),
		TEST(what_we_never_need_is_switched_off),
		TEST(what_a_hostile_schema_could_ask_for_has_limits),
		TEST(a_write_that_ends_well_is_there_for_others),
		TEST(a_write_that_fails_is_rolled_back_with_its_status),
		TEST(a_broken_constraint_is_a_conflict_and_not_logged),
		TEST(steps_give_rows_and_then_not_found),
		TEST(null_is_read_as_empty_text),
		TEST(wrong_sql_is_an_internal_error_and_logged_once),
		TEST(what_sqlite_says_is_logged_but_for_what_passes),
		TEST(what_is_closed_is_empty),
		TEST(a_query_without_row_is_not_found),
		TEST(each_fault_of_sqlite_has_its_status_and_line),
		TEST(without_a_write_ahead_log_it_is_not_opened),
		TEST(a_new_file_is_set_up_under_the_writer_lock),
		TEST(a_check_that_takes_too_long_ends_without_a_finding),
		TEST(a_transaction_ends_without_memory),
		TEST(a_moved_file_is_gone_for_reads_and_writes),
		TEST(a_read_sees_one_snapshot),
		TEST(waiting_for_another_writer_ends_with_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
