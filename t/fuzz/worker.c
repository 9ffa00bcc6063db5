/*
 * worker.c - fuzz target: the whole worker, from parameters to the answer
 *
 * worker_run with all handlers and a database, which is emptied after each
 * request that changed it. No request may get an answer that is the worker's
 * own fault (5xx), and each answer is what HTTP and JSON say it must be.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <sqlite3.h>

#include "clock.h"
#include "fuzz_folder.h"
#include "fuzz_gateway.h"
#include "fuzz_thread.h"
#include "json_check.h"
#include "../../cgi-bin/worker.h"

#define BODY_LIMIT ((size_t)64 * 1024)
#define ANSWER_MAX ((size_t)1 << 24)

static struct {
	struct fuzz_gateway gateway;
	sem_t begun;		/* a request is there */
	sem_t done;
	sqlite3 *db;		/* a look from outside */
	sqlite3_stmt *version;
	int64_t seen;
} fuzz;

static enum status
next_request(struct gateway *gateway, int wait_ms UNUSED)
{
	static bool serving;

	if (serving)
		must(sem_post(&fuzz.done) == 0);
	serving = true;
	fuzz_wait(&fuzz.begun);
	gateway->deadline = clock_ms() + 60000;
	return STATUS_OK;
}

static void
log_nothing(struct gateway *gateway UNUSED, const char *line UNUSED,
    size_t len UNUSED)
{
}

static void
finish(struct gateway *gateway UNUSED)
{
}

static const struct gateway_ops marked = {
	.name = "fuzz", .next = next_request, .param = fuzz_param,
	.read = fuzz_read, .write = fuzz_write, .log = log_nothing,
	.finish = finish, .marks_end = true,
}, unmarked = {
	.name = "fuzz", .next = next_request, .param = fuzz_param,
	.read = fuzz_read, .write = fuzz_write, .log = log_nothing,
	.finish = finish, .marks_end = false,
};

static void *
run_worker(void *config)
{
	fuzz_leave_signals();
	(void)fprintf(stderr, "the worker ended: %s\n",
	    status_text(worker_run(&fuzz.gateway.base, config)));
	abort();
}

static int64_t
data_version(void)
{
	int64_t version;

	must(sqlite3_step(fuzz.version) == SQLITE_ROW);
	version = sqlite3_column_int64(fuzz.version, 0);
	must(sqlite3_reset(fuzz.version) == SQLITE_OK);
	return version;
}

/*
 * So that each input begins with the same: an empty database. The sequences
 * stay, so that no revision ever comes twice.
 */
static void
empty_database(void)
{
	static const char sql[] =
	    "BEGIN IMMEDIATE; DELETE FROM history; DELETE FROM host_updates;"
	    "DELETE FROM pushed_digests; DELETE FROM tag_assignments;"
	    "DELETE FROM tags; DELETE FROM updates; DELETE FROM replayed;"
	    "COMMIT;";

	if (data_version() == fuzz.seen)
		return;
	must(sqlite3_exec(fuzz.db, sql, NULL, NULL, NULL) == SQLITE_OK);
	fuzz.seen = data_version();
}

static void
open_database(void)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/diundash.db", fuzz_folder);
	must(sqlite3_open(path, &fuzz.db) == SQLITE_OK);
	must(sqlite3_exec(fuzz.db, "PRAGMA synchronous=OFF;"
	    "PRAGMA foreign_keys=OFF", NULL, NULL, NULL) == SQLITE_OK);
	must(sqlite3_prepare_v2(fuzz.db, "PRAGMA data_version", -1,
	    &fuzz.version, NULL) == SQLITE_OK);
	fuzz.seen = data_version();
}

/* The first header line of that name, behind its ": ", or NULL. */
static const char *
header(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (; head[0] != '\r'; head = strchr(head, '\n') + 1)
		if (strncmp(head, name, len) == 0 && head[len] == ':')
			return head + len + 2;
	return NULL;
}

static void
check_head(const char *head, size_t len)
{
	bool in_name = true;
	size_t i;

	for (i = 0; i < len; i++) {
		if (head[i] == '\r') {
			must(head[i + 1] == '\n');
			in_name = true;
			i++;
			continue;
		}
		if (head[i] == ':')
			in_name = false;
		must(head[i] >= 0x20 && head[i] < 0x7f);
		must(!in_name || head[i] == '-' || strchr("ABCDEFGHIJKLMNOPQ"
		    "RSTUVWXYZabcdefghijklmnopqrstuvwxyz", head[i]) != NULL);
	}
}

static void
check_answer(const struct buf *out)
{
	const char *method = fuzz_param(&fuzz.gateway.base,
	    "REQUEST_METHOD");
	const char *end, *body, *length, *status;
	bool is_head = method != NULL && strcmp(method, "HEAD") == 0;
	struct json_fault fault;
	size_t body_len;

	/* Who left gets no answer. */
	if (out->len == 0) {
		must(fuzz.gateway.leaves);
		return;
	}
	end = strstr(buf_text(out), "\r\n\r\n");
	must(end != NULL);
	check_head(out->data, (size_t)(end + 2 - out->data));
	status = header(out->data, "Status");
	must(status != NULL && strspn(status, "0123456789") == 3);
	must(status[0] == '2' || status[0] == '4' ||
	    strncmp(status, "304", 3) == 0);
	body = end + 4;
	body_len = out->len - (size_t)(body - out->data);
	length = header(out->data, "Content-Length");
	must(is_head || length == NULL ||
	    strtoull(length, NULL, 10) == body_len);
	must(length != NULL || body_len == 0);
	/* The list holds metadata of the whole depth, and is deeper. */
	if (body_len > 0 && json_check(body, body_len, JSON_DEPTH_MAX,
	    &fault) != STATUS_OK)
		must(strcmp(fault.reason, "the text is nested too deep") ==
		    0);
}

static void
start(void)
{
	static struct config config = {
		.body_limit = BODY_LIMIT, .busy_timeout_ms = 4000,
		.io_timeout_ms = 60000,
	};
	static char path[PATH_MAX];

	log_open("fuzz", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	fuzz_make_folder();
	(void)snprintf(path, sizeof(path), "%s/diundash.db", fuzz_folder);
	config.db_path = path;
	buf_init(&fuzz.gateway.out, ANSWER_MAX);
	fuzz.gateway.base.ops = &marked;
	must(sem_init(&fuzz.begun, 0, 0) == 0);
	must(sem_init(&fuzz.done, 0, 0) == 0);
	fuzz_start(run_worker, &config);
}

static void
serve(const uint8_t *data, size_t size)
{
	fuzz_gateway_begin(&fuzz.gateway, data, size);
	fuzz.gateway.base.ops = size > 0 && (data[0] & 1) ? &marked
	    : &unmarked;
	must(sem_post(&fuzz.begun) == 0);
	fuzz_wait(&fuzz.done);
	check_answer(&fuzz.gateway.out);
	fuzz_gateway_end(&fuzz.gateway);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A list of something, before the request and after it. */
	static const char look[] = "\1REQUEST_METHOD=GET\0"
	    "REQUEST_URI=/api/updates\0";

	if (fuzz.db == NULL) {
		start();
		serve((const uint8_t *)look, sizeof(look));
		open_database();
	}
	serve(data, size);
	if (data_version() != fuzz.seen)
		serve((const uint8_t *)look, sizeof(look));
	empty_database();
	return 0;
}
