/*
 * writer_lock-t.c - tests of writer_lock.h, with processes against each other
 *
 * Nothing here waits for a time to pass, but for the deadline itself: that a
 * process waits is read from the kernel's list of locks.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <sys/file.h>

#include "clock.h"
#include "scratch.h"
#include "writer_lock.h"

/* Longer than any test takes. */
#define LONG 60000

static char database[PATH_MAX / 2];

static int
setup(void **state UNUSED)
{
	if (scratch_make() != 0)
		return -1;
	(void)snprintf(database, sizeof(database), "%s",
	    scratch_path("d.db"));
	return 0;
}

static int
teardown(void **state UNUSED)
{
	return scratch_remove();
}

static enum status
take(struct writer_lock *lock, int64_t ms)
{
	return writer_lock_take(lock, clock_ms() + ms);
}

static void
the_lock_file_lies_beside_the_database(void **state UNUSED)
{
	struct writer_lock lock;
	struct stat info;

	writer_lock_init(&lock, database);
	assert_string_equal(lock.path, scratch_path("d.db.lock"));
	assert_int_equal(stat(lock.path, &info), -1);
	assert_int_equal(take(&lock, LONG), STATUS_OK);
	assert_true(lock.held);
	assert_int_equal(stat(lock.path, &info), 0);
	assert_int_equal(info.st_size, 0);
	assert_int_equal(info.st_mode & 07, 0);
	/* The database itself is none of its business. */
	assert_int_equal(stat(database, &info), -1);
	writer_lock_drop(&lock);
	assert_false(lock.held);
	writer_lock_release(&lock);
	writer_lock_release(&lock);
}

static void
it_may_be_taken_again_after_a_drop(void **state UNUSED)
{
	struct writer_lock lock;
	int i;

	writer_lock_init(&lock, database);
	for (i = 0; i < 100; i++) {
		assert_int_equal(take(&lock, LONG), STATUS_OK);
		writer_lock_drop(&lock);
		writer_lock_drop(&lock);
	}
	writer_lock_release(&lock);
}

static void
the_second_one_gets_busy_at_its_deadline(void **state UNUSED)
{
	struct writer_lock first, second;
	int64_t deadline;

	writer_lock_init(&first, database);
	writer_lock_init(&second, database);
	assert_int_equal(take(&first, LONG), STATUS_OK);
	/* A deadline that has passed: no waiting at all. */
	assert_int_equal(take(&second, 0), STATUS_BUSY);
	assert_int_equal(take(&second, -1000), STATUS_BUSY);
	assert_false(second.held);
	deadline = clock_ms() + 50;
	assert_int_equal(writer_lock_take(&second, deadline), STATUS_BUSY);
	assert_true(clock_ms() >= deadline);
	assert_false(second.held);
	writer_lock_drop(&first);
	/* Free now: taken even when the deadline has passed. */
	assert_int_equal(take(&second, -1000), STATUS_OK);
	writer_lock_release(&first);
	writer_lock_release(&second);
}

static void
release_lets_go_of_it(void **state UNUSED)
{
	struct writer_lock first, second;

	writer_lock_init(&first, database);
	writer_lock_init(&second, database);
	assert_int_equal(take(&first, LONG), STATUS_OK);
	writer_lock_release(&first);
	assert_int_equal(take(&second, 0), STATUS_OK);
	writer_lock_release(&second);
}

static volatile sig_atomic_t alarms;

static void
count_alarm(int signal_number UNUSED)
{
	alarms++;
}

