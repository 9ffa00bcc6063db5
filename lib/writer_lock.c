/*
 * writer_lock.c - one writer at a time, in the order of arrival
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "writer_lock.h"

void
writer_lock_init(struct writer_lock *lock, const char *db_path)
{
	size_t size = strlen(db_path) + sizeof(".lock");

	lock->path = mem_alloc(size);
	(void)snprintf(lock->path, size, "%s.lock", db_path);
	lock->fd = -1;
	lock->held = false;
}

static void
close_file(struct writer_lock *lock)
{
	if (lock->fd >= 0)
		(void)close(lock->fd);
	lock->fd = -1;
	lock->held = false;
}

void
writer_lock_release(struct writer_lock *lock)
{
	close_file(lock);
	free(lock->path);
	lock->path = NULL;
}

/*
 * A file that root makes for a database of somebody else must be usable by
 * that somebody, so it gets the owner of the folder it lies in.
 */
static void
give_to_owner(struct writer_lock *lock)
{
	struct stat folder;
	char *end = strrchr(lock->path, '/');
	int known;

	if (geteuid() != 0 || end == NULL)
		return;
	*end = '\0';
	known = stat(end == lock->path ? "/" : lock->path, &folder);
	*end = '/';
	if (known == 0 && fchown(lock->fd, folder.st_uid, folder.st_gid) != 0)
		return;
}

static enum status
open_file(struct writer_lock *lock)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

	if (lock->fd >= 0)
		return STATUS_OK;
	lock->fd = open(lock->path, flags);
	if (lock->fd < 0 && errno == ENOENT) {
		lock->fd = open(lock->path, flags | O_CREAT, 0660);
		if (lock->fd >= 0)
			give_to_owner(lock);
	}
	return lock->fd >= 0 ? STATUS_OK : STATUS_UNAVAILABLE;
}

static void
wake_up(int signal_number UNUSED)
{
}

/*
 * flock(2) that gives up at the deadline. It has no time limit of its own,
 * and trying again and again would leave the queue each time; so a timer
 * interrupts it. The timer repeats, in case it fires just before the call.
 */
static enum status
wait_for_lock(int fd, int64_t deadline)
{
	struct sigaction wake = { .sa_handler = wake_up }, old_action;
	struct itimerval timer = { .it_interval = { .tv_usec = 10000 } };
	const struct itimerval off = { .it_value = { 0 } };
	int64_t left = deadline - clock_ms();
	sigset_t alarm_only, old_mask;
	int done = -1;

	if (left <= 0)
		return STATUS_BUSY;
	timer.it_value.tv_sec = (time_t)(left / 1000);
	timer.it_value.tv_usec = (suseconds_t)(left % 1000 * 1000);
	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	(void)sigaction(SIGALRM, &wake, &old_action);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, &old_mask);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
	while (clock_ms() < deadline) {
		done = flock(fd, LOCK_EX);
		if (done == 0 || errno != EINTR)
			break;
	}
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)sigprocmask(SIG_SETMASK, &old_mask, NULL);
	(void)sigaction(SIGALRM, &old_action, NULL);
	return done == 0 ? STATUS_OK : STATUS_BUSY;
}

/* Is the file we hold still the one at the path? */
static bool
is_current(const struct writer_lock *lock)
{
	struct stat ours, theirs;

	return fstat(lock->fd, &ours) == 0 &&
	    stat(lock->path, &theirs) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

enum status
writer_lock_take(struct writer_lock *lock, int64_t deadline)
{
	enum status status;

	assert(!lock->held);
	for (;;) {
		status = open_file(lock);
		if (status != STATUS_OK)
			return status;
		if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
			status = wait_for_lock(lock->fd, deadline);
			if (status != STATUS_OK)
				return status;
		}
		lock->held = true;
		if (is_current(lock))
			return STATUS_OK;
		/* Somebody removed or replaced it: a lock nobody shares. */
		close_file(lock);
	}
}

void
writer_lock_drop(struct writer_lock *lock)
{
	if (lock->held)
		(void)flock(lock->fd, LOCK_UN);
	lock->held = false;
}
