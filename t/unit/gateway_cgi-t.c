/*
 * gateway_cgi-t.c - tests of gateway.h as plain CGI has it
 *
 * Plain CGI is the process itself: its environment, its descriptors 0, 1 and
 * 2, its signals. So each case runs in a child with pipes in their place.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <poll.h>
#include <sys/socket.h>

#include "clock.h"
#include "gateway.h"
#include "scratch.h"

#define LONG 60000

/* The parent's ends. */
static int to_child, from_child, log_of_child;
/* The child's ends. */
static int in[2], out[2], err[2];

/*
 * Start `body` with the three pipes, and `text` in the first. In the child a
 * failed check ends it with the line's number, cut to a byte; 0 is success.
 */
static pid_t
start_with(int (*body)(void), const char *text)
{
	pid_t pid;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(write(in[1], text, strlen(text)),
	    (ssize_t)strlen(text));
	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(err), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(90);
		(void)dup2(in[0], STDIN_FILENO);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(err[1], STDERR_FILENO);
		(void)close(in[0]);
		(void)close(in[1]);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)close(err[0]);
		(void)close(err[1]);
		end_child(body());
	}
	(void)close(in[0]);
	(void)close(out[1]);
	(void)close(err[1]);
	to_child = in[1];
	from_child = out[0];
	log_of_child = err[0];
	return pid;
}

static pid_t
start(int (*body)(void))
{
	return start_with(body, "");
}

#define CHECK(condition)					\
	do {							\
		if (!(condition))				\
			return __LINE__ % 255 + 1;		\
	} while (0)

static void
send_text(const char *text)
{
	assert_int_equal(write(to_child, text, strlen(text)),
	    (ssize_t)strlen(text));
}

/* All that comes until the other end is closed. */
static size_t
receive(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return len;
}

static void
finish(pid_t pid)
{
	int status = child_status(pid);

	if (to_child >= 0)
		(void)close(to_child);
	(void)close(from_child);
	(void)close(log_of_child);
	if (status != 0)
		fail_msg("the child ended with %d (line modulo 255, plus 1)",
		    status);
}

static void
hang_up(void)
{
	(void)close(to_child);
	to_child = -1;
}

static int
serve_twice(void)
{
	int64_t before = clock_ms() + LONG;
	struct gateway *gateway = gateway_cgi_new(LONG);

	CHECK(gateway_deadline(gateway) >= before);
	CHECK(gateway_deadline(gateway) <= clock_ms() + LONG);
	CHECK(strcmp(gateway->ops->name, "cgi") == 0);
	CHECK(!gateway_marks_end(gateway));
	CHECK(gateway_next(gateway, -1) == STATUS_OK);
	gateway_finish(gateway);
	CHECK(gateway_next(gateway, -1) == STATUS_GONE);
	CHECK(gateway_next(gateway, 0) == STATUS_GONE);
	gateway_free(gateway);
	gateway_free(NULL);
	return 0;
}

static void
there_is_exactly_one_request(void **state UNUSED)
{
	finish(start(serve_twice));
}

static int
look_at_parameters(void)
{
	struct gateway *gateway = gateway_cgi_new(LONG);

	CHECK(setenv("REQUEST_METHOD", "PATCH", 1) == 0);
	CHECK(setenv("HTTP_EMPTY", "", 1) == 0);
	CHECK(unsetenv("REQUEST_URI") == 0);
	CHECK(strcmp(gateway_param(gateway, "REQUEST_METHOD"), "PATCH") == 0);
	CHECK(strcmp(gateway_param(gateway, "HTTP_EMPTY"), "") == 0);
	CHECK(gateway_param(gateway, "REQUEST_URI") == NULL);
	gateway_free(gateway);
	return 0;
}

static void
parameters_are_the_environment(void **state UNUSED)
{
	finish(start(look_at_parameters));
}

static int
echo(void)
{
	struct gateway *gateway = gateway_cgi_new(LONG);
	char data[7];
	size_t n;

	CHECK(gateway_next(gateway, -1) == STATUS_OK);
	do {
		n = 99;
		CHECK(gateway_read(gateway, data, sizeof(data), &n) ==
		    STATUS_OK);
		CHECK(n <= sizeof(data));
		CHECK(gateway_write(gateway, data, n) == STATUS_OK);
	} while (n > 0);
	/* The end stays the end. */
	CHECK(gateway_read(gateway, data, sizeof(data), &n) == STATUS_OK);
	CHECK(n == 0);
	gateway_finish(gateway);
	gateway_free(gateway);
	return 0;
}

