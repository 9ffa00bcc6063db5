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
 * single-threaded worker. The one signal that may arrive is that of
 * gateway_watch.h, which keeps peers to their time without libfcgi noticing.
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
#include <unistd.h>

#include <fcgiapp.h>

#include "clock.h"
#include "gateway.h"
#include "gateway_watch.h"
#include "log.h"
#include "mem.h"

/* How long to wait when the system is short of descriptors or memory. */
#define SHORTAGE_WAIT_MS 100

struct gateway_fcgi {
	struct gateway base;	/* first */
	FCGX_Request request;
	int listen_fd;
	int signal_fd;
	int answer_timeout_ms;
};

/*
 * Wait until a connection can be accepted, or `timeout_ms` (-1: for ever).
 * STATUS_OK, also when a signal came in between; STATUS_BUSY: nothing came;
 * STATUS_GONE: a signal asked us to end.
 */
static enum status
wait_for_connection(struct gateway_fcgi *fcgi, nfds_t count, int timeout_ms)
{
	struct pollfd ready[2] = {
		{ .fd = fcgi->signal_fd, .events = POLLIN },
		{ .fd = fcgi->listen_fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int n = poll(ready, count, timeout_ms);

	if (n < 0 && errno != EINTR) {
		log_error("cannot wait for a connection: %s",
		    strerror(errno));
		return STATUS_INTERNAL;
	}
	if (n == 0)
		return STATUS_BUSY;
	if (ready[0].revents == 0)
		return STATUS_OK;
	if (read(fcgi->signal_fd, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info))
		log_debug("signal %u: ending", info.ssi_signo);
	return STATUS_GONE;
}

/* How many milliseconds are left until `end`; -1 stays -1: no end. */
static int
time_left(int64_t end)
{
	int64_t left = end - clock_ms();

	if (end < 0)
		return -1;
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

	for (;;) {
		status = wait_for_connection(fcgi, 2, time_left(end));
		if (status != STATUS_OK)
			return status;
		*fd = accept4(fcgi->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (*fd >= 0)
			return STATUS_OK;
		switch (errno) {
		case EMFILE:
		case ENFILE:
		case ENOMEM:
		case ENOBUFS:
			log_warn("cannot accept a connection now: %s",
			    strerror(errno));
			status = wait_for_connection(fcgi, 1,
			    SHORTAGE_WAIT_MS);
			if (status != STATUS_OK && status != STATUS_BUSY)
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
			/* Another worker took it, or the peer left. */
			break;
		}
	}
}

/* The clock of a request begins. */
static void
begin(struct gateway_fcgi *fcgi, int fd)
{
	fcgi->base.deadline = clock_ms() + fcgi->answer_timeout_ms;
	gateway_watch_begin(fd, fcgi->answer_timeout_ms);
}

/* Forget the request, having sent what there is to send. */
static void
end(struct gateway_fcgi *fcgi)
{
	gateway_watch_peer(true);
	FCGX_Finish_r(&fcgi->request);
	gateway_watch_end();
}

/* Let libfcgi read the parameters. True: there is a request, a whole one. */
static bool
take_in(struct gateway_fcgi *fcgi, int fd)
{
	FCGX_Request *request = &fcgi->request;
	int error;

	request->ipcFd = fd;
	request->keepConnection = 1;
	request->listen_sock = -1;
	gateway_watch_peer(true);
	error = FCGX_Accept_r(request);
	gateway_watch_peer(false);
	request->keepConnection = 0;
	/*
	 * On failure libfcgi has closed the connection and then failed to
	 * accept another one from descriptor -1.
	 */
	if (error != 0)
		gateway_watch_end();
	if (gateway_watch_has_cut())
		log_info("dropped a connection on which no request came "
		    "within %d ms", fcgi->answer_timeout_ms);
	else if (error != 0)
		log_info("dropped a connection that spoke no FastCGI or was "
		    "closed");
	else if (FCGX_GetError(request->in) != 0)
		log_info("dropped a request whose parameters were cut short");
	else
		return true;
	if (error == 0)
		end(fcgi);
	return false;
}

static enum status
fcgi_next(struct gateway *gateway, int wait_ms)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;
	int64_t end_of_wait = wait_ms < 0 ? -1 : clock_ms() + wait_ms;
	enum status status;
	int fd;

	do {
		status = accept_connection(fcgi, end_of_wait, &fd);
		if (status != STATUS_OK)
			return status;
		begin(fcgi, fd);
	} while (!take_in(fcgi, fd));
	return STATUS_OK;
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

	gateway_watch_peer(true);
	got = FCGX_GetStr(data, step, fcgi->request.in);
	gateway_watch_peer(false);
	if (gateway_watch_has_cut()) {
		log_info("dropped a request whose body had not come within "
		    "%d ms", fcgi->answer_timeout_ms);
		return STATUS_GONE;
	}
	if (got < 0 || FCGX_GetError(fcgi->request.in) != 0)
		return STATUS_GONE;
	*n = (size_t)got;
	return STATUS_OK;
}

/* Write in steps, of which each has its time. */
static enum status
put(const char *data, size_t len, FCGX_Stream *stream)
{
	while (len > 0) {
		int step = len > GATEWAY_ANSWER_STEP ? GATEWAY_ANSWER_STEP
		    : (int)len;
		int done;

		gateway_watch_allow(GATEWAY_ANSWER_STEP_MS);
		gateway_watch_peer(true);
		done = FCGX_PutStr(data, step, stream);
		gateway_watch_peer(false);
		if (done != step || gateway_watch_has_cut())
			return STATUS_GONE;
		data += step;
		len -= (size_t)step;
	}
	return STATUS_OK;
}

static enum status
fcgi_write(struct gateway *gateway, const void *data, size_t len)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	return put(data, len, fcgi->request.out);
}

static void
fcgi_log(struct gateway *gateway, const char *line, size_t len)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	/* Where this is not taken there is nobody else to be told. */
	if (fcgi->request.err != NULL) {
		enum status told UNUSED = put(line, len, fcgi->request.err);
	}
}

static void
fcgi_finish(struct gateway *gateway)
{
	end((struct gateway_fcgi *)gateway);
}

static void
fcgi_free(struct gateway *gateway)
{
	struct gateway_fcgi *fcgi = (struct gateway_fcgi *)gateway;

	end(fcgi);
	gateway_watch_close();
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
gateway_fcgi_new(int listen_fd, int answer_timeout_ms)
{
	struct gateway_fcgi *fcgi = mem_zalloc(sizeof(*fcgi));
	int flags;

	fcgi->base.ops = &fcgi_ops;
	fcgi->listen_fd = listen_fd;
	fcgi->answer_timeout_ms = answer_timeout_ms;
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
	if (!gateway_watch_open()) {
		log_error("cannot make a timer: %s", strerror(errno));
		goto fail;
	}
	return &fcgi->base;
fail:
	if (fcgi->signal_fd >= 0)
		(void)close(fcgi->signal_fd);
	free(fcgi);
	return NULL;
}
