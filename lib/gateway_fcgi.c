/*
 * gateway_fcgi.c - requests by FastCGI, with libfcgi
 *
 * libfcgi speaks the protocol; accepting connections and taking signals is
 * done here. A signal that arrives inside libfcgi makes it return parameters
 * or bodies cut short as if they were whole, so no signal may arrive there:
 * all are blocked and read from a signalfd, which is polled together with
 * the listening socket. An accepted connection is handed to libfcgi in a
 * request that pretends to be kept alive, because FCGX_Accept_r would close
 * it otherwise. Connections are never really kept alive: one that is pins a
 * single-threaded worker.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "clock.h"
#include "gateway.h"
#include "log.h"
#include "mem.h"

/* How long to wait when the system is short of descriptors or memory. */
#define SHORTAGE_WAIT_MS 100

/* What a fresh socket takes without waiting, on every system. */
#define TAKEN_AT_ONCE 4096

struct gateway_fcgi {
	struct gateway base;	/* first */
	FCGX_Request request;
	int listen_fd;
	int signal_fd;
	int io_timeout_ms;
	size_t written;		/* to this connection */
};

/*
 * Wait until a connection can be accepted, or `timeout_ms` (-1: for ever).
 * STATUS_GONE when a signal asked us to end.
 */
static enum status
wait_for_connection(struct gateway_fcgi *fcgi, nfds_t count, int timeout_ms)
{
	struct pollfd ready[2] = {
		{ .fd = fcgi->signal_fd, .events = POLLIN },
		{ .fd = fcgi->listen_fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	if (poll(ready, count, timeout_ms) < 0 && errno != EINTR) {
		log_error("cannot wait for a connection: %s",
		    strerror(errno));
		return STATUS_INTERNAL;
	}
	if (ready[0].revents == 0)
		return STATUS_OK;
	if (read(fcgi->signal_fd, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info))
		log_debug("signal %u: ending", info.ssi_signo);
	return STATUS_GONE;
}

/* A silent peer must not hold the worker: SO_RCVTIMEO or SO_SNDTIMEO. */
static void
set_timeout(struct gateway_fcgi *fcgi, int fd, int option)
{
	struct timeval limit = {
		.tv_sec = fcgi->io_timeout_ms / 1000,
		.tv_usec = fcgi->io_timeout_ms % 1000 * 1000,
	};

	(void)setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit));
}

/* How many milliseconds are left until `end`; -1 stays -1: no end. */
static int
time_left(int64_t end)
{
	int64_t left = end - clock_ms();

	if (end < 0)
		return -1;
	if (left > INT_MAX)
		return INT_MAX;
	return left > 0 ? (int)left : 0;
}

/*
 * The next connection into *fd; or STATUS_BUSY, none by the moment `end`;
 * STATUS_GONE; STATUS_INTERNAL.
 */
static enum status
accept_connection(struct gateway_fcgi *fcgi, int64_t end, int *fd)
{
	enum status status;
	int left;

	for (;;) {
		left = time_left(end);
		status = wait_for_connection(fcgi, 2, left);
		if (status != STATUS_OK)
			return status;
		*fd = accept4(fcgi->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (*fd >= 0) {
			set_timeout(fcgi, *fd, SO_RCVTIMEO);
			return STATUS_OK;
		}
		switch (errno) {
		case EMFILE:
		case ENFILE:
		case ENOMEM:
		case ENOBUFS:
			log_warn("cannot accept a connection now: %s",
			    strerror(errno));
			status = wait_for_connection(fcgi, 1,
			    SHORTAGE_WAIT_MS);
			if (status != STATUS_OK)
				return status;
			break;
		case EBADF:
		case EINVAL:
		case ENOTSOCK:
		case EOPNOTSUPP:
			log_error("cannot accept connections: %s",
			    strerror(errno));
			return STATUS_INTERNAL;
		default:
			/* None came; another worker took it; it left. */
			if (left == 0)
				return STATUS_BUSY;
			break;
		}
	}
}

static enum status
fcgi_next(struct gateway *gateway, int wait_ms)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;
	FCGX_Request *request = &fcgi->request;
	int64_t end = wait_ms < 0 ? -1 : clock_ms() + wait_ms;
	enum status status;
	int fd, error;

	for (;;) {
		status = accept_connection(fcgi, end, &fd);
		if (status != STATUS_OK)
			return status;
		gateway->deadline = clock_ms() + fcgi->io_timeout_ms;
		fcgi->written = 0;
		request->ipcFd = fd;
		request->keepConnection = 1;
		request->listen_sock = -1;
		error = FCGX_Accept_r(request);
		request->keepConnection = 0;
		/*
		 * On failure libfcgi has closed the connection and then
		 * failed to accept another one from descriptor -1.
		 */
		if (error != 0) {
			log_info("dropped a connection that spoke no "
			    "FastCGI or fell silent");
			continue;
		}
		if (FCGX_GetError(request->in) == 0)
			return STATUS_OK;
		log_info("dropped a request whose parameters were cut short");
		FCGX_Finish_r(request);
	}
}

