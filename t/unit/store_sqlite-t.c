/*
 * store_sqlite-t.c - tests of what is SQLite's own about the store
 *
 * What can be wrong with a file, who else may hold it, and the schema's
 * steps. A second connection, the test's own, looks at the file as any
 * other program would.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <sqlite3.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "buf.h"
#include "clock.h"
#include "log.h"
#include "scratch.h"
#include "store.h"

#define LONG 60000
#define NGINX "docker.io/library/nginx:latest"

static char why[STORE_REASON_MAX];
static unsigned log_lines;

static void
count_line(void *arg UNUSED, const char *line UNUSED, size_t len UNUSED)
{
	log_lines++;
}

static int
setup(void **state UNUSED)
{
	log_open("unit", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	log_set_sink(count_line, NULL);
	log_lines = 0;
	why[0] = '\0';
	return scratch_make();
}

static int
teardown(void **state UNUSED)
{
	return scratch_remove();
}

static enum status
try_open(const char *path, int budget_ms, unsigned flags,
    struct store **out)
{
	const struct store_options options = {
		.path = path, .busy_timeout_ms = budget_ms, .flags = flags,
	};

	*out = NULL;
	return store_open(&options, out, why);
}

static struct store *
open_store(unsigned flags)
{
	struct store *store;

	if (try_open(scratch_path("d.db"), LONG, flags, &store) != STATUS_OK)
		fail_msg("cannot open the store: %s", why);
	return store;
}

static enum status
upsert(struct store *store, const char *image)
{
	const struct diun_event event = {
		.image = image, .reference = image, .metadata = "{}",
		.containers = "[]", .body = "{}",
		.diun_version = "", .hostname = "",
		.status = "new", .provider = "", .hub_link = "",
		.mime_type = "", .digest = "", .created = "",
		.platform = "", .ctn_names = "", .ctn_id = "",
		.ctn_state = "", .ctn_status = "",
	};

	return store_upsert_event(store, &event);
}

static enum status
count_entry(void *arg, const struct update_entry *entry)
{
	*(int *)arg += entry->is_first;
	return STATUS_OK;
}

static int
count_images(struct store *store)
{
	int count = 0;

	assert_int_equal(store_get_updates(store, count_entry, &count),
	    STATUS_OK);
	return count;
}

/* ----- The test's own connection ----- */

static sqlite3 *
open_other(void)
{
	sqlite3 *other;

	assert_int_equal(sqlite3_open(scratch_path("d.db"), &other),
	    SQLITE_OK);
	return other;
}

