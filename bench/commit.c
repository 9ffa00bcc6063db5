/*
 * commit.c - the bare cost of what a webhook does in SQLite
 *
 * usage: commit [-l] [-r RANGE] [-w WRITERS] SECONDS DATABASE BODYFILE
 *        commit -d SECONDS FILE
 *
 * Writes the event of BODYFILE again and again into a database that diundash
 * has made, with the worker's statements, parameters and settings (WAL,
 * synchronous=FULL, BEGIN IMMEDIATE) and nothing else, from WRITERS
 * processes. "######" in the body becomes a number below RANGE. With -l each
 * transaction holds an flock on DATABASE.lock, as diundash does; without,
 * SQLite's own busy handler is all there is. With -d no SQLite at all: write
 * 4 kB and fdatasync, the disk's raw rate.
 *
 * Prints: commits per second, median and 99th percentile in seconds, fewest
 * and most commits of one writer, failed transactions.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event.h"

/* For its statements: so what is run is what the worker runs. */
#include "../lib/store_sqlite_updates.c"

struct options {
	bool lock, disk;
	long writers, range;
	double seconds;
	const char *path, *body_path;
};

/* A named parameter; a number where there is no text. */
struct value {
	const char *name, *text;
	int64_t number;
};

enum { VALUE_NOW, VALUE_ID };

/* What is written: one event, with another image each time. */
struct event_source {
	struct arena arena;
	struct diun_event event;
	char now[CLOCK_TEXT_SIZE];
	struct value values[32];
	char *numbers[3];	/* where the image's number stands */
};

/* A statement, and the value of each of its parameters. */
struct prepared {
	sqlite3_stmt *stmt;
	const struct value *values[32];
	int count;
};

/* The transaction of a webhook about an image that is pending already. */
enum { BEGIN, READ, NOTE, UPDATE, PUSH, HOST, COMMIT, STATEMENTS };

struct result {
	struct samples samples;
	size_t failed;
};

static void
must(sqlite3 *db, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE)
		return;
	(void)fprintf(stderr, "bench: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void
read_body(const char *path, char *body, size_t size)
{
	FILE *file = fopen(path, "r");

	if (file == NULL || fread(body, 1, size - 1, file) == 0)
		give_up(path);
	(void)fclose(file);
}

/* Parse the body as the worker does. */
static void
parse_body(struct event_source *source, const char *path)
{
	static char body[65536];
	const char *why = "?";
	char *number;

	read_body(path, body, sizeof(body));
	number = strstr(body, "######");
	if (number != NULL)
		memcpy(number, "000000", 6);
	arena_init(&source->arena);
	if (number == NULL || event_parse(&source->arena, body, strlen(body),
	    &source->event, &why) != STATUS_OK) {
		(void)fprintf(stderr, "bench: %s: %s\n", path, why);
		exit(1);
	}
}

/* The names are those that the store gives them. */
static void
name_values(struct event_source *source)
{
	const struct diun_event *e = &source->event;
	const struct value values[] = {
		[VALUE_NOW] = { ":now", source->now, 0 },
		[VALUE_ID] = { ":id", NULL, 0 },
		{ ":pending", NULL, 1 },
		{ ":current", NULL, 0 },
		{ ":actor", ACTOR_DIUN, 0 },
		{ ":action", "received", 0 },
		{ ":image", e->image, 0 },
		{ ":hostname", e->hostname, 0 },
		{ ":digest", e->digest, 0 },
		{ ":detail", e->body, 0 },
		{ ":event_reference", e->reference, 0 },
		{ ":event_diun_version", e->diun_version, 0 },
		{ ":event_status", e->status, 0 },
		{ ":event_provider", e->provider, 0 },
		{ ":event_hub_link", e->hub_link, 0 },
		{ ":event_mime_type", e->mime_type, 0 },
		{ ":event_digest", e->digest, 0 },
		{ ":event_created", e->created, 0 },
		{ ":event_platform", e->platform, 0 },
		{ ":event_ctn_names", e->ctn_names, 0 },
		{ ":event_ctn_id", e->ctn_id, 0 },
		{ ":event_ctn_state", e->ctn_state, 0 },
		{ ":event_ctn_status", e->ctn_status, 0 },
		{ ":event_metadata", e->metadata, 0 },
		{ ":event_containers", e->containers, 0 },
	};

	memcpy(source->values, values, sizeof(values));
}

static void
source_init(struct event_source *source, const char *path)
{
	const struct diun_event *e = &source->event;

	parse_body(source, path);
	clock_now(source->now);
	name_values(source);
	source->numbers[0] = strstr(e->image, "000000");
	source->numbers[1] = strstr(e->reference, "000000");
	source->numbers[2] = strstr(e->body, "000000");
}

static void
source_set_number(struct event_source *source, long number)
{
	char text[32];
	size_t i;

	(void)snprintf(text, sizeof(text), "%06ld", number);
	for (i = 0; i < COUNT_OF(source->numbers); i++)
		memcpy(source->numbers[i], text, 6);
}

static sqlite3 *
open_database(const char *path)
{
	sqlite3 *db = NULL;

	must(db, sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL));
	must(db, sqlite3_busy_timeout(db, 4000));
	must(db, sqlite3_exec(db, "PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", NULL, NULL,
	    NULL));
	return db;
}