static const char *
fcgi_param(struct gateway *gateway, const char *name)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	return FCGX_GetParam(name, fcgi->request.envp);
}

static enum status
fcgi_read(struct gateway *gateway, void *data, size_t size, size_t *n)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;
	int step = size > INT32_MAX ? INT32_MAX : (int)size, got;

	got = FCGX_GetStr(data, step, fcgi->request.in);
	if (got < 0 || FCGX_GetError(fcgi->request.in) != 0)
		return STATUS_GONE;
	*n = (size_t)got;
	return STATUS_OK;
}

/*
 * Before `len` more bytes are written. A short answer, which most are, cannot
 * have to wait, and is spared the call.
 */
static void
limit_writing(struct gateway_fcgi *fcgi, size_t len)
{
	bool limited = fcgi->written > TAKEN_AT_ONCE;

	fcgi->written += len;
	if (!limited && fcgi->written > TAKEN_AT_ONCE)
		set_timeout(fcgi, fcgi->request.ipcFd, SO_SNDTIMEO);
}

static enum status
fcgi_write(struct gateway *gateway, const void *data, size_t len)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;
	const char *p = data;

	limit_writing(fcgi, len);
	while (len > 0) {
		int step = len > INT32_MAX ? INT32_MAX : (int)len;

		if (FCGX_PutStr(p, step, fcgi->request.out) != step)
			return STATUS_GONE;
		p += step;
		len -= (size_t)step;
	}
	return STATUS_OK;
}

static void
fcgi_log(struct gateway *gateway, const char *line, size_t len)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	if (fcgi->request.err == NULL)
		return;
	limit_writing(fcgi, len);
	(void)FCGX_PutStr(line, (int)len, fcgi->request.err);
}

static void
fcgi_finish(struct gateway *gateway)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	FCGX_Finish_r(&fcgi->request);
}

static void
fcgi_free(struct gateway *gateway)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	FCGX_Finish_r(&fcgi->request);
	(void)close(fcgi->signal_fd);
	free(fcgi);
}

static const struct gateway_ops fcgi_ops = {
	.name = "fastcgi",
	.next = fcgi_next,
	.param = fcgi_param,
	.read = fcgi_read,
	.write = fcgi_write,
	.log = fcgi_log,
	.finish = fcgi_finish,
	.free = fcgi_free,
	.marks_end = true,
	.serves_one = false,
};

/* Block every signal; the ones that ask us to end come by descriptor. */
static int
open_signals(void)
{
	sigset_t all, ending;

	(void)sigfillset(&all);
	(void)sigemptyset(&ending);
	(void)sigaddset(&ending, SIGTERM);
	(void)sigaddset(&ending, SIGINT);
	(void)sigaddset(&ending, SIGHUP);
	(void)sigaddset(&ending, SIGUSR1);
	if (sigprocmask(SIG_SETMASK, &all, NULL) != 0)
		return -1;
	return signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
}

struct gateway *
gateway_fcgi_new(int listen_fd, int io_timeout_ms)
{
	struct gateway_fcgi *fcgi = mem_zalloc(sizeof(*fcgi));
	int flags;

	fcgi->base.ops = &fcgi_ops;
	fcgi->listen_fd = listen_fd;
	fcgi->io_timeout_ms = io_timeout_ms;
	fcgi->signal_fd = open_signals();
	if (fcgi->signal_fd < 0) {
		log_error("cannot take signals: %s", strerror(errno));
		goto fail;
	}
	/* Several workers are woken for one connection; one gets it. */
	flags = fcntl(listen_fd, F_GETFL);
	if (flags < 0 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		log_error("cannot make the socket non-blocking: %s",
		    strerror(errno));
		goto fail;
	}
	if (FCGX_Init() != 0 ||
	    FCGX_InitRequest(&fcgi->request, -1, 0) != 0) {
		log_error("cannot initialise libfcgi");
		goto fail;
	}
	fcgi->request.ipcFd = -1;
	/* After FCGX_Init, which installs a handler of its own. */
	(void)signal(SIGPIPE, SIG_IGN);
	return &fcgi->base;
fail:
	if (fcgi->signal_fd >= 0)
		(void)close(fcgi->signal_fd);
	free(fcgi);
	return NULL;
}
