/*
 * scratch.h - a folder of its own for each test, and children that end
 *
 * A test that leaves a descriptor open fails when its folder is removed.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The present folder of the test; "" when there is none. */
static char scratch[PATH_MAX / 4];

/* How many descriptors were open when it was made. */
static int scratch_open;

static int UNUSED
scratch_remove_one(const char *path, const struct stat *info UNUSED,
    int type UNUSED, struct FTW *ftw UNUSED)
{
	(void)chmod(path, 0700);
	return remove(path);
}

/* How many descriptors are open. */
static int UNUSED
scratch_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	if (folder == NULL)
		return -1;
	while (readdir(folder) != NULL)
		count++;
	(void)closedir(folder);
	return count;
}

/* Not 0, too, when the test has left a descriptor open. */
static int UNUSED
scratch_remove(void)
{
	int failed = 0;

	if (scratch[0] != '\0')
		failed = nftw(scratch, scratch_remove_one, 8,
		    FTW_DEPTH | FTW_PHYS) != 0 ||
		    scratch_descriptors() != scratch_open;
	scratch[0] = '\0';
	return failed;
}

static int UNUSED
scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)scratch_remove();
	(void)snprintf(scratch, sizeof(scratch), "%s/diundash-unit.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	scratch_open = scratch_descriptors();
	return mkdtemp(scratch) == NULL ? -1 : 0;
}

/* The path of `name` in the folder. Good until the eighth call from now. */
static UNUSED const char *
scratch_path(const char *name)
{
	static char paths[8][PATH_MAX / 2];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

/* Make the file of these bytes. */
static void UNUSED
scratch_write(const char *path, const char *data, size_t len)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* The exit status of the child; 128 and more when a signal ended it. */
static int UNUSED
child_status(pid_t pid)
{
	int status;
	pid_t done;

	do
		done = waitpid(pid, &status, 0);
	while (done < 0 && errno == EINTR);
	if (done != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status)
	    : 128 + WTERMSIG(status);
}

/* Present where the build counts what runs; a child ends without exit(). */
void __gcov_dump(void) __attribute__((weak));

static void UNUSED
end_child(int status)
{
	if (__gcov_dump != NULL)
		__gcov_dump();
	_exit(status);
}

/* For signal(2), where a child is to abort. */
static void UNUSED
count_and_abort(int signal_number UNUSED)
{
	if (__gcov_dump != NULL)
		__gcov_dump();
}

/*
 * Run `body` in a child, which never returns into the test, and return its
 * exit status. An alarm ends a child that hangs.
 */
static int UNUSED
in_child(int (*body)(void))
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)alarm(90);
		end_child(body());
	}
	return pid < 0 ? -1 : child_status(pid);
}

/* May this process deny itself something? Root may not, but as nobody. */
static bool UNUSED
become_nobody(void)
{
	if (geteuid() != 0)
		return true;
	return setgid(65534) == 0 && setuid(65534) == 0;
}

#endif