static void
run(sqlite3 *other, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(other, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("'%s': %s", sql, error);
}

static void
run_alone(const char *sql)
{
	sqlite3 *other = open_other();

	run(other, sql);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* The text of the first column of the first row; "(none)" without a row. */
static const char *
query(const char *sql)
{
	static char text[1024];
	sqlite3 *other = open_other();
	sqlite3_stmt *statement;
	const unsigned char *value;

	if (sqlite3_prepare_v2(other, sql, -1, &statement, NULL) !=
	    SQLITE_OK)
		fail_msg("'%s': %s", sql, sqlite3_errmsg(other));
	(void)snprintf(text, sizeof(text), "(none)");
	if (sqlite3_step(statement) == SQLITE_ROW) {
		value = sqlite3_column_text(statement, 0);
		(void)snprintf(text, sizeof(text), "%s", value == NULL
		    ? "(null)" : (const char *)value);
	}
	(void)sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	return text;
}

static void
spew(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	(void)close(fd);
}

/* ----- What can be wrong with the place or the file ----- */

static void
a_missing_folder_is_unavailable_and_says_so(void **state UNUSED)
{
	struct store *store;

	assert_int_equal(try_open(scratch_path("no/such/d.db"), LONG,
	    STORE_MIGRATE, &store), STATUS_UNAVAILABLE);
	assert_null(store);
	assert_non_null(strstr(why, "folder"));
	assert_null(strchr(why, '\n'));
	assert_true(log_lines > 0);
}

static void
what_is_no_database_is_refused_and_left_alone(void **state UNUSED)
{
	/* SQLite would write over those that are shorter than a page. */
	static const size_t sizes[] = { 1, 100, 511, 512, 8192 };
	static char text[8192], left[8193];
	const char *path = scratch_path("d.db");
	struct store *store;
	size_t i;
	int fd;

	memset(text, 'x', sizeof(text));
	for (i = 0; i < COUNT_OF(sizes); i++) {
		spew(path, text, sizes[i]);
		assert_int_equal(try_open(path, LONG, STORE_MIGRATE, &store),
		    STATUS_UNAVAILABLE);
		assert_non_null(strstr(why, "not a SQLite database"));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(read(fd, left, sizeof(left)), sizes[i]);
		assert_memory_equal(left, text, sizes[i]);
		(void)close(fd);
	}
	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(try_open(path, LONG, STORE_MIGRATE, &store),
	    STATUS_UNAVAILABLE);
	assert_non_null(strstr(why, "not a SQLite database"));
}

static void
a_folder_in_place_of_the_file_is_refused(void **state UNUSED)
{
	struct store *store;

	assert_int_equal(mkdir(scratch_path("d.db"), 0700), 0);
	assert_int_equal(try_open(scratch_path("d.db"), LONG, STORE_MIGRATE,
	    &store), STATUS_UNAVAILABLE);
	assert_string_not_equal(why, "");
}

static void
a_link_that_leads_nowhere_is_refused(void **state UNUSED)
{
	struct store *store;
	struct stat info;

	assert_int_equal(symlink(scratch_path("gone.db"),
	    scratch_path("d.db")), 0);
	assert_int_equal(try_open(scratch_path("d.db"), LONG, STORE_MIGRATE,
	    &store), STATUS_UNAVAILABLE);
	assert_non_null(strstr(why, "link"));
	assert_int_equal(lstat(scratch_path("gone.db"), &info), -1);
}

static void
a_link_to_a_database_is_the_database(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE), *linked;
	struct stat info;

	assert_int_equal(symlink(scratch_path("d.db"),
	    scratch_path("link.db")), 0);
	assert_int_equal(try_open(scratch_path("link.db"), LONG,
	    STORE_MIGRATE, &linked), STATUS_OK);
	assert_int_equal(upsert(linked, NGINX), STATUS_OK);
	assert_int_equal(count_images(store), 1);
	/* And so is its lock. */
	assert_int_equal(stat(scratch_path("link.db.lock"), &info), -1);
	store_close(linked);
	store_close(store);
}

static void
an_empty_file_becomes_a_database(void **state UNUSED)
{
	struct store *store;

	spew(scratch_path("d.db"), "", 0);
	store = open_store(STORE_MIGRATE);
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	store_close(store);
}

static void
a_file_that_must_exist_is_not_made(void **state UNUSED)
{
	struct store *store;
	struct stat info;

	assert_int_equal(try_open(scratch_path("d.db"), LONG,
	    STORE_MIGRATE | STORE_MUST_EXIST, &store), STATUS_UNAVAILABLE);
	assert_string_not_equal(why, "");
	assert_int_equal(stat(scratch_path("d.db"), &info), -1);
	store_close(open_store(STORE_MIGRATE));
	store_close(open_store(STORE_MIGRATE | STORE_MUST_EXIST));
}

static int
use_read_only_folder(void)
{
	struct store *store;
	int count = 0;

	if (!become_nobody())
		return 77;
	if (try_open(scratch_path("d.db"), 1000, STORE_MIGRATE, &store) !=
	    STATUS_UNAVAILABLE)
		return 1;
	if (strstr(why, "rights") == NULL)
		return 2;
	/* A database that is there already can be read, not written. */
	if (try_open(scratch_path("old.db"), 1000, STORE_MIGRATE, &store) !=
	    STATUS_OK)
		return 3;
	if (store_get_updates(store, count_entry, &count) != STATUS_OK ||
	    count != 1)
		return 4;
	if (upsert(store, NGINX) != STATUS_UNAVAILABLE ||
	    strstr(store_reason(store), "rights") == NULL)
		return 5;
	store_close(store);
	return 0;
}

static void
a_read_only_folder_is_unavailable_and_says_so(void **state UNUSED)
{
	struct store *store;
	int status;

	assert_int_equal(try_open(scratch_path("old.db"), LONG,
	    STORE_MIGRATE, &store), STATUS_OK);
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	store_close(store);
	/* Whatever the umask of whoever runs this. */
	assert_int_equal(chmod(scratch_path("old.db"), 0644), 0);
	assert_int_equal(chmod(scratch_path("old.db-wal"), 0644), 0);
	assert_int_equal(chmod(scratch_path("old.db-shm"), 0644), 0);
	assert_int_equal(chmod(scratch, 0555), 0);
	status = in_child(use_read_only_folder);
	assert_int_equal(chmod(scratch, 0755), 0);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static void
a_damaged_file_is_noticed_by_the_check(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	struct store_report report;
	int64_t id;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_int_equal(store_create_tag(store, "a", &id), STATUS_OK);
	assert_int_equal(store_assign_tag(store, NGINX, id), STATUS_OK);
	store_close(store);
	/* A reference that leads nowhere: foreign keys are off here. */
	run_alone("DELETE FROM tags");
	store = open_store(STORE_MIGRATE);
	assert_int_equal(store_check(store, &report), STATUS_OK);
	assert_false(report.sound);
	assert_non_null(strstr(report.finding, "foreign_key_check"));
	assert_int_equal(report.images, 1);
	/* The list goes on; the image is untagged. */
	assert_int_equal(count_images(store), 1);
	store_close(store);
}

static void
an_index_is_held_against_its_table_by_the_full_check(void **state UNUSED)
{
#define SCHEMA(from, to, of) "PRAGMA writable_schema = ON;" \
	"UPDATE sqlite_schema SET sql = replace(sql, '" from "', '" to \
	"') WHERE name = '" of "'"
	static const struct {
		const char *sql, *quick, *full;
	} rows[] = {
		{ SCHEMA("(action, id)", "(image, id)", "history_action"),
		  "", "integrity_check: " },
		{ SCHEMA("acknowledged_at TEXT", "acknowledged_at TEXT NOT "
		  "NULL", "updates"), "quick_check: ", "integrity_check: " },
	};
	struct store *store = open_store(STORE_MIGRATE);
	struct store_report report;
	size_t i;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	store_close(store);
	for (i = 0; i < COUNT_OF(rows); i++) {
		/* As if another schema had written the pages. */
		run_alone(rows[i].sql);
		store = open_store(STORE_MIGRATE);
		assert_int_equal(store_check(store, &report), STATUS_OK);
		check_row(rows[i].sql, strncmp(report.finding, rows[i].quick,
		    strlen(rows[i].quick)) == 0);
		check_row(rows[i].sql, report.sound == (i == 0));
		assert_int_equal(store_check_full(store, &report), STATUS_OK);
		check_row(rows[i].sql, strncmp(report.finding, rows[i].full,
		    strlen(rows[i].full)) == 0);
		check_row(rows[i].sql, !report.sound);
		store_close(store);
	}
#undef SCHEMA
}

static void
what_is_damaged_at_the_start_is_read_and_not_written(
    void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE | STORE_VERIFY);
	int64_t id;

	assert_null(store_damage(store));
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	store_close(store);
	run_alone("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET "
	    "sql = replace(sql, 'acknowledged_at TEXT', 'acknowledged_at "
	    "TEXT NOT NULL') WHERE name = 'updates'");
	/* Who does not look does not see it. */
	store = open_store(STORE_MIGRATE);
	assert_null(store_damage(store));
	store_close(store);
	store = open_store(STORE_MIGRATE | STORE_VERIFY);
	assert_non_null(store_damage(store));
	assert_non_null(strstr(store_damage(store), "damaged"));
	assert_int_equal(count_images(store), 1);
	assert_int_equal(upsert(store, "other"), STATUS_UNAVAILABLE);
	assert_string_equal(store_reason(store), store_damage(store));
	assert_int_equal(store_create_tag(store, "a", &id),
	    STATUS_UNAVAILABLE);
	assert_int_equal(count_images(store), 1);
	store_close(store);
	assert_string_equal(query("SELECT count(*) FROM history"), "1");
	assert_string_equal(query("SELECT count(*) FROM tags"), "0");
}

/* Two faults at once: what is wrong with the file's rows comes first. */
static void
a_check_tells_the_first_finding(void **state UNUSED)
{
	static const struct {
		const char *sql, *finding;
		bool full;
	} rows[] = {
		{ "UPDATE host_updates SET metadata = 'no'", "is no JSON",
		  true },
		{ "UPDATE updates SET digest = 'other'", "none of its hosts",
		  false },
		{ "UPDATE updates SET acknowledged_at = 'x'",
		  "is not pending", false },
		{ "DELETE FROM tags", "foreign_key_check", false },
	};
	struct store *store = open_store(STORE_MIGRATE);
	struct store_report report;
	int64_t id;
	size_t i;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_int_equal(store_create_tag(store, "a", &id), STATUS_OK);
	assert_int_equal(store_assign_tag(store, NGINX, id), STATUS_OK);
	assert_int_equal(store_check_full(store, &report), STATUS_OK);
	assert_true(report.sound);
	assert_string_equal(report.finding, "");
	for (i = 0; i < COUNT_OF(rows); i++) {
		run_alone(rows[i].sql);
		assert_int_equal(store_check(store, &report), STATUS_OK);
		check_row(rows[i].sql, report.sound == rows[i].full);
		assert_int_equal(store_check_full(store, &report), STATUS_OK);
		check_row(rows[i].sql, !report.sound);
		check_row(rows[i].sql,
		    strstr(report.finding, rows[i].finding) != NULL);
	}
	store_close(store);
}

/* ----- The file goes away while it is open ----- */

static void
remove_database(void)
{
	(void)unlink(scratch_path("d.db"));
	(void)unlink(scratch_path("d.db-wal"));
	(void)unlink(scratch_path("d.db-shm"));
}

static void
after_an_unlink_an_event_waits_for_another_process(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_false(store_is_spent(store));
	remove_database();
	assert_int_equal(upsert(store, "second"), STATUS_UNAVAILABLE);
	assert_true(store_is_spent(store));
	assert_int_equal(access(scratch_path("d.db"), F_OK), -1);
	store_close(store);
	store = open_store(STORE_MIGRATE);
	assert_false(store_is_spent(store));
	assert_int_equal(upsert(store, "second"), STATUS_OK);
	store_close(store);
}

static void
after_an_unlink_the_next_change_is_in_the_new_file(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	int64_t id;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_int_equal(unlink(scratch_path("d.db")), 0);
	assert_int_equal(store_create_tag(store, "second", &id), STATUS_OK);
	/* What was answered OK is in the file that lies at the path. */
	assert_string_equal(query("SELECT group_concat(name) FROM tags"),
	    "second");
	remove_database();
	assert_int_equal(count_images(store), 0);
	assert_int_equal(upsert(store, "third"), STATUS_OK);
	assert_string_equal(query("SELECT group_concat(image) FROM updates"),
	    "third");
	store_close(store);
}

static void
after_a_replacement_reads_and_writes_go_to_the_new_file(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE), *other;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_int_equal(try_open(scratch_path("new.db"), LONG,
	    STORE_MIGRATE, &other), STATUS_OK);
	assert_int_equal(upsert(other, "restored"), STATUS_OK);
	assert_int_equal(upsert(other, "restored too"), STATUS_OK);
	store_close(other);
	remove_database();
	assert_int_equal(rename(scratch_path("new.db"),
	    scratch_path("d.db")), 0);
	assert_int_equal(rename(scratch_path("new.db-wal"),
	    scratch_path("d.db-wal")), 0);
	(void)unlink(scratch_path("new.db-shm"));
	assert_int_equal(count_images(store), 2);
	assert_int_equal(store_acknowledge_update(store, NGINX),
	    STATUS_NOT_FOUND);
	assert_int_equal(store_acknowledge_update(store, "restored"),
	    STATUS_OK);
	assert_string_equal(query("SELECT count(*) FROM updates"), "2");
	store_close(store);
}

