/*
 * fail.c - a library to be preloaded: the nth call of a function fails
 *
 * DIUNDASH_FAIL is FUNCTION:N:VALUE. VALUE is an errno, or, for SQLite, a
 * result code. With N+ each call from the nth on fails. With
 * DIUNDASH_FAIL_SQL only steps of statements count that have this text in
 * them. The file that
 * DIUNDASH_FAIL_NOTE names is made when one does, so that a test knows when
 * no call is left to fail. A function that fails does nothing.
 *
 * Of SQLite's statements, those do not fail that it makes for itself, when it
 * reads the schema, and no ROLLBACK: where that fails, in truth, SQLite has
 * rolled back already.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct sqlite3;
struct sqlite3_stmt;
const char *sqlite3_sql(struct sqlite3_stmt *statement);

/* Make the note without a call that may be made to fail. */
static void
tell(void)
{
	const char *note = getenv("DIUNDASH_FAIL_NOTE");

	if (note != NULL)
		(void)syscall(SYS_mknod, note, S_IFREG | 0666, 0);
}

/* Is it this call's turn? *value is what it fails with. */
static bool
fails(const char *function, int *value)
{
	static long calls;
	const char *text = getenv("DIUNDASH_FAIL");
	size_t len = strlen(function);
	long n;
	char *end;

	if (text == NULL || strncmp(text, function, len) != 0 ||
	    text[len] != ':')
		return false;
	n = strtol(text + len + 1, &end, 10);
	calls++;
	if (*end == '+' ? calls < n : calls != n)
		return false;
	*value = atoi(end + strcspn(end, ":") + 1);
	tell();
	return true;
}

#define WRAP(type, name, parameters, arguments, failure)		\
type name parameters;							\
type									\
name parameters								\
{									\
	static type (*real) parameters;					\
	int value = 0;							\
									\
	if (fails(#name, &value))					\
		return failure;						\
	if (real == NULL)						\
		*(void **)&real = dlsym(RTLD_NEXT, #name);		\
	return real arguments;						\
}

#define ERRNO(result) (errno = value, result)

WRAP(int, sqlite3_prepare_v2, (struct sqlite3 *db, const char *sql, int len,
    struct sqlite3_stmt **out, const char **tail),
    (db, sql, len, out, tail), (*out = NULL, value))
WRAP(int, sqlite3_prepare_v3, (struct sqlite3 *db, const char *sql, int len,
    unsigned flags, struct sqlite3_stmt **out, const char **tail),
    (db, sql, len, flags, out, tail), (*out = NULL, value))
WRAP(int, sqlite3_open_v2, (const char *path, struct sqlite3 **db, int flags,
    const char *vfs), (path, db, flags, vfs), (*db = NULL, value))
WRAP(void *, sqlite3_backup_init, (struct sqlite3 *to, const char *to_name,
    struct sqlite3 *from, const char *from_name),
    (to, to_name, from, from_name), (value = 0, NULL))
WRAP(int, sqlite3_wal_checkpoint_v2, (struct sqlite3 *db, const char *name,
    int mode, int *log, int *done), (db, name, mode, log, done), value)

WRAP(int, FCGX_Init, (void), (), value)
WRAP(void *, json_tokener_new_ex, (int depth), (depth), ERRNO(NULL))

WRAP(int, accept4, (int fd, struct sockaddr *address, socklen_t *len,
    int flags), (fd, address, len, flags), ERRNO(-1))
WRAP(int, close, (int fd), (fd), ERRNO(-1))
WRAP(int, closedir, (DIR *folder), (folder), ERRNO(-1))
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), ERRNO(-1))
WRAP(int, fdatasync, (int fd), (fd), ERRNO(-1))
WRAP(int, flock, (int fd, int operation), (fd, operation), ERRNO(-1))
WRAP(int, fstat, (int fd, struct stat *out), (fd, out), ERRNO(-1))
WRAP(int, fsync, (int fd), (fd), ERRNO(-1))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), ERRNO(-1))
WRAP(char *, getcwd, (char *out, size_t size), (out, size), ERRNO(NULL))
WRAP(int, getentropy, (void *out, size_t size), (out, size), ERRNO(-1))
WRAP(struct tm *, gmtime_r, (const time_t *when, struct tm *out),
    (when, out), ERRNO(NULL))