static void
the_body_comes_from_0_and_the_answer_goes_to_1(void **state UNUSED)
{
	pid_t pid = start(echo);
	char text[256];

	send_text("a body in ");
	send_text("");
	send_text("several pieces");
	hang_up();
	(void)receive(from_child, text, sizeof(text));
	assert_string_equal(text, "a body in several pieces");
	finish(pid);
}

/* Declare `length`, read so much of it, finish; does something lie there? */
static int
leave_unread(const char *length, size_t read_before, bool is_left)
{
	struct gateway *gateway = gateway_cgi_new(LONG);
	struct pollfd ready = { .fd = STDIN_FILENO, .events = POLLIN };
	char data[100];
	size_t n;

	CHECK(length == NULL ? unsetenv("CONTENT_LENGTH") == 0
	    : setenv("CONTENT_LENGTH", length, 1) == 0);
	if (read_before > 0)
		CHECK(gateway_read(gateway, data, read_before, &n) ==
		    STATUS_OK && n == read_before);
	gateway_finish(gateway);
	CHECK(poll(&ready, 1, 0) == (is_left ? 1 : 0));
	gateway_free(gateway);
	return 0;
}

static int
read_nothing_of_it(void)
{
	return leave_unread("9000", 0, false);
}

static int
read_some_of_it(void)
{
	return leave_unread("9000", 100, false);
}

static int
declare_nothing(void)
{
	return leave_unread(NULL, 0, true);
}

static int
declare_no_number(void)
{
	return leave_unread("9000x", 0, true);
}

static int
declare_one_byte(void)
{
	return leave_unread("1", 0, true);
}

static void
what_was_declared_and_not_read_is_taken_at_the_end(void **state UNUSED)
{
	static int (*const bodies[])(void) = {
		read_nothing_of_it, read_some_of_it, declare_nothing,
		declare_no_number, declare_one_byte,
	};
	char body[9001];
	size_t i;

	memset(body, 'b', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	for (i = 0; i < COUNT_OF(bodies); i++) {
		/* In the pipe before the child looks; and it stays open. */
		pid_t pid = start_with(bodies[i], body);

		finish(pid);
	}
}

static int
wait_in_vain(void)
{
	struct gateway *gateway = gateway_cgi_new(30);
	char data[16];
	size_t n = 0;

	CHECK(gateway_read(gateway, data, sizeof(data), &n) == STATUS_OK);
	CHECK(n == 4);
	CHECK(gateway_read(gateway, data, sizeof(data), &n) == STATUS_GONE);
	gateway_free(gateway);
	return 0;
}

static void
a_peer_that_falls_silent_is_gone(void **state UNUSED)
{
	pid_t pid = start(wait_in_vain);

	/* All in the pipe before the child looks, then nothing more. */
	send_text("half");
	finish(pid);
}

static int
read_nothing(void)
{
	struct gateway *gateway = gateway_cgi_new(LONG);
	char data[16];
	size_t n;

	(void)close(STDIN_FILENO);
	CHECK(gateway_read(gateway, data, sizeof(data), &n) == STATUS_GONE);
	gateway_free(gateway);
	return 0;
}

static void
without_a_descriptor_there_is_no_body(void **state UNUSED)
{
	finish(start(read_nothing));
}

static char large[1 << 20];

static int
write_a_lot(void)
{
	struct gateway *gateway = gateway_cgi_new(LONG);

	CHECK(gateway_write(gateway, large, sizeof(large)) == STATUS_OK);
	CHECK(gateway_write(gateway, large, 0) == STATUS_OK);
	gateway_free(gateway);
	return 0;
}

static int
write_a_lot_without_blocking(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	CHECK(fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK) == 0);
	return write_a_lot();
}

static void
an_answer_larger_than_the_pipe_arrives_whole(void **state UNUSED)
{
	static int (*const bodies[])(void) = {
		write_a_lot, write_a_lot_without_blocking
	};
	static char got[sizeof(large) + 1];
	size_t i;

	for (i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 31 % 251);
	for (i = 0; i < COUNT_OF(bodies); i++) {
		pid_t pid = start(bodies[i]);

		assert_int_equal(receive(from_child, got, sizeof(got)),
		    sizeof(large));
		assert_memory_equal(got, large, sizeof(large));
		finish(pid);
	}
}