static void
while_the_file_cannot_be_made_again_nothing_is_ok(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	struct migration_state migration;
	struct store_report report;
	int64_t number;
	int count = 0;
	bool exists;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	remove_database();
	/* A folder lies in its place. */
	assert_int_equal(mkdir(scratch_path("d.db"), 0700), 0);
#define REFUSED(call) assert_int_equal(call, STATUS_UNAVAILABLE)
	REFUSED(upsert(store, NGINX));
	assert_string_not_equal(store_reason(store), "");
	REFUSED(upsert(store, NGINX));
	REFUSED(store_get_updates(store, count_entry, &count));
	REFUSED(store_acknowledge_update(store, NGINX));
	REFUSED(store_reopen_update(store, NGINX));
	REFUSED(store_acknowledge_all(store, &number));
	REFUSED(store_acknowledge_by_tag(store, 1, &number));
	REFUSED(store_create_tag(store, "a", &number));
	REFUSED(store_rename_tag(store, 1, "a"));
	REFUSED(store_delete_tag(store, 1));
	REFUSED(store_tag_exists(store, 1, &exists));
	REFUSED(store_knows_since(store, 1, &exists));
	REFUSED(store_assign_tag(store, NGINX, 1));
	REFUSED(store_unassign_tag(store, NGINX));
	REFUSED(store_check(store, &report));
	REFUSED(store_migration_state(store, &migration));
	REFUSED(store_migrate_up(store));
	REFUSED(store_migrate_down(store));
	REFUSED(store_migrate_force(store, 1));
	assert_int_equal(count, 0);
	/* And when it can, all is well again. */
	assert_int_equal(rmdir(scratch_path("d.db")), 0);
	assert_int_equal(upsert(store, "back"), STATUS_OK);
	assert_int_equal(count_images(store), 1);
	store_close(store);
}

