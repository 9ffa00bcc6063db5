/*
 * scarce_worker.h - a worker in a child, refused memory while it serves
 *
 * The child serves one operation, while it is refused what refusal.h was told
 * to; then there is memory again, and it is asked for the list. What it
 * answered, and in whose code it crashed, is left in memory that the parent
 * sees.
 *
 * The gateway is one without a web server; or the one of a true worker, and
 * the parent is the web server.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef SCARCE_WORKER_H
#define SCARCE_WORKER_H

#include <execinfo.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "../../cgi-bin/worker.h"
#include "../unit/scratch.h"
#include "clock.h"
#include "fcgi_client.h"
#include "log.h"
#include "refusal.h"

#define ANSWER_MAX ((size_t)64 * 1024)
#define HANGS_AFTER_S 30

/* What parent and child both see. */
struct report {
	char crashed_in[256];	/* "" while it has not */
	enum status ended;	/* how worker_run did */
	bool is_over;		/* it did */
	size_t len[2];		/* of the answer, and of the list after it */
	char answers[2][ANSWER_MAX];
};

static struct report *report;

/* When memory is refused. */
enum when { AT_REQUEST, AT_START, AT_REPLAY };

struct operation {
	const char *name;
	enum when when;
	const char *method;
	const char *uri;
	const char *body;
	bool is_first;		/* there is no database yet */
	bool is_locked;		/* the database is, by somebody else */
	bool is_fastcgi;	/* with the gateway of a true worker */
};

/* What comes after each. */
static const struct operation look = {
	.method = "GET", .uri = "/api/updates",
};

/* The webhook of AT_REPLAY: until then, it is "waits" in the folder. */
#define SPOOLED "20260101T000000.000000000Z-00000000.webhook"

/* ----- The gateway, in the child ----- */

static struct {
	struct gateway base;	/* first */
	const struct operation *operation;
	const struct operation *request;	/* the present one */
	char length[24];	/* of its body */
	size_t taken;
	int turn;		/* which request, from 1 */
	int lock;		/* descriptor that holds the lock */
} gateway;

static void
set_request(const struct operation *request)
{
	gateway.request = request;
	gateway.taken = 0;
	(void)snprintf(gateway.length, sizeof(gateway.length), "%zu",
	    request->body == NULL ? 0 : strlen(request->body));
}

/* Where the database is locked, be the one who does it. */
static void
take_lock(void)
{
	gateway.lock = open(scratch_path("d.db.lock"), O_RDWR | O_CREAT,
	    0600);
	(void)flock(gateway.lock, LOCK_EX);
}

/* The operation itself: STATUS_BUSY sends the worker to its spool. */
static enum status
begin_operation(void)
{
	const struct operation *operation = gateway.operation;

	set_request(operation);
	if (operation->is_locked)
		take_lock();
	if (operation->when == AT_REPLAY)
		(void)rename(scratch_path("waits"),
		    scratch_path("spool/" SPOOLED));
	refusal.is_on = operation->when != AT_START;
	return operation->when == AT_REPLAY ? STATUS_BUSY : STATUS_OK;
}

static enum status
fake_next(struct gateway *base, int wait_ms UNUSED)
{
	refusal.is_on = false;
	base->deadline = clock_ms() + 60000;
	if (++gateway.turn == 1)
		return begin_operation();
	if (gateway.turn > 2)
		return STATUS_GONE;
	if (gateway.operation->is_locked)
		(void)close(gateway.lock);
	set_request(&look);
	return STATUS_OK;
}

static const char *
fake_param(struct gateway *base UNUSED, const char *name)
{
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return gateway.request->method;
	if (strcmp(name, "REQUEST_URI") == 0)
		return gateway.request->uri;
	if (strcmp(name, "CONTENT_LENGTH") == 0)
		return gateway.length;
	return NULL;
}

static enum status
fake_read(struct gateway *base UNUSED, void *data, size_t size, size_t *n)
{
	const char *body = gateway.request->body;
	size_t left = body == NULL ? 0 : strlen(body) - gateway.taken;

	*n = left < size ? left : size;
	if (*n > 0)
		(void)memcpy(data, body + gateway.taken, *n);
	gateway.taken += *n;
	return STATUS_OK;
}

static enum status
fake_write(struct gateway *base UNUSED, const void *data, size_t len)
{
	size_t *have = &report->len[gateway.turn - 1];

	if (*have + len >= ANSWER_MAX)
		return STATUS_GONE;
	(void)memcpy(report->answers[gateway.turn - 1] + *have, data, len);
	*have += len;
	return STATUS_OK;
}

/* A web server that has what it was given, but has not written it yet. */
static void
fake_log(struct gateway *base UNUSED, const char *line UNUSED,
    size_t len UNUSED)
{
}

static void
fake_finish(struct gateway *base UNUSED)
{
}

static const struct gateway_ops fake_ops = {
	.name = "fake", .next = fake_next, .param = fake_param,
	.read = fake_read, .write = fake_write, .log = fake_log,
	.finish = fake_finish, .marks_end = true,
};

/* ----- The same by FastCGI ----- */

static struct {
	struct sockaddr_un there;
	socklen_t size;
	int listening;
	struct gateway_ops ops;	/* those of the gateway, but one */
	enum status (*next)(struct gateway *, int);
} fastcgi;

/* From the first request on. */
static enum status
counted_next(struct gateway *base, int wait_ms)
{
	refusal.is_on = true;
	return fastcgi.next(base, wait_ms);
}