static int
write_to_nobody(void)
{
	struct gateway *gateway = gateway_cgi_new(LONG);
	char go;
	size_t n;

	/* Wait until the reader has left. */
	CHECK(gateway_read(gateway, &go, 1, &n) == STATUS_OK && n == 1);
	CHECK(gateway_write(gateway, "x", 1) == STATUS_GONE);
	gateway_free(gateway);
	return 0;
}

static void
a_peer_that_left_is_gone_and_no_signal_kills(void **state UNUSED)
{
	pid_t pid = start(write_to_nobody);

	(void)close(from_child);
	send_text("!");
	from_child = open("/dev/null", O_RDONLY);
	finish(pid);
}

static int
log_lines(void)
{
	struct gateway *gateway = gateway_cgi_new(LONG);

	gateway_log(gateway, "one line and more", 8);
	gateway_log(gateway, "100%s", 5);
	gateway_free(gateway);
	return 0;
}

static void
log_lines_go_to_2_and_not_into_the_answer(void **state UNUSED)
{
	pid_t pid = start(log_lines);
	char text[256];

	(void)receive(log_of_child, text, sizeof(text));
	assert_string_equal(text, "one line\n100%s\n");
	(void)receive(from_child, text, sizeof(text));
	assert_string_equal(text, "");
	finish(pid);
}

static int
signal_itself(void)
{
	static const int held[] = { SIGTERM, SIGINT, SIGHUP };
	struct gateway *gateway = gateway_cgi_new(LONG);
	sigset_t pending;
	size_t i;

	for (i = 0; i < COUNT_OF(held); i++)
		CHECK(kill(getpid(), held[i]) == 0);
	/* Still alive, and the answer goes out. */
	CHECK(gateway_write(gateway, "answer", 6) == STATUS_OK);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &pending) == 0);
	CHECK(sigismember(&pending, SIGALRM) == 0);
	CHECK(sigismember(&pending, SIGUSR1) == 0);
	CHECK(sigismember(&pending, SIGCHLD) == 0);
	CHECK(sigpending(&pending) == 0);
	for (i = 0; i < COUNT_OF(held); i++)
		CHECK(sigismember(&pending, held[i]) == 1);
	CHECK(kill(getpid(), SIGPIPE) == 0);
	gateway_free(gateway);
	return 0;
}

static void
signals_wait_until_the_process_is_done(void **state UNUSED)
{
	pid_t pid = start(signal_itself);
	char text[64];

	(void)receive(from_child, text, sizeof(text));
	assert_string_equal(text, "answer");
	finish(pid);
}

static void
only_a_listening_socket_is_one(void **state UNUSED)
{
	int pair[2], ends[2], fd;

	assert_int_equal(pipe(ends), 0);
	assert_false(gateway_is_listening(ends[0]));
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_false(gateway_is_listening(pair[0]));
	(void)close(pair[0]);
	(void)close(pair[1]);
	fd = open("/dev/null", O_RDWR);
	assert_false(gateway_is_listening(fd));
	(void)close(fd);
	assert_false(gateway_is_listening(-1));
	/* Bound by the kernel to a name of its own choice. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_false(gateway_is_listening(fd));
	assert_int_equal(bind(fd, &(struct sockaddr){
	    .sa_family = AF_UNIX }, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_true(gateway_is_listening(fd));
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_exactly_one_request),
		cmocka_unit_test(parameters_are_the_environment),
		cmocka_unit_test(
		    the_body_comes_from_0_and_the_answer_goes_to_1),
		cmocka_unit_test(
		    what_was_declared_and_not_read_is_taken_at_the_end),
		cmocka_unit_test(a_peer_that_falls_silent_is_gone),
		cmocka_unit_test(without_a_descriptor_there_is_no_body),
		cmocka_unit_test(an_answer_larger_than_the_pipe_arrives_whole),
		cmocka_unit_test(a_peer_that_left_is_gone_and_no_signal_kills),
		cmocka_unit_test(log_lines_go_to_2_and_not_into_the_answer),
		cmocka_unit_test(signals_wait_until_the_process_is_done),
		cmocka_unit_test(only_a_listening_socket_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