static void
waiting_leaves_the_signals_as_they_were(void **state UNUSED)
{
	struct sigaction ours = { .sa_handler = count_alarm }, now;
	struct writer_lock first, second;
	sigset_t block, mask;

	assert_int_equal(sigaction(SIGALRM, &ours, NULL), 0);
	(void)sigemptyset(&block);
	(void)sigaddset(&block, SIGALRM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &block, NULL), 0);
	writer_lock_init(&first, database);
	writer_lock_init(&second, database);
	assert_int_equal(take(&first, LONG), STATUS_OK);
	assert_int_equal(take(&second, 30), STATUS_BUSY);
	assert_int_equal(sigprocmask(SIG_UNBLOCK, &block, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGALRM), 1);
	assert_int_equal(alarms, 0);
	assert_int_equal(sigaction(SIGALRM, NULL, &now), 0);
	assert_ptr_equal(now.sa_handler, count_alarm);
	now.sa_handler = SIG_DFL;
	assert_int_equal(sigaction(SIGALRM, &now, NULL), 0);
	writer_lock_release(&first);
	writer_lock_release(&second);
}

/* Add one to the number in the file, in steps that must not be mixed. */
static int
count_up(void)
{
	struct writer_lock lock;
	char text[32];
	int i, fd;

	writer_lock_init(&lock, database);
	fd = open(scratch_path("counter"), O_RDWR);
	if (fd < 0)
		return 1;
	for (i = 0; i < 300; i++) {
		ssize_t n;

		if (take(&lock, LONG) != STATUS_OK)
			return 2;
		n = pread(fd, text, sizeof(text) - 1, 0);
		if (n <= 0)
			return 3;
		text[n] = '\0';
		n = snprintf(text, sizeof(text), "%08ld",
		    strtol(text, NULL, 10) + 1);
		if (pwrite(fd, text, (size_t)n, 0) != n)
			return 4;
		writer_lock_drop(&lock);
	}
	writer_lock_release(&lock);
	(void)close(fd);
	return 0;
}

static pid_t
start(int (*body)(void))
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		end_child(body());
	return pid;
}

static void
processes_exclude_each_other(void **state UNUSED)
{
	pid_t pids[6];
	char text[32] = "";
	size_t i;
	int fd = open(scratch_path("counter"), O_RDWR | O_CREAT, 0600);

	assert_int_equal(write(fd, "00000000", 8), 8);
	for (i = 0; i < COUNT_OF(pids); i++)
		pids[i] = start(count_up);
	for (i = 0; i < COUNT_OF(pids); i++)
		assert_int_equal(child_status(pids[i]), 0);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 8);
	assert_int_equal(strtol(text, NULL, 10), 300 * COUNT_OF(pids));
	(void)close(fd);
}

static int
take_and_die(void)
{
	struct writer_lock lock;

	writer_lock_init(&lock, database);
	if (take(&lock, LONG) != STATUS_OK)
		return 1;
	(void)kill(getpid(), SIGKILL);
	return 2;
}

static void
a_killed_holder_holds_nothing(void **state UNUSED)
{
	struct writer_lock lock;

	assert_int_equal(child_status(start(take_and_die)), 128 + SIGKILL);
	writer_lock_init(&lock, database);
	assert_int_equal(take(&lock, 0), STATUS_OK);
	writer_lock_release(&lock);
}

/* How many wait for a lock on the file, says /proc/locks; -1: no such list. */
static int
count_waiting(const char *path)
{
	char line[512], inode[32];
	FILE *locks = fopen("/proc/locks", "r");
	struct stat info;
	int count = 0;

	if (locks == NULL || stat(path, &info) != 0) {
		if (locks != NULL)
			(void)fclose(locks);
		return -1;
	}
	(void)snprintf(inode, sizeof(inode), ":%lu ",
	    (unsigned long)info.st_ino);
	while (fgets(line, sizeof(line), locks) != NULL)
		count += strstr(line, "-> FLOCK") != NULL &&
		    strstr(line, inode) != NULL;
	(void)fclose(locks);
	return count;
}

