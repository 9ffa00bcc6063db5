/*
 * db_sqlite.c - one SQLite connection, used the only way that is safe here
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "db_sqlite.h"
#include "log.h"
#include "mem.h"

struct db_statement {
	const char *sql;	/* static */
	sqlite3_stmt *prepared;
};

/* More than there are; the array never grows. */
#define STATEMENTS_MAX 96

/*
 * Checkpoint when the log has this many pages: about 4 MB. Whoever opens the
 * database as the only one reads the whole log, and cannot know how much of
 * it has been copied, so goes on at its end. Where that is each request, the
 * log is kept short, and is emptied rather than begun anew some day.
 */
#define CHECKPOINT_PAGES 1000
#define CHECKPOINT_PAGES_SHORT 100

/* Of SQLite's machine, before the clock is looked at: some milliseconds. */
#define STEPS_BETWEEN_LOOKS 10000

/* SQLite's smallest page, in bytes. */
#define PAGE_SIZE_MIN 512

/* What each kind of failure means, and what the user can do about it. */
static const struct {
	int code;		/* primary result code */
	enum status status;
	const char *reason;
} faults[] = {
	{ SQLITE_BUSY, STATUS_BUSY,
	  "the database is busy: try again" },
	{ SQLITE_LOCKED, STATUS_BUSY,
	  "the database is busy: try again" },
	/* Locks of the log that could not be had in many attempts. */
	{ SQLITE_PROTOCOL, STATUS_BUSY,
	  "the database is busy: try again" },
	{ SQLITE_FULL, STATUS_UNAVAILABLE,
	  "the disk is full: free some space for the database" },
	{ SQLITE_READONLY, STATUS_UNAVAILABLE,
	  "the database cannot be written: check the owner and the rights of "
	  "the file and its folder" },
	{ SQLITE_PERM, STATUS_UNAVAILABLE,
	  "the database cannot be opened: check the owner and the rights of "
	  "the file and its folder" },
	{ SQLITE_CANTOPEN, STATUS_UNAVAILABLE,
	  "the database cannot be opened: check that its folder exists and "
	  "that the owner and the rights are right" },
	{ SQLITE_NOTADB, STATUS_UNAVAILABLE,
	  "the database file is not a SQLite database: check DB_PATH" },
	{ SQLITE_CORRUPT, STATUS_UNAVAILABLE,
	  "the database file is damaged: restore a backup" },
	{ SQLITE_IOERR, STATUS_UNAVAILABLE,
	  "the disk reports an error: check it, then the database" },
	{ SQLITE_NOMEM, STATUS_UNAVAILABLE,
	  "there is too little memory for the database: try again" },
};

enum status
db_fault(struct db *db, int code, const char *what)
{
	const char *detail = db->handle == NULL ? sqlite3_errstr(code)
	    : sqlite3_errmsg(db->handle);
	size_t i;

	/* What the kernel has of the file, and what the disk, nobody knows. */
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		db->lost_sync = true;
	for (i = 0; i < COUNT_OF(faults); i++) {
		if (faults[i].code != (code & 0xff))
			continue;
		(void)snprintf(db->reason, STORE_REASON_MAX, "%s",
		    faults[i].reason);
		if (faults[i].status != STATUS_BUSY)
			log_error("cannot %s: %s (sqlite %d) in %s", what,
			    detail, code, db->path);
		return faults[i].status;
	}
	(void)snprintf(db->reason, STORE_REASON_MAX, "%s",
	    STORE_REASON_INTERNAL);
	log_error("cannot %s: %s (sqlite %d) in %s", what, detail, code,
	    db->path);
	return STATUS_INTERNAL;
}

/*
 * SQLite takes a file that is shorter than its smallest page for an empty
 * database and writes over it. That would be somebody's notes. A device or a
 * pipe it takes, too.
 */
