/*
 * gateway_cgi.c - a request by plain CGI (RFC 3875)
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "gateway.h"
#include "mem.h"
#include "number.h"

/* The most of an unwanted body that is read to be thrown away. */
#define DRAIN_MAX (INT64_C(16) * 1024 * 1024)

struct gateway_cgi {
	struct gateway base;	/* first */
	bool served;
	int64_t taken;		/* bytes of the body so far */
};

static enum status
cgi_next(struct gateway *gateway, int wait_ms UNUSED)
{
	struct gateway_cgi *cgi = (struct gateway_cgi *)gateway;

	if (cgi->served)
		return STATUS_GONE;
	cgi->served = true;
	return STATUS_OK;
}

static const char *
cgi_param(struct gateway *gateway UNUSED, const char *name)
{
	return getenv(name);
}

/* Wait for the descriptor, until the deadline or for at_least_ms. */
static enum status
wait_for(int fd, short events, int64_t deadline, int at_least_ms)
{
	struct pollfd ready = { .fd = fd, .events = events };
	int64_t now = clock_ms();
	int n;

	if (deadline < now + at_least_ms)
		deadline = now + at_least_ms;
	do {
		int64_t left = deadline - clock_ms();

		n = poll(&ready, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? STATUS_OK : STATUS_GONE;
}

static enum status
cgi_read(struct gateway *gateway, void *data, size_t size, size_t *n)
{
	struct gateway_cgi *cgi = (struct gateway_cgi *)gateway;
	ssize_t got;

	do {
		if (wait_for(STDIN_FILENO, POLLIN, gateway->deadline, 0) !=
		    STATUS_OK)
			return STATUS_GONE;
		got = read(STDIN_FILENO, data, size);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return STATUS_GONE;
	*n = (size_t)got;
	cgi->taken += got;
	return STATUS_OK;
}

/*
 * A pipe or a connection is written without blocking, so that a peer that
 * does not read cannot hold the process. Each wait is for the next step: in
 * that time it must take something.
 */
static enum status
cgi_write(struct gateway *gateway, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t done = write(STDOUT_FILENO, p,
		    len < GATEWAY_ANSWER_STEP ? len : GATEWAY_ANSWER_STEP);

		if (done < 0 && errno == EAGAIN &&
		    wait_for(STDOUT_FILENO, POLLOUT, gateway->deadline,
		    GATEWAY_ANSWER_STEP_MS) == STATUS_OK)
			continue;
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return STATUS_GONE;
		p += done;
		len -= (size_t)done;
	}
	return STATUS_OK;
}

/* In CGI the web server's error log is descriptor 2. */
static void
cgi_log(struct gateway *gateway UNUSED, const char *line, size_t len)
{
	(void)fprintf(stderr, "%.*s\n", (int)len, line);
}

/*
 * Read what was declared and not wanted.  Apache's mod_cgid has a socket for
 * both directions; closed with something unread in it, it takes the end of
 * the answer along.
 */
static void
cgi_finish(struct gateway *gateway)
{
	struct gateway_cgi *cgi = (struct gateway_cgi *)gateway;
	const char *length = getenv("CONTENT_LENGTH");
	int64_t declared = 0;
	char drop[4096];
	size_t n;

	if (length == NULL || !number_parse(length, INT64_MAX, &declared))
		return;
	if (declared > DRAIN_MAX)
		declared = DRAIN_MAX;
	while (cgi->taken < declared &&
	    cgi_read(gateway, drop, sizeof(drop), &n) == STATUS_OK && n > 0)
		;
}

static void
cgi_free(struct gateway *gateway)
{
	free(gateway);
}

/* Not a terminal or a file: others may have the same one open. */
static void
write_without_blocking(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	struct stat out;

	if (flags >= 0 && fstat(STDOUT_FILENO, &out) == 0 &&
	    (S_ISFIFO(out.st_mode) || S_ISSOCK(out.st_mode)))
		(void)fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
}

static const struct gateway_ops cgi_ops = {
	.name = "cgi",
	.next = cgi_next,
	.param = cgi_param,
	.read = cgi_read,
	.write = cgi_write,
	.log = cgi_log,
	.finish = cgi_finish,
	.free = cgi_free,
	.marks_end = false,
	.serves_one = true,
};

struct gateway *
gateway_cgi_new(int answer_timeout_ms)
{
	struct gateway_cgi *cgi = mem_zalloc(sizeof(*cgi));
	sigset_t hold;

	(void)sigemptyset(&hold);
	(void)sigaddset(&hold, SIGTERM);
	(void)sigaddset(&hold, SIGINT);
	(void)sigaddset(&hold, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &hold, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	cgi->base.ops = &cgi_ops;
	cgi->base.deadline = clock_ms() + answer_timeout_ms;
	write_without_blocking();
	return &cgi->base;
}
