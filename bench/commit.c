/*
 * commit.c - the bare cost of what a webhook does in SQLite
 *
 * usage: commit [-l] [-w WRITERS] [-i IMAGES] SECONDS DATABASE
 *        commit -d SECONDS FILE
 *
 * Writes events into a database that diundash has made, with the worker's
 * statement and settings (WAL, synchronous=FULL, BEGIN IMMEDIATE) and nothing
 * else, from WRITERS processes. With -l each transaction holds an flock on
 * FILE, as diundash does; without, SQLite's own busy handler is all there is.
 * With -d no SQLite at all: write 4 kB and fdatasync, the disk's raw rate.
 *
 * Prints: commits per second, median and 99th percentile in seconds, fewest
 * and most commits of one writer, failed transactions.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static const char upsert[] =
    "INSERT INTO updates (image, diun_version, hostname, status, provider,"
    " hub_link, mime_type, digest, created, platform, ctn_name, ctn_id,"
    " ctn_state, ctn_status, received_at, acknowledged_at)"
    " VALUES (?1, 'v4.33.0', 'nas', 'update', 'docker',"
    " 'https://hub.docker.com/_/nginx',"
    " 'application/vnd.oci.image.index.v1+json', ?2,"
    " '2026-03-23T10:00:00Z', 'linux/amd64', 'web-1', ?2, 'running',"
    " 'Up 2 months (healthy)', '2026-03-23T10:00:01Z', NULL)"
    " ON CONFLICT (image) DO UPDATE SET"
    " diun_version = excluded.diun_version, hostname = excluded.hostname,"
    " status = excluded.status, provider = excluded.provider,"
    " hub_link = excluded.hub_link, mime_type = excluded.mime_type,"
    " digest = excluded.digest, created = excluded.created,"
    " platform = excluded.platform, ctn_name = excluded.ctn_name,"
    " ctn_id = excluded.ctn_id, ctn_state = excluded.ctn_state,"
    " ctn_status = excluded.ctn_status, received_at = excluded.received_at,"
    " acknowledged_at = NULL";

struct options {
	bool lock, disk;
	long writers, images, seconds;
	const char *path;
};

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

static int
step(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	(void)sqlite3_reset(stmt);
	return rc;
}

static void
write_events(const struct options *options, long writer, double until,
    struct result *result)
{
	sqlite3 *db = open_database(options->path);
	sqlite3_stmt *begin, *insert, *commit;
	char image[64], digest[80], lock_path[4096];
	double start;
	long i;
	int fd = -1;

	must(db, sqlite3_prepare_v2(db, "BEGIN IMMEDIATE", -1, &begin, NULL));
	must(db, sqlite3_prepare_v2(db, upsert, -1, &insert, NULL));
	must(db, sqlite3_prepare_v2(db, "COMMIT", -1, &commit, NULL));
	if (options->lock) {
		(void)snprintf(lock_path, sizeof(lock_path), "%s.lock",
		    options->path);
		fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd == -1)
			give_up(lock_path);
	}
	for (i = writer; now() < until; i += options->writers) {
		(void)snprintf(image, sizeof(image),
		    "docker.io/bench/image-%06ld:latest", i % options->images);
		(void)snprintf(digest, sizeof(digest), "sha256:%064ld", i);
		(void)sqlite3_bind_text(insert, 1, image, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(insert, 2, digest, -1, SQLITE_STATIC);
		start = now();
		if (fd != -1 && flock(fd, LOCK_EX) != 0)
			give_up("flock");
		if (step(begin) != SQLITE_DONE) {
			result->failed++;
		} else if (step(insert) != SQLITE_DONE ||
		    step(commit) != SQLITE_DONE) {
			must(db, SQLITE_ERROR);
		}
		if (fd != -1 && flock(fd, LOCK_UN) != 0)
			give_up("flock");
		samples_add(&result->samples, now() - start);
	}
	(void)sqlite3_finalize(begin);
	(void)sqlite3_finalize(insert);
	(void)sqlite3_finalize(commit);
	(void)sqlite3_close(db);
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
	    (double)all.count / (double)options->seconds,
	    samples_at(&all, 0.5), samples_at(&all, 0.99), least, most,
	    failed);
	free(all.values);
	free(files);
	free(pids);
}

int
main(int argc, char **argv)
{
	struct options options = { .writers = 1, .images = 1000 };
	int c;

	while ((c = getopt(argc, argv, "dli:w:")) != -1) {
		switch (c) {
		case 'd':
			options.disk = true;
			break;
		case 'l':
			options.lock = true;
			break;
		case 'i':
			options.images = number(optarg);
			break;
		case 'w':
			options.writers = number(optarg);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2) {
		(void)fputs("usage: commit [-dl] [-i IMAGES] [-w WRITERS] "
		    "SECONDS FILE\n", stderr);
		return 2;
	}
	options.seconds = number(argv[optind]);
	options.path = argv[optind + 1];
	run_writers(&options, now() + (double)options.seconds);
	return 0;
}