static void
each_operation_alone_notices_an_unlinked_file(void **state UNUSED)
{
	struct migration_state migration;
	struct store *store;

	store = open_store(STORE_MIGRATE);
	remove_database();
	assert_int_equal(store_migrate_down(store), STATUS_OK);
	store_close(store);
	store = open_store(STORE_MIGRATE);
	remove_database();
	assert_int_equal(store_migrate_force(store, 3), STATUS_OK);
	store_close(store);
	store = open_store(STORE_MIGRATE);
	remove_database();
	assert_int_equal(store_migrate_up(store), STATUS_OK);
	assert_string_equal(query("SELECT count(*) FROM schema_migrations"),
	    "1");
	remove_database();
	assert_int_equal(store_migration_state(store, &migration),
	    STATUS_OK);
	assert_int_equal(migration.version, migration.newest);
	store_close(store);
}

/* ----- Others who hold it ----- */

static void
a_writer_of_another_program_makes_it_busy(void **state UNUSED)
{
	struct store *store;
	sqlite3 *other;
	int64_t before;

	store_close(open_store(STORE_MIGRATE));
	assert_int_equal(try_open(scratch_path("d.db"), 50, STORE_MIGRATE,
	    &store), STATUS_OK);
	other = open_other();
	run(other, "BEGIN IMMEDIATE");
	before = clock_ms();
	assert_int_equal(upsert(store, NGINX), STATUS_BUSY);
	assert_true(clock_ms() - before >= 49);
	assert_non_null(strstr(store_reason(store), "busy"));
	/* Being busy is not worth a line in the log. */
	assert_int_equal(log_lines, 0);
	/* Reading goes on. */
	assert_int_equal(count_images(store), 0);
	run(other, "COMMIT");
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	store_close(store);
}

static void
a_reader_of_another_program_stops_nobody(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	sqlite3 *other;
	int64_t count;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	other = open_other();
	run(other, "BEGIN; SELECT * FROM updates");
	assert_int_equal(upsert(store, "second"), STATUS_OK);
	assert_int_equal(store_acknowledge_all(store, &count), STATUS_OK);
	assert_int_equal(count, 2);
	run(other, "COMMIT");
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	store_close(store);
}

static void
a_database_locked_at_the_start_is_busy(void **state UNUSED)
{
	struct store *store;
	sqlite3 *other;

	/* A database that nobody has switched to a log yet. */
	run_alone("CREATE TABLE unrelated (x)");
	other = open_other();
	run(other, "BEGIN EXCLUSIVE");
	assert_int_equal(try_open(scratch_path("d.db"), 30, STORE_MIGRATE,
	    &store), STATUS_BUSY);
	assert_non_null(strstr(why, "busy"));
	run(other, "COMMIT");
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	store_close(open_store(STORE_MIGRATE));
}

static void
a_held_writer_lock_makes_it_busy(void **state UNUSED)
{
	struct store *store;
	int fd;

	assert_int_equal(try_open(scratch_path("d.db"), 30, STORE_MIGRATE,
	    &store), STATUS_OK);
	fd = open(scratch_path("d.db.lock"), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(upsert(store, NGINX), STATUS_BUSY);
	assert_non_null(strstr(store_reason(store), "busy"));
	assert_int_equal(count_images(store), 0);
	(void)close(fd);
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	store_close(store);
}

/* ----- How it is opened ----- */

static void
the_database_is_in_wal_mode_and_stays_so(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	struct stat info;

	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_string_equal(query("PRAGMA journal_mode"), "wal");
	store_close(store);
	/* The last one to close does not checkpoint: it has no lock. */
	assert_int_equal(stat(scratch_path("d.db-wal"), &info), 0);
	assert_true(info.st_size > 0);
	assert_string_equal(query("SELECT count(*) FROM updates"), "1");
}

static void
a_database_of_another_journal_mode_is_switched(void **state UNUSED)
{
	run_alone("PRAGMA journal_mode = DELETE;"
	    "CREATE TABLE unrelated (x); INSERT INTO unrelated VALUES (7)");
	store_close(open_store(STORE_MIGRATE));
	assert_string_equal(query("PRAGMA journal_mode"), "wal");
	assert_string_equal(query("SELECT x FROM unrelated"), "7");
}

static void
many_writes_keep_the_log_small(void **state UNUSED)
{
	static char big[30001];
	struct store *store = open_store(STORE_MIGRATE);
	struct stat info;
	int i;

	for (i = 0; i < 600; i++) {
		const struct diun_event event = {
			.image = NGINX, .reference = NGINX,
			.metadata = "{}", .containers = "[]", .body = "{}",
			.diun_version = big, .hostname = "",
			.status = "", .provider = "", .hub_link = "",
			.mime_type = "", .digest = "", .created = "",
			.platform = "", .ctn_names = "", .ctn_id = "",
			.ctn_state = "", .ctn_status = "",
		};

		/* SQLite does not write what stays the same. */
		memset(big, 'a' + i % 26, sizeof(big) - 1);
		assert_int_equal(store_upsert_event(store, &event),
		    STATUS_OK);
	}
	/* 18 MB were written; a checkpoint is due every 4 MB. */
	assert_int_equal(stat(scratch_path("d.db-wal"), &info), 0);
	assert_true(info.st_size < 8 * 1024 * 1024);
	store_close(store);
}

/* ----- Copies: a backup, an export ----- */

static void
fill(struct store *store)
{
	struct diun_event event = {
		.image = NGINX, .reference = NGINX "@sha256:pinned",
		.metadata = "{\"ctn_names\":\"web\"}",
		.containers = "[\"web\"]", .body = "{\"x\":[1,2]}",
		.diun_version = "v4", .hostname = "nas", .status = "new",
		.provider = "docker", .hub_link = "https://x",
		.mime_type = "m", .digest = "sha256:1", .created = "c",
		.platform = "linux/amd64", .ctn_names = "web",
		.ctn_id = "id", .ctn_state = "running",
		.ctn_status = "Up 2 days",
	};
	int64_t id;

	assert_int_equal(store_create_tag(store, "gone", &id), STATUS_OK);
	assert_int_equal(store_delete_tag(store, id), STATUS_OK);
	assert_int_equal(store_create_tag(store, "\xc3\xa4 \"", &id),
	    STATUS_OK);
	assert_int_equal(store_upsert_event(store, &event), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, NGINX), STATUS_OK);
	event.hostname = "pi";
	event.digest = "sha256:2";
	assert_int_equal(store_upsert_event(store, &event), STATUS_OK);
	assert_int_equal(upsert(store, "other"), STATUS_OK);
	assert_int_equal(store_assign_tag(store, NGINX, id), STATUS_OK);
}

