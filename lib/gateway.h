/*
 * gateway.h - how a request reaches us
 *
 * The Common Gateway Interface (RFC 3875) and FastCGI carry the same things:
 * parameters, a body, an answer, an error log. One struct of functions hides
 * which of the two it is. A program serves with
 *
 *	while (gateway_next(gateway, -1) == STATUS_OK) {
 *		...gateway_param, gateway_read, gateway_write...
 *		gateway_finish(gateway);
 *	}
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include "compat.h"
#include "status.h"

struct gateway {
	const struct gateway_ops *ops;
	int64_t deadline;	/* see gateway_deadline */
};

struct gateway_ops {
	const char *name;	/* "cgi" or "fastcgi" */
	enum status (*next)(struct gateway *, int wait_ms);
	const char *(*param)(struct gateway *, const char *name);
	enum status (*read)(struct gateway *, void *, size_t, size_t *);
	enum status (*write)(struct gateway *, const void *, size_t);
	void (*log)(struct gateway *, const char *, size_t);
	void (*finish)(struct gateway *);
	void (*free)(struct gateway *);
	bool marks_end;		/* read knows the end without a length */
	bool serves_one;	/* the process ends after one request */
};

/*
 * An answer may go on after the deadline, for as long as the peer takes so
 * much of it in that time.
 */
#define GATEWAY_ANSWER_STEP 65536
#define GATEWAY_ANSWER_STEP_MS 1000

/*
 * Plain CGI: the environment, descriptors 0, 1 and 2; one request, which has
 * answer_timeout_ms from now on. After that a read fails, and a write to a
 * peer that takes nothing. SIGTERM, SIGINT and SIGHUP wait until the process
 * is done.
 */
struct gateway *gateway_cgi_new(int answer_timeout_ms) FRESH;

/*
 * FastCGI on the listening socket `listen_fd`, which several workers may
 * share. Blocks all signals in this process and takes them from a signalfd,
 * so that SIGTERM, SIGINT, SIGHUP and SIGUSR1 end the loop between two
 * requests; only SIGRTMIN comes as a signal, after which system calls go on
 * (see gateway_watch.h). A request has answer_timeout_ms from when its
 * connection was accepted: one that is not read by then is dropped, however
 * its bytes come, and so is a peer that does not take its answer. NULL when
 * the system refuses something, with a log line.
 */
struct gateway *gateway_fcgi_new(int listen_fd, int answer_timeout_ms)
    MUST_USE;

/* Is the descriptor a socket that accepts connections? */
bool gateway_is_listening(int fd);

/*
 * Wait for the next request, for wait_ms at most; -1: for ever. STATUS_OK:
 * there is one, to be finished with gateway_finish. STATUS_BUSY: none came
 * in that time, so that the caller can do something in between; in CGI it
 * never happens. STATUS_GONE: no more to come, an orderly end.
 * STATUS_INTERNAL: no connection can be accepted any more; logged.
 */
enum status gateway_next(struct gateway *gateway, int wait_ms) MUST_USE;

/*
 * When the present request must have been answered, by clock_ms(): its
 * connection was accepted (in CGI the process began) so much earlier as the
 * gateway was given for a request.
 */
int64_t gateway_deadline(const struct gateway *gateway);

/* The CGI parameter, or NULL. Borrowed until gateway_finish. */
const char *gateway_param(struct gateway *gateway, const char *name);

/*
 * Read up to `size` bytes of the body; *n is how many came, 0 at its end.
 * STATUS_OK, or STATUS_GONE when the peer left or its time is over.
 */
enum status gateway_read(struct gateway *gateway, void *data, size_t size,
    size_t *n) MUST_USE;

/*
 * Does gateway_read report the end of the body by itself? FastCGI does. In
 * CGI the descriptor may stay open, and only CONTENT_LENGTH tells.
 */
bool gateway_marks_end(const struct gateway *gateway);

/* Does the process serve but one request? In CGI it does. */
bool gateway_serves_one(const struct gateway *gateway);

/* Write part of the CGI response; STATUS_OK or STATUS_GONE. */
enum status gateway_write(struct gateway *gateway, const void *data,
    size_t len) MUST_USE;

/* Put a line (without newline) into the web server's error log. */
void gateway_log(struct gateway *gateway, const char *line, size_t len);

/*
 * The request is over: send what is buffered, forget its parameters. What
 * the peer has not taken in time is lost.
 */
void gateway_finish(struct gateway *gateway);

/* Takes NULL. Does not close the listening socket. */
void gateway_free(struct gateway *gateway);

#endif