static enum status
refuse_other_files(struct db *db)
{
	struct stat info;

	if (stat(db->path, &info) != 0 || S_ISDIR(info.st_mode) ||
	    (S_ISREG(info.st_mode) && (info.st_size == 0 ||
	    info.st_size >= PAGE_SIZE_MIN)))
		return STATUS_OK;
	return db_fault(db, SQLITE_NOTADB, "open the database");
}

/*
 * The path with links resolved, so that everybody takes the same lock for
 * the same file. The file may not exist yet; then its folder is resolved.
 */
static enum status
resolve_path(struct db *db, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char folder[PATH_MAX], resolved[PATH_MAX];
	struct stat info;
	size_t size;

	if (realpath(path, resolved) != NULL) {
		db->path = mem_strdup(resolved);
		return STATUS_OK;
	}
	/* A plain file here is one that somebody has just made. */
	if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode)) {
		(void)snprintf(db->reason, STORE_REASON_MAX,
		    "the database file is a link that leads nowhere");
		log_error("%s: %s", db->reason, path);
		return STATUS_UNAVAILABLE;
	}
	(void)snprintf(folder, sizeof(folder), "%.*s",
	    (int)(name - path), path);
	if (realpath(folder, resolved) == NULL) {
		(void)snprintf(db->reason, STORE_REASON_MAX,
		    "the folder of the database cannot be used (%s): create "
		    "it, or set DB_PATH", strerror(errno));
		log_error("cannot open the folder '%s': %s", folder,
		    strerror(errno));
		return STATUS_UNAVAILABLE;
	}
	size = strlen(resolved) + strlen(name) + 2;
	db->path = mem_alloc(size);
	(void)snprintf(db->path, size, "%s/%s",
	    strcmp(resolved, "/") == 0 ? "" : resolved, name);
	return STATUS_OK;
}

/* What SQLite itself has to say: recovered logs, full disks, misuse. */
static void
log_from_sqlite(void *arg UNUSED, int code, const char *message)
{
	/* We report these where they matter, or wait for them to pass. */
	if (code == SQLITE_NOTICE_RECOVER_WAL || code == SQLITE_SCHEMA ||
	    (code & 0xff) == SQLITE_BUSY ||
	    (code & 0xff) == SQLITE_CONSTRAINT)
		return;
	log_debug("sqlite %d: %s", code, message);
}

static int
note_wal_pages(void *arg, sqlite3 *handle UNUSED,
    const char *schema UNUSED, int pages)
{
	struct db *db = arg;

	db->wal_pages = pages;
	return SQLITE_OK;
}

/*
 * Switches that make the connection refuse what we never need, so that a
 * prepared database file cannot use it against us.
 */