/* A fault of ours must be noticed: the gateway blocks all signals. */
static void
let_crashes_through(void)
{
	sigset_t ours;

	(void)sigfillset(&ours);
	(void)sigdelset(&ours, SIGSEGV);
	(void)sigdelset(&ours, SIGBUS);
	(void)sigdelset(&ours, SIGFPE);
	(void)sigdelset(&ours, SIGILL);
	(void)sigdelset(&ours, SIGABRT);
	(void)sigdelset(&ours, SIGRTMIN);
	(void)sigprocmask(SIG_SETMASK, &ours, NULL);
}

static struct gateway *
open_fastcgi(void)
{
	struct gateway *base = gateway_fcgi_new(fastcgi.listening, 60000);

	if (base == NULL)
		_exit(1);
	let_crashes_through();
	fastcgi.ops = *base->ops;
	fastcgi.next = base->ops->next;
	fastcgi.ops.next = counted_next;
	base->ops = &fastcgi.ops;
	base->deadline = clock_ms() + 60000;
	return base;
}

/* In the parent, as the web server. */
static void
send_request(const struct operation *request, int turn)
{
	struct buf out;

	buf_init(&out, ANSWER_MAX);
	fcgi_client_request(&out, request->method, request->uri,
	    request->body == NULL ? "" : request->body);
	fcgi_client_ask(&fastcgi.there, fastcgi.size, &out,
	    report->answers[turn], ANSWER_MAX);
	report->len[turn] = strlen(report->answers[turn]);
	buf_release(&out);
}

static void
be_web_server(const struct operation *operation, pid_t child)
{
	(void)close(fastcgi.listening);
	send_request(operation, 0);
	refusal_seen->is_over = true;
	send_request(&look, 1);
	(void)kill(child, SIGTERM);
}

/* ----- How it ends ----- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/*
 * Whose code it was: the C library only does as it is told. The first frame
 * is this function's own.
 */
static void
note_crash(int number)
{
	void *frames[32];
	int n = backtrace(frames, 32), i;
	Dl_info info;

	refusal.is_on = false;
	for (i = 1; i < n; i++) {
		if (dladdr(frames[i], &info) == 0 || strncmp(base_name(
		    info.dli_fname), "libc.", 5) == 0)
			continue;
		(void)snprintf(report->crashed_in,
		    sizeof(report->crashed_in), "%s+0x%lx",
		    base_name(info.dli_fname), (unsigned long)(
		    (char *)frames[i] - (char *)info.dli_fbase));
		break;
	}
	/* Once more, for good. */
	(void)raise(number);
}

static void
watch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL,
	    SIGABRT };
	struct sigaction action = {
		.sa_handler = note_crash, .sa_flags = (int)SA_RESETHAND,
	};
	const struct rlimit none = { 0, 0 };
	size_t i;

	(void)setrlimit(RLIMIT_CORE, &none);
	for (i = 0; i < COUNT_OF(signals); i++)
		(void)sigaction(signals[i], &action, NULL);
}

static void
be_worker(const struct operation *operation)
{
	static char path[PATH_MAX];
	struct config config = {
		.db_path = path, .body_limit = 65536,
		.busy_timeout_ms = operation->is_locked ? 1 : 1000,
		.io_timeout_ms = 60000,
	};
	int log = open(scratch_path("log"), O_WRONLY | O_CREAT | O_TRUNC,
	    0600);

	(void)dup2(log, STDERR_FILENO);
	(void)snprintf(path, sizeof(path), "%s", scratch_path("d.db"));
	log_open("memory-t", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	gateway.base.ops = &fake_ops;
	gateway.base.deadline = clock_ms() + 60000;
	gateway.operation = operation;
	watch_crashes();
	refusal.is_on = operation->when == AT_START;
	report->ended = worker_run(operation->is_fastcgi ? open_fastcgi()
	    : &gateway.base, &config);
	report->is_over = true;
	refusal.is_on = false;
	end_child(0);
}

static void
be_alarmed(int number UNUSED)
{
}

/* How the child ended; a hanging one is a fault. */
static int
wait_for(pid_t child)
{
	const struct sigaction wake = { .sa_handler = be_alarmed };
	bool hangs = false;
	int status;

	(void)sigaction(SIGALRM, &wake, NULL);
	(void)alarm(HANGS_AFTER_S);
	while (waitpid(child, &status, 0) != child) {
		assert_int_equal(errno, EINTR);
		(void)kill(child, SIGKILL);
		hangs = true;
	}
	(void)alarm(0);
	if (hangs)
		fail_msg("a worker hangs");
	return status;
}

/* ----- For the parent ----- */

/* -1 when there is no memory to share. */
static int
scarce_worker_init(void)
{
	void *frames[1];

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* The first time it loads a library. */
	(void)backtrace(frames, 1);
	return report == MAP_FAILED ? -1 : 0;
}

/*
 * Serve the operation from "d.db" in the scratch folder, where the child's
 * "log" is, too; what waitpid(2) says of it.
 */
static int
scarce_worker_run(const struct operation *operation)
{
	pid_t child;

	(void)memset(report, 0, offsetof(struct report, answers));
	if (operation->is_fastcgi)
		fastcgi.listening = fcgi_client_listen(&fastcgi.there,
		    &fastcgi.size);
	report->answers[0][0] = report->answers[1][0] = '\0';
	(void)fflush(NULL);
	child = fork();
	if (child == 0)
		be_worker(operation);
	assert_true(child > 0);
	if (operation->is_fastcgi)
		be_web_server(operation, child);
	return wait_for(child);
}

#endif