static void
prepare(sqlite3 *db, const char *text, const struct event_source *source,
    struct prepared *out)
{
	int i;

	must(db, sqlite3_prepare_v2(db, text, -1, &out->stmt, NULL));
	out->count = sqlite3_bind_parameter_count(out->stmt);
	for (i = 0; i < out->count; i++) {
		const char *name = sqlite3_bind_parameter_name(out->stmt,
		    i + 1);
		const struct value *value = source->values;

		while (value->name != NULL && strcmp(value->name, name) != 0)
			value++;
		if (value->name == NULL)
			give_up(name);
		out->values[i] = value;
	}
}

static int
run(const struct prepared *prepared)
{
	int i, code;

	for (i = 0; i < prepared->count; i++) {
		const struct value *value = prepared->values[i];

		if (value->text == NULL)
			(void)sqlite3_bind_int64(prepared->stmt, i + 1,
			    value->number);
		else
			(void)sqlite3_bind_text(prepared->stmt, i + 1,
			    value->text, -1, SQLITE_STATIC);
	}
	code = sqlite3_step(prepared->stmt);
	(void)sqlite3_reset(prepared->stmt);
	return code == SQLITE_ROW ? SQLITE_DONE : code;
}

/* One webhook's transaction; false when SQLite gave up waiting. */
static bool
write_event(sqlite3 *db, struct event_source *source,
    const struct prepared statements[STATEMENTS])
{
	int i;

	if (run(&statements[BEGIN]) != SQLITE_DONE)
		return false;
	for (i = BEGIN + 1; i < STATEMENTS; i++) {
		must(db, run(&statements[i]));
		if (i == NOTE)
			source->values[VALUE_ID].number =
			    sqlite3_last_insert_rowid(db);
	}
	return true;
}