static void
harden(sqlite3 *handle)
{
	static const struct {
		int option;
		int value;
	} switches[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		/* The last one to close must not checkpoint: no lock. */
		{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
	};
	static const struct {
		int limit;
		int value;
	} limits[] = {
		{ SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_LENGTH, 128 * 1024 * 1024 },
		{ SQLITE_LIMIT_SQL_LENGTH, 256 * 1024 },
		{ SQLITE_LIMIT_EXPR_DEPTH, 50 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(switches); i++)
		(void)sqlite3_db_config(handle, switches[i].option,
		    switches[i].value, NULL);
	for (i = 0; i < COUNT_OF(limits); i++)
		(void)sqlite3_limit(handle, limits[i].limit,
		    limits[i].value);
}

/* What begins and ends transactions. */
static const char begin_write[] = "BEGIN IMMEDIATE", begin_read[] = "BEGIN",
    commit[] = "COMMIT", rollback[] = "ROLLBACK";

/*
 * Prepared at once, so that no transaction begins whose end there is no
 * memory for: it would stay open, and all that follow would be part of it.
 */
static enum status
prepare_ends(struct db *db)
{
	sqlite3_stmt *statement = NULL;
	enum status status = db_statement(db, commit, &statement);

	if (status == STATUS_OK)
		status = db_statement(db, rollback, &statement);
	return status;
}

static enum status
take_lock(struct db *db, int64_t deadline)
{
	enum status status = writer_lock_take(&db->lock, deadline);

	if (status == STATUS_BUSY) {
		(void)snprintf(db->reason, STORE_REASON_MAX,
		    "the database is busy: try again");
	} else if (status != STATUS_OK) {
		(void)snprintf(db->reason, STORE_REASON_MAX,
		    "the database cannot be written (%s): check the owner "
		    "and the rights of its folder", strerror(errno));
		log_error("cannot open '%s': %s", db->lock.path,
		    strerror(errno));
	}
	return status;
}

/* Is the database in WAL mode? It says so itself, in its header. */
static enum status
is_wal(struct db *db, const char *pragma, bool *wal)
{
	sqlite3_stmt *statement = NULL;
	int code;

	code = sqlite3_prepare_v2(db->handle, pragma, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	*wal = code == SQLITE_ROW &&
	    strcmp(db_column_text(statement, 0), "wal") == 0;
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_ROW)
		return db_fault(db, code, "read the journal mode");
	return STATUS_OK;
}

/*
 * Several processes that switch to WAL at once get SQLITE_BUSY from each
 * other, so the switch is made under the lock. Most times it is made long
 * ago.
 */
static enum status
switch_to_wal(struct db *db)
{
	enum status status;
	bool wal;

	status = is_wal(db, "PRAGMA journal_mode", &wal);
	if (status != STATUS_OK || wal)
		return status;
	status = take_lock(db, clock_ms() + db->budget_ms);
	if (status != STATUS_OK)
		return status;
	status = is_wal(db, "PRAGMA journal_mode = WAL", &wal);
	writer_lock_drop(&db->lock);
	if (status == STATUS_OK && !wal) {
		(void)snprintf(db->reason, STORE_REASON_MAX, "the database "
		    "cannot use a write-ahead log on this file system: put "
		    "it on a local disk");
		log_error("%s: %s", db->reason, db->path);
		return STATUS_UNAVAILABLE;
	}
	return status;
}

static enum status
set_up(struct db *db)
{
	int64_t foreign_keys = 0;
	enum status status;

	(void)sqlite3_extended_result_codes(db->handle, 1);
	(void)sqlite3_busy_timeout(db->handle, db->budget_ms);
	harden(db->handle);
	status = switch_to_wal(db);
	if (status != STATUS_OK)
		return status;
	/*
	 * FULL: a commit is on disk when it returns. Checkpoints are ours,
	 * under the lock. Never mmap: see writer_lock.h.
	 */
	status = db_execute(db, "PRAGMA synchronous = FULL;"
	    "PRAGMA foreign_keys = ON;"
	    "PRAGMA wal_autocheckpoint = 0;"
	    "PRAGMA journal_size_limit = 16777216;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA mmap_size = 0;");
	if (status != STATUS_OK)
		return status;
	(void)sqlite3_wal_hook(db->handle, note_wal_pages, db);
	status = db_query_int64(db, "PRAGMA foreign_keys", &foreign_keys);
	/* GCOVR_EXCL_START: only where SQLite was built without them */
	if (status == STATUS_OK && foreign_keys != 1)
		return db_fault(db, SQLITE_MISUSE, "enable foreign keys");
	/* GCOVR_EXCL_STOP */
	if (status == STATUS_OK)
		status = prepare_ends(db);
	return status;
}

static void
close_handle(struct db *db)
{
	size_t i;

	for (i = 0; i < db->statement_count; i++)
		(void)sqlite3_finalize(db->statements[i].prepared);
	db->statement_count = 0;
	(void)sqlite3_close(db->handle);
	db->handle = NULL;
}

static enum status
open_handle(struct db *db)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
	enum status status;
	int code;

	if (!db->must_exist)
		flags |= SQLITE_OPEN_CREATE;
	code = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
	status = code == SQLITE_OK ? set_up(db)
	    : db_fault(db, code, "open the database");
	if (status != STATUS_OK)
		close_handle(db);
	return status;
}

enum status
db_open(struct db *db, const struct store_options *options,
    char *reason)
{
	static bool logging;
	enum status status;

	if (!logging)
		(void)sqlite3_config(SQLITE_CONFIG_LOG, log_from_sqlite,
		    NULL);
	logging = true;
	*db = (struct db){
		.budget_ms = options->busy_timeout_ms,
		.must_exist = (options->flags & STORE_MUST_EXIST) != 0,
		.short_lived = (options->flags & STORE_SHORT_LIVED) != 0,
		.owner = getpid(),
		.reason = reason,
	};
	status = resolve_path(db, options->path);
	if (status == STATUS_OK)
		status = refuse_other_files(db);
	if (status != STATUS_OK) {
		free(db->path);
		db->path = NULL;
		return status;
	}
	writer_lock_init(&db->lock, db->path);
	db->statements = mem_zalloc(STATEMENTS_MAX *
	    sizeof(*db->statements));
	status = open_handle(db);
	if (status != STATUS_OK)
		db_close(db);
	return status;
}

void
db_close(struct db *db)
{
	close_handle(db);
	writer_lock_release(&db->lock);
	free(db->statements);
	free(db->path);
	*db = (struct db){ 0 };
}

enum status
db_follow(struct db *db)
{
	int moved = 0, code;

	code = sqlite3_file_control(db->handle, NULL,
	    SQLITE_FCNTL_HAS_MOVED, &moved);
	if (code == SQLITE_OK && !moved)
		return STATUS_OK;
	(void)snprintf(db->reason, STORE_REASON_MAX, "the database file was "
	    "moved away while in use: try again");
	log_warn("the database file was moved or replaced: %s", db->path);
	return STATUS_GONE;
}

bool
db_is_read_only(struct db *db)
{
	return sqlite3_db_readonly(db->handle, "main") == 1;
}

/* Run one of the statements that begin and end transactions. */
static enum status
run_static(struct db *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	enum status status;

	status = db_statement(db, sql, &statement);
	if (status != STATUS_OK)
		return status;
	status = db_run(db, statement);
	db_finish(statement);
	return status;
}

enum status
db_begin_write(struct db *db)
{
	int64_t deadline = clock_ms() + db->budget_ms, left;
	enum status status;

	assert(db->owner == getpid());
	if (db->deadline != 0 && db->deadline < deadline)
		deadline = db->deadline;
	status = take_lock(db, deadline);
	if (status != STATUS_OK)
		return status;
	status = db_follow(db);
	if (status == STATUS_OK) {
		left = deadline - clock_ms();
		(void)sqlite3_busy_timeout(db->handle,
		    left > 1 ? (int)left : 1);
		status = run_static(db, begin_write);
	}
	if (status != STATUS_OK)
		writer_lock_drop(&db->lock);
	return status;
}

/* What SQLite says of a damage, as one line. */
static void
put_finding(char out[STORE_REASON_MAX], const char *text)
{
	static const char head[] = "*** in database main ***\n";
	char *p;

	if (strncmp(text, head, strlen(head)) == 0)
		text += strlen(head);
	(void)snprintf(out, STORE_REASON_MAX, "%s", text);
	for (p = out; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
}

static int
is_past(void *deadline)
{
	return clock_ms() > *(const int64_t *)deadline;
}

enum status
db_check(struct db *db, const char *pragma, const char *good,
    int64_t deadline, char finding[STORE_REASON_MAX])
{
	sqlite3_stmt *statement = NULL;
	int code;

	finding[0] = '\0';
	if (deadline != 0)
		sqlite3_progress_handler(db->handle, STEPS_BETWEEN_LOOKS,
		    is_past, &deadline);
	code = sqlite3_prepare_v2(db->handle, pragma, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW &&
	    strcmp(db_column_text(statement, 0), good) != 0)
		put_finding(finding, db_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	sqlite3_progress_handler(db->handle, 0, NULL, NULL);
	if (code == SQLITE_INTERRUPT)
		log_info("the database is too large to be checked at every "
		    "start: run 'diundash check' from time to time");
	return code == SQLITE_ROW || code == SQLITE_DONE ||
	    code == SQLITE_INTERRUPT ? STATUS_OK
	    : db_fault(db, code, "check the database");
}

/* Copy the log into the database file, as far as readers allow. */
static void
checkpoint(struct db *db)
{
	int code;

	if (db->wal_pages < (db->short_lived ? CHECKPOINT_PAGES_SHORT
	    : CHECKPOINT_PAGES))
		return;
	/* Nobody waits for readers: the next write tries again. */
	(void)sqlite3_busy_timeout(db->handle, 0);
	code = sqlite3_wal_checkpoint_v2(db->handle, NULL,
	    db->short_lived ? SQLITE_CHECKPOINT_TRUNCATE
	    : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	(void)sqlite3_busy_timeout(db->handle, db->budget_ms);
	if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
		log_warn("cannot checkpoint: %s",
		    sqlite3_errmsg(db->handle));
}

/* It is no news that this was needed, so nothing is said of it. */
static void
roll_back(struct db *db)
{
	sqlite3_stmt *statement = NULL;

	if (db_statement(db, rollback, &statement) == STATUS_OK) {
		(void)sqlite3_step(statement);
		db_finish(statement);
	}
}

enum status
db_end_write(struct db *db, enum status status)
{
	if (status == STATUS_OK)
		status = run_static(db, commit);
	if (status == STATUS_OK)
		checkpoint(db);
	/* Some failures have rolled back by themselves. */
	else if (!sqlite3_get_autocommit(db->handle))
		roll_back(db);
	writer_lock_drop(&db->lock);
	return status;
}

enum status
db_begin_read(struct db *db)
{
	assert(db->owner == getpid());
	(void)sqlite3_busy_timeout(db->handle, db->budget_ms);
	return run_static(db, begin_read);
}

void
db_end_read(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		roll_back(db);
}

enum status
db_statement(struct db *db, const char *sql, sqlite3_stmt **out)
{
	struct db_statement *statement;
	size_t i;
	int code;

	for (i = 0; i < db->statement_count; i++) {
		if (db->statements[i].sql != sql)
			continue;
		*out = db->statements[i].prepared;
		return STATUS_OK;
	}
	assert(db->statement_count < STATEMENTS_MAX);
	statement = &db->statements[db->statement_count];
	code = sqlite3_prepare_v3(db->handle, sql, -1,
	    SQLITE_PREPARE_PERSISTENT, &statement->prepared, NULL);
	if (code != SQLITE_OK)
		return db_fault(db, code, "prepare a statement");
	statement->sql = sql;
	db->statement_count++;
	*out = statement->prepared;
	return STATUS_OK;
}

void
db_finish(sqlite3_stmt *statement)
{
	if (statement == NULL)
		return;
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

void
db_bind_text(sqlite3_stmt *statement, const char *name, const char *value)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	assert(index > 0);
	(void)sqlite3_bind_text(statement, index, value, -1, SQLITE_STATIC);
}

void
db_bind_int64(sqlite3_stmt *statement, const char *name, int64_t value)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	assert(index > 0);
	(void)sqlite3_bind_int64(statement, index, value);
}

enum status
db_step(struct db *db, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return STATUS_OK;
	if (code == SQLITE_DONE)
		return STATUS_NOT_FOUND;
	if ((code & 0xff) == SQLITE_CONSTRAINT)
		return STATUS_CONFLICT;
	return db_fault(db, code, "run a statement");
}

enum status
db_run(struct db *db, sqlite3_stmt *statement)
{
	enum status status;

	do
		status = db_step(db, statement);
	while (status == STATUS_OK);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status
db_execute(struct db *db, const char *sql)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		return STATUS_OK;
	return db_fault(db, code, "use the database");
}

enum status
db_query_int64(struct db *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *statement = NULL;
	enum status status;
	int code;

	code = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL);
	if (code != SQLITE_OK)
		return db_fault(db, code, "prepare a query");
	status = db_step(db, statement);
	if (status == STATUS_OK)
		*out = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	return status;
}

const char *
db_column_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text == NULL ? "" : (const char *)text;
}