/* Until `count` processes wait for the file; false after very long. */
static bool
until_waiting(const char *path, int count)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int64_t hung = clock_ms() + LONG;

	while (count_waiting(path) < count) {
		if (clock_ms() > hung)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

static int order_pipe[2];
static char own_letter;

static int
write_letter(void)
{
	struct writer_lock lock;

	writer_lock_init(&lock, database);
	if (take(&lock, LONG) != STATUS_OK)
		return 1;
	if (write(order_pipe[1], &own_letter, 1) != 1)
		return 2;
	writer_lock_release(&lock);
	return 0;
}

static void
writers_come_in_the_order_of_arrival(void **state UNUSED)
{
	const char letters[] = "abcdef";
	pid_t pids[sizeof(letters) - 1];
	char got[sizeof(letters)] = "";
	struct writer_lock lock;
	bool in_queue = true;
	size_t i;

	assert_int_equal(pipe(order_pipe), 0);
	writer_lock_init(&lock, database);
	assert_int_equal(take(&lock, LONG), STATUS_OK);
	if (count_waiting(lock.path) < 0) {
		writer_lock_release(&lock);
		skip();
	}
	for (i = 0; i < COUNT_OF(pids); i++) {
		own_letter = letters[i];
		pids[i] = start(write_letter);
		in_queue = in_queue && until_waiting(lock.path, (int)i + 1);
	}
	writer_lock_drop(&lock);
	for (i = 0; i < COUNT_OF(pids); i++)
		assert_int_equal(child_status(pids[i]), 0);
	assert_true(in_queue);
	assert_int_equal(read(order_pipe[0], got, sizeof(got) - 1),
	    sizeof(got) - 1);
	assert_string_equal(got, letters);
	(void)close(order_pipe[0]);
	(void)close(order_pipe[1]);
	writer_lock_release(&lock);
}

static void
tell(int signal_number UNUSED)
{
	if (write(order_pipe[1], "s", 1) != 1)
		_exit(3);
}

static int
wait_with_signals(void)
{
	const struct sigaction action = { .sa_handler = tell };
	struct writer_lock lock;

	writer_lock_init(&lock, database);
	return sigaction(SIGUSR1, &action, NULL) != 0 ? 1
	    : take(&lock, LONG) != STATUS_OK ? 2 : 0;
}

static void
a_signal_does_not_end_the_wait(void **state UNUSED)
{
	struct writer_lock lock;
	bool in_queue;
	char seen;
	pid_t pid;

	assert_int_equal(pipe(order_pipe), 0);
	writer_lock_init(&lock, database);
	assert_int_equal(take(&lock, LONG), STATUS_OK);
	if (count_waiting(lock.path) < 0) {
		writer_lock_release(&lock);
		(void)close(order_pipe[0]);
		(void)close(order_pipe[1]);
		skip();
	}
	pid = start(wait_with_signals);
	in_queue = until_waiting(lock.path, 1);
	assert_int_equal(kill(pid, in_queue ? SIGUSR1 : SIGKILL), 0);
	/* It came while there was no lock to be had. */
	if (in_queue)
		assert_int_equal(read(order_pipe[0], &seen, 1), 1);
	(void)close(order_pipe[0]);
	(void)close(order_pipe[1]);
	/* The child has a copy of the descriptor: to close it is not enough. */
	writer_lock_drop(&lock);
	writer_lock_release(&lock);
	assert_int_equal(child_status(pid), 0);
	assert_true(in_queue);
}

static void
a_removed_file_is_made_anew(void **state UNUSED)
{
	struct writer_lock first, second;

	writer_lock_init(&first, database);
	writer_lock_init(&second, database);
	assert_int_equal(take(&first, LONG), STATUS_OK);
	writer_lock_drop(&first);
	assert_int_equal(unlink(first.path), 0);
	/* `first` still has the old file open: it must not lock that. */
	assert_int_equal(take(&second, 0), STATUS_OK);
	assert_int_equal(take(&first, 0), STATUS_BUSY);
	writer_lock_drop(&second);
	assert_int_equal(take(&first, 0), STATUS_OK);
	assert_int_equal(take(&second, 0), STATUS_BUSY);
	writer_lock_release(&first);
	writer_lock_release(&second);
}

static void
one_who_waits_for_a_removed_file_takes_the_new_one(void **state UNUSED)
{
	struct writer_lock lock;
	struct stat info;
	char letter = 0;
	pid_t pid;

	assert_int_equal(pipe(order_pipe), 0);
	writer_lock_init(&lock, database);
	assert_int_equal(take(&lock, LONG), STATUS_OK);
	if (count_waiting(lock.path) < 0) {
		writer_lock_release(&lock);
		skip();
	}
	own_letter = 'x';
	pid = start(write_letter);
	assert_true(until_waiting(lock.path, 1));
	assert_int_equal(unlink(lock.path), 0);
	writer_lock_drop(&lock);
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(read(order_pipe[0], &letter, 1), 1);
	assert_int_equal(letter, 'x');
	assert_int_equal(stat(lock.path, &info), 0);
	(void)close(order_pipe[0]);
	(void)close(order_pipe[1]);
	writer_lock_release(&lock);
}

static void
a_missing_folder_is_unavailable(void **state UNUSED)
{
	struct writer_lock lock;

	writer_lock_init(&lock, scratch_path("no/such/folder/d.db"));
	errno = 0;
	assert_int_equal(take(&lock, LONG), STATUS_UNAVAILABLE);
	assert_int_equal(errno, ENOENT);
	assert_false(lock.held);
	writer_lock_release(&lock);
}

static void
a_link_in_its_place_is_not_followed(void **state UNUSED)
{
	struct writer_lock lock;
	struct stat info;

	writer_lock_init(&lock, database);
	assert_int_equal(symlink(scratch_path("elsewhere"), lock.path), 0);
	assert_int_equal(take(&lock, LONG), STATUS_UNAVAILABLE);
	assert_int_equal(lstat(scratch_path("elsewhere"), &info), -1);
	writer_lock_release(&lock);
}

static int
take_as_nobody(void)
{
	struct writer_lock lock;

	if (!become_nobody())
		return 77;
	writer_lock_init(&lock, database);
	return (int)take(&lock, LONG);
}

static void
a_folder_that_cannot_be_written_is_unavailable(void **state UNUSED)
{
	int status;

	assert_int_equal(chmod(scratch, 0555), 0);
	status = in_child(take_as_nobody);
	assert_int_equal(chmod(scratch, 0755), 0);
	if (status == 77)
		skip();
	assert_int_equal(status, STATUS_UNAVAILABLE);
}

static void
what_root_makes_belongs_to_the_owner_of_the_folder(void **state UNUSED)
{
	struct writer_lock lock;
	struct stat info;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(scratch, 65534, 65533), 0);
	writer_lock_init(&lock, database);
	assert_int_equal(take(&lock, LONG), STATUS_OK);
	assert_int_equal(stat(lock.path, &info), 0);
	assert_int_equal(info.st_uid, 65534);
	assert_int_equal(info.st_gid, 65533);
	writer_lock_release(&lock);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_lock_file_lies_beside_the_database),
		TEST(it_may_be_taken_again_after_a_drop),
		TEST(the_second_one_gets_busy_at_its_deadline),
		TEST(release_lets_go_of_it),
		TEST(waiting_leaves_the_signals_as_they_were),
		TEST(processes_exclude_each_other),
		TEST(a_killed_holder_holds_nothing),
		TEST(writers_come_in_the_order_of_arrival),
		TEST(a_signal_does_not_end_the_wait),
		TEST(a_removed_file_is_made_anew),
		TEST(one_who_waits_for_a_removed_file_takes_the_new_one),
		TEST(a_missing_folder_is_unavailable),
		TEST(a_link_in_its_place_is_not_followed),
		TEST(a_folder_that_cannot_be_written_is_unavailable),
		TEST(what_root_makes_belongs_to_the_owner_of_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