static int
open_lock(const struct options *options)
{
	char path[4096];
	int fd;

	if (!options->lock)
		return -1;
	(void)snprintf(path, sizeof(path), "%s.lock", options->path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		give_up(path);
	return fd;
}

static void
write_events(const struct options *options, long writer, double until,
    struct result *result)
{
	const char *const texts[STATEMENTS] = {
		[BEGIN] = "BEGIN IMMEDIATE", [READ] = sql[STATE_BEFORE],
		[NOTE] = note_statement(), [UPDATE] = sql[UPDATE_UPSERT],
		[PUSH] = sql[PUSHED_ADD], [HOST] = sql[HOST_UPSERT],
		[COMMIT] = "COMMIT",
	};
	struct event_source source = { 0 };
	struct prepared statements[STATEMENTS];
	sqlite3 *db = open_database(options->path);
	int fd = open_lock(options);
	double start;
	long i;

	source_init(&source, options->body_path);
	for (i = 0; i < STATEMENTS; i++)
		prepare(db, texts[i], &source, &statements[i]);
	for (i = writer; now() < until; i += options->writers) {
		source_set_number(&source, i % options->range);
		start = now();
		if (fd != -1 && flock(fd, LOCK_EX) != 0)
			give_up("flock");
		if (!write_event(db, &source, statements))
			result->failed++;
		if (fd != -1 && flock(fd, LOCK_UN) != 0)
			give_up("flock");
		samples_add(&result->samples, now() - start);
	}
	for (i = 0; i < STATEMENTS; i++)
		(void)sqlite3_finalize(statements[i].stmt);
	(void)sqlite3_close(db);
	arena_release(&source.arena);
	if (fd != -1)
		(void)close(fd);
}

static void
write_disk(const struct options *options, double until, struct result *result)
{
	static char page[4096 + 24];
	int fd = open(options->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	double start;
	off_t at = 0;

	if (fd == -1)
		give_up(options->path);
	while (now() < until) {
		start = now();
		if (pwrite(fd, page, sizeof(page), at) != sizeof(page) ||
		    fdatasync(fd) != 0)
			give_up(options->path);
		samples_add(&result->samples, now() - start);
		at = (at + (off_t)sizeof(page)) % (4 << 20);
	}
	(void)close(fd);
	(void)unlink(options->path);
}

/* What a writer measured goes to the parent through a temporary file. */
static void
hand_over(FILE *file, const struct result *result)
{
	if (fwrite(result->samples.values, sizeof(double),
	    result->samples.count, file) != result->samples.count ||
	    fflush(file) != 0)
		give_up("temporary file");
	exit(result->failed > 255 ? 255 : (int)result->failed);
}

static size_t
take_over(FILE *file, struct samples *all)
{
	size_t count = 0;
	double value;

	rewind(file);
	while (fread(&value, sizeof(value), 1, file) == 1) {
		samples_add(all, value);
		count++;
	}
	(void)fclose(file);
	return count;
}

static void
run_writers(const struct options *options, double until)
{
	struct samples all = { 0 };
	size_t least = SIZE_MAX, most = 0, failed = 0, count;
	FILE **files = calloc((size_t)options->writers, sizeof(*files));
	pid_t *pids = calloc((size_t)options->writers, sizeof(*pids));
	int status;
	long i;

	if (files == NULL || pids == NULL)
		give_up("calloc");
	for (i = 0; i < options->writers; i++) {
		struct result result = { 0 };

		files[i] = tmpfile();
		if (files[i] == NULL || (pids[i] = fork()) == -1)
			give_up("fork");
		if (pids[i] == 0) {
			if (options->disk)
				write_disk(options, until, &result);
			else
				write_events(options, i, until, &result);
			hand_over(files[i], &result);
		}
	}
	for (i = 0; i < options->writers; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] ||
		    !WIFEXITED(status))
			give_up("writer");
		failed += (size_t)WEXITSTATUS(status);
		count = take_over(files[i], &all);
		least = count < least ? count : least;
		most = count > most ? count : most;
	}
	samples_sort(&all);
	(void)printf("%.1f %.9f %.9f %zu %zu %zu\n",
	    (double)all.count / options->seconds,
	    samples_at(&all, 0.5), samples_at(&all, 0.99), least, most,
	    failed);
	free(all.values);
	free(files);
	free(pids);
}

int
main(int argc, char **argv)
{
	struct options options = { .writers = 1, .range = 1000 };
	int c;

	while ((c = getopt(argc, argv, "dlr:w:")) != -1) {
		switch (c) {
		case 'd':
			options.disk = true;
			break;
		case 'l':
			options.lock = true;
			break;
		case 'r':
			options.range = number(optarg);
			break;
		case 'w':
			options.writers = number(optarg);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != (options.disk ? 2 : 3)) {
		(void)fputs("usage: commit [-l] [-r RANGE] [-w WRITERS] "
		    "SECONDS DATABASE BODYFILE\n"
		    "       commit -d SECONDS FILE\n", stderr);
		return 2;
	}
	options.seconds = seconds(argv[optind]);
	options.path = argv[optind + 1];
	options.body_path = argv[optind + 2];
	run_writers(&options, now() + options.seconds);
	return 0;
}