WRAP(int, lstat, (const char *path, struct stat *out), (path, out), ERRNO(-1))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), ERRNO(-1))
WRAP(DIR *, opendir, (const char *path), (path), ERRNO(NULL))
WRAP(int, poll, (struct pollfd *fds, nfds_t count, int ms), (fds, count, ms),
    ERRNO(-1))
WRAP(int, posix_fallocate, (int fd, off_t from, off_t size),
    (fd, from, size), value)
WRAP(ssize_t, read, (int fd, void *out, size_t size), (fd, out, size),
    ERRNO(-1))
WRAP(ssize_t, __read_chk, (int fd, void *out, size_t size, size_t room),
    (fd, out, size, room), ERRNO(-1))
WRAP(struct dirent *, readdir, (DIR *folder), (folder), ERRNO(NULL))
WRAP(int, rename, (const char *from, const char *to), (from, to), ERRNO(-1))
WRAP(int, sigaction, (int number, const struct sigaction *action,
    struct sigaction *old), (number, action, old), ERRNO(-1))
WRAP(int, signalfd, (int fd, const sigset_t *set, int flags),
    (fd, set, flags), ERRNO(-1))
WRAP(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old),
    (how, set, old), ERRNO(-1))
WRAP(int, stat, (const char *path, struct stat *out), (path, out), ERRNO(-1))
WRAP(int, timer_create, (clockid_t clock, struct sigevent *event,
    timer_t *out), (clock, event, out), ERRNO(-1))
WRAP(int, unlink, (const char *path), (path), ERRNO(-1))
WRAP(ssize_t, write, (int fd, const void *data, size_t size),
    (fd, data, size), ERRNO(-1))

/* sqlite3_exec() trusts that a step which fails says so once more later. */
static bool inside_exec;

typedef int visit_row(void *, int, char **, char **);
int sqlite3_exec(struct sqlite3 *db, const char *sql, visit_row *visit,
    void *arg, char **error);
int
sqlite3_exec(struct sqlite3 *db, const char *sql, visit_row *visit,
    void *arg, char **error)
{
	static int (*real)(struct sqlite3 *, const char *, visit_row *,
	    void *, char **);
	bool was_inside = inside_exec;
	int value = 0;

	if (!was_inside && fails("sqlite3_exec", &value))
		return value;
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "sqlite3_exec");
	inside_exec = true;
	value = real(db, sql, visit, arg, error);
	inside_exec = was_inside;
	return value;
}

int sqlite3_step(struct sqlite3_stmt *statement);
int
sqlite3_step(struct sqlite3_stmt *statement)
{
	static int (*real)(struct sqlite3_stmt *);
	const char *sql = sqlite3_sql(statement);
	const char *only = getenv("DIUNDASH_FAIL_SQL");
	int value = 0;

	if (sql != NULL && !inside_exec &&
	    (only == NULL || strstr(sql, only) != NULL) &&
	    strncmp(sql, "ROLLBACK", 8) != 0 &&
	    fails("sqlite3_step", &value))
		return value;
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "sqlite3_step");
	return real(statement);
}

/* The arguments behind the dots are an int or a pointer, as wide as a long. */
int
open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list args;
	int value = 0, mode;

	if (fails("open", &value))
		return ERRNO(-1);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "open");
	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	return real(path, flags, mode);
}

int
fcntl(int fd, int command, ...)
{
	static int (*real)(int, int, ...);
	va_list args;
	int value = 0;
	long argument;

	if (fails("fcntl", &value))
		return ERRNO(-1);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fcntl");
	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	return real(fd, command, argument);
}