struct exported {
	struct buf text;
	const char *table;
	const char *also;	/* done by another program meanwhile */
	unsigned rows, last;
};

static enum status
note_row(void *arg, const char *table, const char *json)
{
	struct exported *to = arg;

	if (to->also != NULL)
		run_alone(to->also);
	to->also = NULL;
	if (to->table == NULL || strcmp(table, to->table) != 0)
		buf_printf(&to->text, "%s\n\"%s\":[", to->table == NULL
		    ? "{" : "],", table);
	else
		buf_add_byte(&to->text, ',');
	buf_printf(&to->text, "%s", json);
	to->table = table;
	to->rows++;
	return to->rows == to->last ? STATUS_GONE : STATUS_OK;
}

/* All that is there, as `diundash export` would write it. */
static struct buf
export(struct store *store, const char *also)
{
	struct exported to = { .also = also };

	buf_init(&to.text, 1 << 20);
	assert_int_equal(store_export(store, note_row, &to), STATUS_OK);
	buf_add_text(&to.text, to.rows == 0 ? "{}" : "]}");
	return to.text;
}

static void
what_is_exported_is_what_is_taken_in(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE), *copy;
	struct store_report report;
	struct buf first, second;
	int64_t id;

	fill(store);
	first = export(store, NULL);
	assert_non_null(strstr(buf_text(&first), "\"sha256:2\""));
	assert_int_equal(try_open(scratch_path("copy.db"), LONG,
	    STORE_MIGRATE, &copy), STATUS_OK);
	second = export(copy, NULL);
	assert_string_equal(buf_text(&second), "{}");
	buf_release(&second);
	assert_int_equal(store_import(copy, buf_text(&first)), STATUS_OK);
	second = export(copy, NULL);
	assert_string_equal(buf_text(&second), buf_text(&first));
	assert_int_equal(store_check_full(copy, &report), STATUS_OK);
	assert_true(report.sound);
	assert_int_equal(report.images, 2);
	assert_int_equal(report.hosts, 3);
	assert_int_equal(report.tags, 1);
	/* And only once. */
	assert_int_equal(store_import(copy, buf_text(&first)),
	    STATUS_CONFLICT);
	/* A tag alone, or what is left of one, is not an empty store. */
	store_close(copy);
	(void)unlink(scratch_path("copy.db"));
	assert_int_equal(try_open(scratch_path("copy.db"), LONG,
	    STORE_MIGRATE, &copy), STATUS_OK);
	assert_int_equal(store_create_tag(copy, "a", &id), STATUS_OK);
	assert_int_equal(store_import(copy, buf_text(&first)),
	    STATUS_CONFLICT);
	buf_release(&first);
	buf_release(&second);
	store_close(copy);
	store_close(store);
}

static void
an_export_is_of_one_moment(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	struct buf before, during, after;

	fill(store);
	before = export(store, NULL);
	during = export(store, "DELETE FROM history");
	assert_string_equal(buf_text(&during), buf_text(&before));
	after = export(store, NULL);
	assert_null(strstr(buf_text(&after), "history"));
	buf_release(&before);
	buf_release(&during);
	buf_release(&after);
	store_close(store);
}

static void
what_the_visitor_says_ends_the_export(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	struct exported to = { .last = 2 };

	fill(store);
	buf_init(&to.text, 1 << 20);
	assert_int_equal(store_export(store, note_row, &to), STATUS_GONE);
	assert_int_equal(to.rows, 2);
	/* The moment is over, too: what is written now is seen. */
	assert_int_equal(upsert(store, "later"), STATUS_OK);
	assert_int_equal(count_images(store), 3);
	buf_release(&to.text);
	store_close(store);
}

static void
rows_that_do_not_fit_together_are_refused_with_all_others(
    void **state UNUSED)
{
#define TAG "\"tags\":[{\"id\":1,\"name\":\"a\"}]"
	static const struct {
		const char *json, *why;
	} rows[] = {
		{ "{" TAG ",\"tag_assignments\":[{\"image\":\"a\","
		  "\"tag_id\":7}]}", NULL },
		{ "{\"tags\":[{\"id\":1,\"name\":\"a\"},{\"id\":2,"
		  "\"name\":\"a\"}]}", "do not fit together" },
		{ "{" TAG ",\"history\":[{\"id\":1}]}",
		  "do not fit together" },
		{ "{" TAG ",\"updates\":[{\"image\":\"lonely\","
		  "\"diun_version\":\"\",\"hostname\":\"\","
		  "\"status\":\"\",\"provider\":\"\","
		  "\"hub_link\":\"\",\"mime_type\":\"\","
		  "\"digest\":\"\",\"created\":\"\","
		  "\"platform\":\"\",\"ctn_name\":\"\","
		  "\"ctn_id\":\"\",\"ctn_state\":\"\","
		  "\"ctn_status\":\"\",\"received_at\":\"t\"}]}",
		  "lonely: is not pending" },
	};
	struct store *store = open_store(STORE_MIGRATE);
	struct buf left;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].json,
		    store_import(store, rows[i].json) == STATUS_INVALID);
		check_row(rows[i].json, strstr(store_reason(store),
		    "the export is damaged: ") != NULL);
		check_row(rows[i].json, rows[i].why == NULL ||
		    strstr(store_reason(store), rows[i].why) != NULL);
		left = export(store, NULL);
		check_row_text(rows[i].json, buf_text(&left), "{}");
		buf_release(&left);
	}
	/* What all of these are but for their fault. */
	assert_int_equal(store_import(store, "{" TAG "}"), STATUS_OK);
	assert_string_equal(query("SELECT name FROM tags"), "a");
	store_close(store);
#undef TAG
}

static void
a_backup_is_a_whole_database_in_one_file(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE), *copy;
	struct buf first, second;
	struct stat info;
	char head[20];
	int fd;

	fill(store);
	first = export(store, NULL);
	assert_int_equal(store_backup(store, scratch_path("b.db")),
	    STATUS_OK);
	/* No other journal: bytes 18 and 19 say whether there is a log. */
	fd = open(scratch_path("b.db"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, head, sizeof(head)), sizeof(head));
	(void)close(fd);
	assert_int_equal(head[18], 1);
	assert_int_equal(head[19], 1);
	assert_int_equal(stat(scratch_path("b.db"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_int_not_equal(stat(scratch_path("b.db-wal"), &info), 0);
	/* The store itself goes on. */
	assert_int_equal(upsert(store, "later"), STATUS_OK);
	assert_int_equal(try_open(scratch_path("b.db"), LONG, STORE_MIGRATE,
	    &copy), STATUS_OK);
	second = export(copy, NULL);
	assert_string_equal(buf_text(&second), buf_text(&first));
	buf_release(&first);
	buf_release(&second);
	store_close(copy);
	store_close(store);
}

static int
backup_in_little_room(void)
{
	const struct rlimit little = { 8192, 8192 };
	struct store *store = open_store(STORE_MIGRATE);
	struct stat info;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &little) != 0)
		return 2;
	if (store_backup(store, scratch_path("b.db")) != STATUS_UNAVAILABLE)
		return 3;
	if (strstr(store_reason(store), "cannot write the backup") == NULL)
		return 4;
	return stat(scratch_path("b.db"), &info) == 0 ? 5 : 0;
}

static void
a_backup_takes_no_other_files_place_and_leaves_no_half(void **state UNUSED)
{
	struct store *store = open_store(STORE_MIGRATE);
	char text[8] = "";
	int fd;

	fill(store);
	spew(scratch_path("mine"), "mine", 4);
	assert_int_equal(store_backup(store, scratch_path("mine")),
	    STATUS_CONFLICT);
	assert_non_null(strstr(store_reason(store), "mine"));
	fd = open(scratch_path("mine"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "mine");
	(void)close(fd);
	assert_int_equal(store_backup(store, scratch_path("none/b.db")),
	    STATUS_UNAVAILABLE);
	assert_non_null(strstr(store_reason(store), "none/b.db"));
	store_close(store);
	assert_int_equal(in_child(backup_in_little_room), 0);
}

/* ----- The file goes away while it is open ----- */

static void
expect_state(struct store *store, int64_t version, bool dirty)
{
	struct migration_state state;

	assert_int_equal(store_migration_state(store, &state), STATUS_OK);
	assert_int_equal(state.version, version);
	assert_int_equal(state.dirty, dirty);
	assert_int_equal(state.newest,
	    migrations_sqlite[migrations_sqlite_count - 1].version);
}

static int64_t
newest(void)
{
	return migrations_sqlite[migrations_sqlite_count - 1].version;
}

static void
up_and_down_go_step_by_step_and_are_recorded(void **state UNUSED)
{
	struct store *store = open_store(0);
	int64_t version;

	expect_state(store, 0, false);
	assert_int_equal(store_migrate_down(store), STATUS_NOT_FOUND);
	assert_int_equal(store_migrate_up(store), STATUS_OK);
	expect_state(store, newest(), false);
	assert_int_equal(store_migrate_up(store), STATUS_OK);
	expect_state(store, newest(), false);
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	for (version = newest(); version > 0; version--) {
		assert_int_equal(store_migrate_down(store), STATUS_OK);
		expect_state(store, version - 1, false);
	}
	assert_int_equal(store_migrate_down(store), STATUS_NOT_FOUND);
	/* Nothing of ours is left but the bookkeeping. */
	assert_string_equal(query("SELECT group_concat(name) FROM "
	    "sqlite_schema WHERE type = 'table' AND name NOT LIKE "
	    "'sqlite_%'"), "schema_migrations");
	assert_string_equal(query("SELECT count(*) FROM schema_migrations"),
	    "0");
	assert_int_equal(store_migrate_up(store), STATUS_OK);
	assert_int_equal(upsert(store, NGINX), STATUS_OK);
	assert_int_equal(count_images(store), 1);
	store_close(store);
}

static void
the_bookkeeping_is_that_of_golang_migrate(void **state UNUSED)
{
	store_close(open_store(STORE_MIGRATE));
	assert_string_equal(query("SELECT count(*) FROM schema_migrations"),
	    "1");
	assert_string_equal(query("SELECT typeof(version) || dirty FROM "
	    "schema_migrations"), "integer0");
	assert_string_equal(query("SELECT lower(group_concat(name || ' ' || "
	    "type)) FROM pragma_table_info('schema_migrations')"),
	    "version uint64,dirty bool");
	assert_string_equal(query("SELECT count(*) FROM sqlite_schema WHERE "
	    "type = 'index' AND name = 'version_unique' AND "
	    "sql LIKE 'CREATE UNIQUE INDEX%'"), "1");
}

static int64_t
newest_applied(struct store *store)
{
	struct migration_state state;

	assert_int_equal(store_migration_state(store, &state), STATUS_OK);
	return state.version;
}

static void
force_records_a_known_version_as_clean(void **state UNUSED)
{
	static const int64_t unknown[] = { -1, 9999, INT64_MAX };
	struct store *store = open_store(STORE_MIGRATE);
	size_t i;

	for (i = 0; i < COUNT_OF(unknown); i++)
		assert_int_equal(store_migrate_force(store, unknown[i]),
		    STATUS_NOT_FOUND);
	expect_state(store, newest(), false);
	run_alone("UPDATE schema_migrations SET dirty = 1");
	expect_state(store, newest(), true);
	assert_int_equal(store_migrate_force(store, newest()), STATUS_OK);
	expect_state(store, newest(), false);
	/* The baseline's tables are untouched: up finds and adopts them. */
	while (newest_applied(store) > 1)
		assert_int_equal(store_migrate_down(store), STATUS_OK);
	assert_int_equal(store_migrate_force(store, 0), STATUS_OK);
	expect_state(store, 0, false);
	assert_int_equal(store_migrate_up(store), STATUS_OK);
	expect_state(store, newest(), false);
	/* A later step finds that it is applied, says so, and does nothing. */
	assert_int_equal(store_migrate_force(store, 1), STATUS_OK);
	assert_int_equal(store_migrate_up(store), STATUS_UNAVAILABLE);
	assert_non_null(strstr(store_reason(store), "does not fit"));
	expect_state(store, 1, false);
	store_close(store);
}

static void
a_dirty_database_is_refused_and_says_how_to_repair(void **state UNUSED)
{
	static const char *const dirt[] = { "1", "'true'", "2" };
	struct store *store;
	char sql[128];
	size_t i;

	store_close(open_store(STORE_MIGRATE));
	for (i = 0; i < COUNT_OF(dirt); i++) {
		(void)snprintf(sql, sizeof(sql),
		    "UPDATE schema_migrations SET dirty = %s", dirt[i]);
		run_alone(sql);
		check_row(dirt[i], try_open(scratch_path("d.db"), LONG,
		    STORE_MIGRATE, &store) == STATUS_UNAVAILABLE);
		check_row(dirt[i], strstr(why, "dirty") != NULL);
		check_row(dirt[i], strstr(why, "migrate force") != NULL);
	}
	store = open_store(0);
	assert_int_equal(store_migrate_up(store), STATUS_UNAVAILABLE);
	assert_int_equal(store_migrate_down(store), STATUS_UNAVAILABLE);
	store_close(store);
	run_alone("UPDATE schema_migrations SET dirty = 'false'");
	store_close(open_store(STORE_MIGRATE));
	/* A first step that failed in another tool. */
	run_alone("UPDATE schema_migrations SET version = -1, dirty = 1");
	assert_int_equal(try_open(scratch_path("d.db"), LONG, STORE_MIGRATE,
	    &store), STATUS_UNAVAILABLE);
}

static void
a_newer_database_is_refused_and_left_alone(void **state UNUSED)
{
	struct store *store;

	store_close(open_store(STORE_MIGRATE));
	run_alone("UPDATE schema_migrations SET version = 9999");
	assert_int_equal(try_open(scratch_path("d.db"), LONG, STORE_MIGRATE,
	    &store), STATUS_UNAVAILABLE);
	assert_non_null(strstr(why, "newer"));
	assert_non_null(strstr(why, "9999"));
	store = open_store(0);
	assert_int_equal(store_migrate_down(store), STATUS_UNAVAILABLE);
	store_close(store);
	assert_string_equal(query("SELECT version FROM schema_migrations"),
	    "9999");
}

/* The tables as a DiunDashboard made them, with one row and a tag. */
#define OLD_TABLES(acknowledged_at)					\
	"CREATE TABLE updates (image TEXT PRIMARY KEY, diun_version TEXT "\
	"NOT NULL DEFAULT '', hostname TEXT NOT NULL DEFAULT '', status "\
	"TEXT NOT NULL DEFAULT '', provider TEXT NOT NULL DEFAULT '', "	\
	"hub_link TEXT NOT NULL DEFAULT '', mime_type TEXT NOT NULL "	\
	"DEFAULT '', digest TEXT NOT NULL DEFAULT '', created TEXT NOT "\
	"NULL DEFAULT '', platform TEXT NOT NULL DEFAULT '', ctn_name "	\
	"TEXT NOT NULL DEFAULT '', ctn_id TEXT NOT NULL DEFAULT '', "	\
	"ctn_state TEXT NOT NULL DEFAULT '', ctn_status TEXT NOT NULL "	\
	"DEFAULT '', received_at TEXT NOT NULL" acknowledged_at ");"	\
	"CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT, name "\
	"TEXT NOT NULL UNIQUE);"					\
	"CREATE TABLE tag_assignments (image TEXT PRIMARY KEY, tag_id "	\
	"INTEGER NOT NULL REFERENCES tags(id) ON DELETE CASCADE);"	\
	"INSERT INTO updates (image, received_at) VALUES ('" NGINX "', "\
	"'2025-01-02T03:04:05Z');"					\
	"INSERT INTO tags (name) VALUES ('media');"			\
	"INSERT INTO tag_assignments VALUES ('" NGINX "', 1);"

#define BOOKKEEPING							\
	"CREATE TABLE schema_migrations (version uint64, dirty bool);"	\
	"CREATE UNIQUE INDEX version_unique ON schema_migrations (version);"

static enum status
look_at_adopted(void *arg, const struct update_entry *entry)
{
	++*(int *)arg;
	assert_string_equal(entry->event.image, NGINX);
	assert_string_equal(entry->received_at, "2025-01-02T03:04:05Z");
	assert_string_equal(entry->event.created, CREATED_UNKNOWN);
	assert_string_equal(entry->tag.name, "media");
	return STATUS_OK;
}

static void
a_database_made_before_us_is_adopted_with_its_rows(void **state UNUSED)
{
	static const struct {
		const char *name, *sql;
	} rows[] = {
		{ "no bookkeeping", OLD_TABLES(", acknowledged_at TEXT") },
		{ "no acknowledgements", OLD_TABLES("") },
		{ "empty bookkeeping",
		  OLD_TABLES(", acknowledged_at TEXT") BOOKKEEPING },
		{ "neither acknowledgements nor a version",
		  OLD_TABLES("") BOOKKEEPING },
		{ "at version 1", OLD_TABLES(", acknowledged_at TEXT")
		  BOOKKEEPING "INSERT INTO schema_migrations VALUES (1, 0)" },
		{ "at version 1, dirty false",
		  OLD_TABLES(", acknowledged_at TEXT")
		  BOOKKEEPING
		  "INSERT INTO schema_migrations VALUES (1, false)" },
	};
	struct store *store;
	size_t i;
	int count;

	for (i = 0; i < COUNT_OF(rows); i++) {
		remove_database();
		run_alone(rows[i].sql);
		store = open_store(STORE_MIGRATE);
		expect_state(store, newest(), false);
		count = 0;
		check_row(rows[i].name, store_get_updates(store,
		    look_at_adopted, &count) == STATUS_OK);
		check_row(rows[i].name, count == 1);
		check_row(rows[i].name, store_acknowledge_update(store,
		    NGINX) == STATUS_OK);
		check_row(rows[i].name, upsert(store, NGINX) == STATUS_OK);
		check_row(rows[i].name, store_delete_tag(store, 1) ==
		    STATUS_OK);
		store_close(store);
		check_row_text(rows[i].name,
		    query("SELECT count(*) FROM tag_assignments"), "0");
	}
}

static int
first_start(void)
{
	struct store *store;
	enum status status;

	status = try_open(scratch_path("d.db"), LONG, STORE_MIGRATE, &store);
	if (status != STATUS_OK) {
		(void)fprintf(stderr, "# cannot open: %s\n", why);
		return 1;
	}
	status = upsert(store, NGINX);
	store_close(store);
	return status == STATUS_OK ? 0 : 2;
}

static void
eight_first_starts_at_once_all_succeed(void **state UNUSED)
{
	pid_t pids[8];
	size_t i, round;

	for (round = 0; round < 10; round++) {
		remove_database();
		(void)fflush(NULL);
		for (i = 0; i < COUNT_OF(pids); i++) {
			pids[i] = fork();
			assert_true(pids[i] >= 0);
			if (pids[i] == 0)
				end_child(first_start());
		}
		for (i = 0; i < COUNT_OF(pids); i++)
			assert_int_equal(child_status(pids[i]), 0);
		assert_string_equal(query("SELECT count(*) FROM "
		    "schema_migrations"), "1");
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_missing_folder_is_unavailable_and_says_so),
		TEST(what_is_no_database_is_refused_and_left_alone),
		TEST(a_folder_in_place_of_the_file_is_refused),
		TEST(a_link_that_leads_nowhere_is_refused),
		TEST(a_link_to_a_database_is_the_database),
		TEST(an_empty_file_becomes_a_database),
		TEST(a_file_that_must_exist_is_not_made),
		TEST(a_read_only_folder_is_unavailable_and_says_so),
		TEST(a_damaged_file_is_noticed_by_the_check),
		TEST(an_index_is_held_against_its_table_by_the_full_check),
		TEST(
		    what_is_damaged_at_the_start_is_read_and_not_written),
		TEST(a_check_tells_the_first_finding),
		TEST(what_is_exported_is_what_is_taken_in),
		TEST(an_export_is_of_one_moment),
		TEST(what_the_visitor_says_ends_the_export),
		TEST(rows_that_do_not_fit_together_are_refused_with_all_others),
		TEST(a_backup_is_a_whole_database_in_one_file),
		TEST(a_backup_takes_no_other_files_place_and_leaves_no_half),
		TEST(after_an_unlink_an_event_waits_for_another_process),
		TEST(after_an_unlink_the_next_change_is_in_the_new_file),
		TEST(after_a_replacement_reads_and_writes_go_to_the_new_file),
		TEST(while_the_file_cannot_be_made_again_nothing_is_ok),
		TEST(each_operation_alone_notices_an_unlinked_file),
		TEST(a_writer_of_another_program_makes_it_busy),
		TEST(a_reader_of_another_program_stops_nobody),
		TEST(a_database_locked_at_the_start_is_busy),
		TEST(a_held_writer_lock_makes_it_busy),
		TEST(the_database_is_in_wal_mode_and_stays_so),
		TEST(a_database_of_another_journal_mode_is_switched),
		TEST(many_writes_keep_the_log_small),
		TEST(up_and_down_go_step_by_step_and_are_recorded),
		TEST(the_bookkeeping_is_that_of_golang_migrate),
		TEST(force_records_a_known_version_as_clean),
		TEST(a_dirty_database_is_refused_and_says_how_to_repair),
		TEST(a_newer_database_is_refused_and_left_alone),
		TEST(a_database_made_before_us_is_adopted_with_its_rows),
		TEST(eight_first_starts_at_once_all_succeed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
