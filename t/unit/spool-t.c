/*
 * spool-t.c - webhooks in files, and from there into the store
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "scratch.h"

#include <dirent.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "event.h"
#include "log.h"
#include "model.h"
#include "replay.h"

static struct spool spool;
static char why[SPOOL_REASON_MAX];

/* The last line of the log. */
static char said[LOG_LINE_MAX];

static void
hear(void *arg UNUSED, const char *line, size_t len)
{
	(void)snprintf(said, sizeof(said), "%.*s", (int)len, line);
}

static int
set_up(void **state UNUSED)
{
	log_open("spool-t", LOG_TARGET_SERVER, LOG_LEVEL_INFO);
	log_set_sink(hear, NULL);
	said[0] = '\0';
	if (scratch_make() != 0)
		return -1;
	spool_init(&spool, NULL, scratch_path("d.db"));
	return 0;
}

static int
tear_down(void **state UNUSED)
{
	spool_release(&spool);
	return scratch_remove();
}

static enum status
put(const char *at, const char *host, const char *body)
{
	struct spooled webhook = {
		.host = host, .reason = "the database is busy\nor so",
		.body = body, .len = strlen(body),
	};

	(void)snprintf(webhook.received_at, CLOCK_TEXT_SIZE, "%s", at);
	return spool_put(&spool, &webhook, why);
}

/* A file of the spool under this name, made by somebody else. */
static void
write_raw(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", spool.folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

static void
the_folder_lies_beside_the_database_or_where_it_is_told(void **state UNUSED)
{
	struct spool other;

	assert_string_equal(spool.folder, scratch_path("spool"));
	spool_init(&other, "/var/spool/diundash", "/x/d.db");
	assert_string_equal(other.folder, "/var/spool/diundash");
	spool_release(&other);
	spool_init(&other, NULL, "/d.db");
	assert_string_equal(other.folder, "/spool");
	spool_release(&other);
}

static void
what_is_put_is_read_as_it_was(void **state UNUSED)
{
	static const char body[] = "{\"image\":\"a\",\n"
	    "\"x\":\"\xf0\x9f\x90\xb3\"}";
	struct spooled webhook;
	struct spool_list list;
	struct buf text;

	assert_int_equal(put("2026-11-25T05:31:00Z", "nas", body), STATUS_OK);
	assert_int_equal(put("2026-11-25T05:31:01Z", "", "{}"), STATUS_OK);
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	assert_int_equal(list.waiting, 2);
	assert_int_equal(list.count, 2);
	assert_true(strcmp(list.names[0], list.names[1]) < 0);
	buf_init(&text, SIZE_MAX);
	assert_int_equal(spool_read(&spool, list.names[0], &text, &webhook),
	    STATUS_OK);
	assert_string_equal(webhook.received_at, "2026-11-25T05:31:00Z");
	assert_string_equal(webhook.host, "nas");
	/* A line of a header is one line, whatever was said. */
	assert_string_equal(webhook.reason, "the database is busy");
	assert_int_equal(webhook.len, strlen(body));
	assert_memory_equal(webhook.body, body, webhook.len);
	assert_int_equal(spool_read(&spool, list.names[1], &text, &webhook),
	    STATUS_OK);
	assert_string_equal(webhook.host, "");
	assert_int_equal(spool_read(&spool, "none.webhook", &text, &webhook),
	    STATUS_NOT_FOUND);
	buf_release(&text);
}

static void
a_list_has_the_oldest_and_counts_all(void **state UNUSED)
{
	struct spool_list list;
	char name[SPOOL_NAME_SIZE], longest[SPOOL_NAME_SIZE + 1];
	int i;

	spool_prepare(&spool);
	/* In no order, to be put in one. */
	for (i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "%03d.webhook",
		    i * 37 % 100);
		write_raw(name, "");
	}
	write_raw("000.webhook.damaged", "");
	/* What has another name is somebody else's. */
	write_raw(".new-000.webhook", "");
	write_raw(".webhook", "");
	write_raw("000", "");
	write_raw("000.webhook2", "");
	write_raw("000-webhook", "");
	(void)memset(longest, '0', sizeof(longest));
	(void)memcpy(longest + SPOOL_NAME_SIZE - 8, ".webhook", 9);
	write_raw(longest, "");
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	assert_int_equal(list.waiting, 100);
	assert_int_equal(list.damaged, 1);
	assert_int_equal(list.count, SPOOL_LIST_MAX);
	for (i = 0; i < SPOOL_LIST_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%03d.webhook", i);
		assert_string_equal(list.names[i], name);
	}
}

static void
what_is_no_webhook_is_told(void **state UNUSED)
{
#define HEAD "diundash-spool 1\nreceived: 2026-01-01T00:00:00Z\n"
	static const char *const texts[] = {
		"",
		"diundash-spool 2\nreceived: 2026-01-01T00:00:00Z\n"
		"reason: y\nlength: 0\n\n",
		"diundash-spool 10\nreceived: 2026-01-01T00:00:00Z\n"
		"reason: y\nlength: 0\n\n",
		"diundash-spool 1\nreason: y\nlength: 0\n\n",
		"diundash-spool 1\nreceived: now\nreason: y\nlength: 0\n\n",
		"diundash-spool 1\nreceived: 2026-01-01T00:00:00Z0\n"
		"reason: y\nlength: 0\n\n",
		"diundash-spool 1\nreceived: 2026-01-01",
		"diundash-spool 1\nreceived: /026-01-01T00:00:00Z\n"
		"reason: y\nlength: 0\n\n",
		"diundash-spool 1\nreceived: 2026-01-01T00:00:0:Z\n"
		"reason: y\nlength: 0\n\n",
		"diundash-spool 1\nreceived: 2026-01-01 00:00:00Z\n"
		"reason: y\nlength: 0\n\n",
		HEAD "length: 0\n\n",
		HEAD "reason: y\n\n",
		HEAD "reason: \xff\nlength: 0\n\n",
		HEAD "reason: \x1b[2J\nlength: 0\n\n",
		HEAD "reason: y\nlength: -1\n\n",
		HEAD "reason: y\nlength: 0\n",
		HEAD "reason: y\nlength: 3\n\n{}",
		HEAD "reason: y\nlength: 1\n\n{}",
		HEAD "host: y\nlength: 0\n\n",
		HEAD "host: \xff\nreason: y\nlength: 0\n\n",
		HEAD "host: a\tb\nreason: y\nlength: 0\n\n",
		HEAD "uncertain: yesterday\nreason: y\nlength: 0\n\n",
	};
	char host[HOSTNAME_BYTES_MAX + 200];
	struct spooled webhook;
	struct buf text;
	size_t i;

	spool_prepare(&spool);
	buf_init(&text, SIZE_MAX);
	for (i = 0; i < COUNT_OF(texts); i++) {
		write_raw("1.webhook", texts[i]);
		if (spool_read(&spool, "1.webhook", &text, &webhook) !=
		    STATUS_INVALID)
			fail_msg("taken: %s", texts[i]);
	}
	/* A host's name has a limit. */
	for (i = 0; i < 2; i++) {
		(void)snprintf(host, sizeof(host), HEAD "host: %0*d\n"
		    "reason: y\nlength: 0\n\n",
		    HOSTNAME_BYTES_MAX + (int)i, 0);
		write_raw("1.webhook", host);
		assert_int_equal(spool_read(&spool, "1.webhook", &text,
		    &webhook), i == 0 ? STATUS_OK : STATUS_INVALID);
	}
	/* What all of these are but for their fault. */
	write_raw("1.webhook", HEAD "host: a\nuncertain: yes\nreason: y\n"
	    "length: 2\n\n{}");
	assert_int_equal(spool_read(&spool, "1.webhook", &text, &webhook),
	    STATUS_OK);
	assert_true(webhook.is_uncertain);
	buf_release(&text);
}

static void
what_is_no_file_of_ours_is_told(void **state UNUSED)
{
	const off_t beyond = (off_t)65 * 1024 * 1024;
	struct spooled webhook;
	char head[128];
	struct buf text;

	spool_prepare(&spool);
	buf_init(&text, SIZE_MAX);
	assert_int_equal(mkdir(scratch_path("spool/1.webhook"), 0700), 0);
	assert_int_equal(spool_read(&spool, "1.webhook", &text, &webhook),
	    STATUS_UNAVAILABLE);
	assert_int_equal(spool_remove(&spool, "1.webhook"),
	    STATUS_UNAVAILABLE);
	write_raw("file", "");
	assert_int_equal(symlink("file", scratch_path("spool/2.webhook")), 0);
	assert_int_equal(spool_read(&spool, "2.webhook", &text, &webhook),
	    STATUS_INVALID);
	/* Whole, and larger than any body can be. */
	(void)snprintf(head, sizeof(head), "diundash-spool 1\nreceived: "
	    "2026-01-01T00:00:00Z\nreason: y\nlength: %lld\n\n",
	    (long long)beyond);
	write_raw("3.webhook", head);
	assert_int_equal(truncate(scratch_path("spool/3.webhook"),
	    beyond + (off_t)strlen(head)), 0);
	assert_int_equal(spool_read(&spool, "3.webhook", &text, &webhook),
	    STATUS_INVALID);
	buf_release(&text);
	assert_int_equal(spool_set_aside(&spool, "3.webhook"), STATUS_OK);
	assert_int_not_equal(access(scratch_path("spool/3.webhook"), F_OK),
	    0);
	assert_int_equal(access(scratch_path("spool/3.webhook.damaged"),
	    F_OK), 0);
	/* What is not there is removed, and cannot be renamed. */
	assert_int_equal(spool_remove(&spool, "3.webhook"), STATUS_OK);
	assert_int_equal(spool_set_aside(&spool, "3.webhook"),
	    STATUS_UNAVAILABLE);
}

static void
a_body_of_any_size_is_read_as_it_was(void **state UNUSED)
{
	static const size_t sizes[] = { 0, 1, 65000, 65536, 300000 };
	static char body[300001];
	struct spooled webhook;
	struct spool_list list;
	struct buf text;
	size_t i, k;

	buf_init(&text, SIZE_MAX);
	for (i = 0; i < COUNT_OF(sizes); i++) {
		for (k = 0; k < sizes[i]; k++)
			body[k] = (char)('a' + k * 7 % 26);
		body[k] = '\0';
		assert_int_equal(put("2026-11-25T05:31:00Z", "", body),
		    STATUS_OK);
		assert_int_equal(spool_list(&spool, &list), STATUS_OK);
		assert_int_equal(list.count, 1);
		assert_int_equal(spool_read(&spool, list.names[0], &text,
		    &webhook), STATUS_OK);
		assert_int_equal(webhook.len, sizes[i]);
		assert_memory_equal(webhook.body, body, sizes[i]);
		assert_int_equal(spool_remove(&spool, list.names[0]),
		    STATUS_OK);
	}
	buf_release(&text);
}

static void
a_file_in_the_folders_place_is_told(void **state UNUSED)
{
	struct spool_state look;
	struct spool_list list;
	FILE *file = fopen(spool.folder, "we");

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(spool_list(&spool, &list), STATUS_UNAVAILABLE);
	assert_int_equal(spool_look(&spool, &look), STATUS_UNAVAILABLE);
	assert_int_equal(spool_lock(&spool), STATUS_UNAVAILABLE);
	assert_int_equal(put("2026-11-25T05:31:00Z", "", "{}"),
	    STATUS_UNAVAILABLE);
}

static void
an_empty_spool_is_known_by_its_time(void **state UNUSED)
{
	const struct timespec long_ago[2] = { { 1000, 5 }, { 1000, 5 } };
	const struct timespec others[][2] = {
		{ { 1000, 5 }, { 1000, 4 } }, { { 1000, 5 }, { 1001, 5 } },
	};
	size_t i;
	struct spool_list list;

	assert_false(spool_may_wait(&spool));
	spool_prepare(&spool);
	assert_true(spool_may_wait(&spool));
	/* What has just changed may change again in the same moment. */
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	assert_true(spool_may_wait(&spool));
	assert_int_equal(utimensat(AT_FDCWD, spool.folder, long_ago, 0), 0);
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	assert_false(spool_may_wait(&spool));
	for (i = 0; i < COUNT_OF(others); i++) {
		assert_int_equal(utimensat(AT_FDCWD, spool.folder, others[i],
		    0), 0);
		assert_true(spool_may_wait(&spool));
	}
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	assert_false(spool_may_wait(&spool));
	assert_int_equal(put("2026-11-25T05:31:00Z", "", "{}"), STATUS_OK);
	assert_true(spool_may_wait(&spool));
}

static void
one_at_a_time_takes_files_away(void **state UNUSED)
{
	struct spool other;

	spool_init(&other, NULL, scratch_path("d.db"));
	assert_int_equal(spool_lock(&spool), STATUS_NOT_FOUND);
	spool_prepare(&spool);
	assert_int_equal(spool_lock(&spool), STATUS_OK);
	assert_int_equal(spool_lock(&other), STATUS_BUSY);
	spool_unlock(&spool);
	assert_int_equal(spool_lock(&other), STATUS_OK);
	spool_release(&other);
}

static void
a_spool_that_was_never_locked_closes_no_descriptor(void **state UNUSED)
{
	struct spool other;
	int before, after;

	before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(before >= 0);
	spool_init(&other, NULL, "/d.db");
	spool_unlock(&other);
	spool_release(&other);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	/* And one that was has given all of them back. */
	spool_prepare(&spool);
	assert_int_equal(spool_lock(&spool), STATUS_OK);
	spool_unlock(&spool);
	spool_unlock(&spool);
	assert_int_equal(close(before), 0);
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(after, before);
	assert_int_equal(close(after), 0);
}

static int
prepare_in_little_room(void)
{
	const struct rlimit little = { 10000, 10000 };
	struct stat info;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &little) != 0)
		return 2;
	spool_prepare(&spool);
	return stat(scratch_path("spool"), &info) != 0 ||
	    stat(scratch_path("spool/reserve"), &info) == 0;
}

static void
half_a_reserve_is_not_left(void **state UNUSED)
{
	struct stat info;

	assert_int_equal(in_child(prepare_in_little_room), 0);
	spool_prepare(&spool);
	assert_int_equal(stat(scratch_path("spool/reserve"), &info), 0);
	assert_int_equal(info.st_size, SPOOL_RESERVE_BYTES);
	assert_int_equal(info.st_mode & 07777, 0640);
	/* What was taken of it is put back. */
	assert_int_equal(truncate(scratch_path("spool/reserve"), 10), 0);
	spool_prepare(&spool);
	assert_int_equal(stat(scratch_path("spool/reserve"), &info), 0);
	assert_int_equal(info.st_size, SPOOL_RESERVE_BYTES);
	assert_int_equal(stat(scratch_path("spool"), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0750);
}

static int
put_in_little_room(void)
{
	static char body[20000];
	const struct rlimit little = { 16, 16 };

	memset(body, ' ', sizeof(body) - 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	spool_prepare(&spool);
	if (setrlimit(RLIMIT_FSIZE, &little) != 0)
		return 2;
	return put("2026-11-25T05:31:00Z", "", body) != STATUS_UNAVAILABLE;
}

static void
what_cannot_be_written_is_told_and_not_left(void **state UNUSED)
{
	struct spool_list list;
	struct dirent *entry;
	DIR *folder;

	assert_int_equal(in_child(put_in_little_room), 0);
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	assert_int_equal(list.waiting, 0);
	folder = opendir(spool.folder);
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			assert_string_equal(entry->d_name, "reserve");
	assert_int_equal(closedir(folder), 0);
}

static void
a_folder_that_cannot_be_made_is_told(void **state UNUSED)
{
	struct spool other;
	FILE *file = fopen(scratch_path("file"), "we");
	const struct spooled webhook = {
		.host = "", .reason = "x", .body = "{}", .len = 2,
	};

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	spool_init(&other, scratch_path("file/spool"), "/d.db");
	assert_int_equal(spool_put(&other, &webhook, why),
	    STATUS_UNAVAILABLE);
	assert_non_null(strstr(why, "the spool cannot be written"));
	said[0] = '\0';
	spool_prepare(&other);
	assert_non_null(strstr(said, "is not ready"));
	assert_non_null(strstr(said, strerror(ENOTDIR)));
	spool_release(&other);
	/* One that is ready is nothing to talk about. */
	said[0] = '\0';
	spool_prepare(&spool);
	spool_prepare(&spool);
	assert_string_equal(said, "");
}

/* ----- Into the store ----- */

static struct store *
open_store(void)
{
	const struct store_options options = {
		.path = scratch_path("d.db"), .busy_timeout_ms = 1000,
		.flags = STORE_MIGRATE,
	};
	char reason[STORE_REASON_MAX];
	struct store *store;

	if (store_open(&options, &store, reason) != STATUS_OK)
		fail_msg("cannot open the store: %s", reason);
	return store;
}

static enum status
replay(struct store *store, struct replay_count *count)
{
	return replay_spool(&spool, store, clock_ms() + 60000, count);
}

struct seen {
	char text[1024];
	int count;
};

static enum status
note_history(void *arg, const struct history_entry *entry)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	(void)snprintf(seen->text + len, sizeof(seen->text) - len,
	    "%s %s %s %s;", entry->at, entry->action, entry->image,
	    entry->hostname);
	return STATUS_OK;
}

static enum status
note_host(void *arg, const struct update_entry *entry)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	(void)snprintf(seen->text + len, sizeof(seen->text) - len,
	    "%s %s %s %s%s;", entry->host.hostname, entry->host.digest,
	    entry->host.received_at, entry->host.containers,
	    entry->host.acknowledged_at[0] == '\0' ? "" : " done");
	if (entry->is_first) {
		len = strlen(seen->text);
		(void)snprintf(seen->text + len, sizeof(seen->text) - len,
		    "(image %s %s);", entry->event.digest,
		    entry->received_at);
	}
	return STATUS_OK;
}

static const char *
history_of(struct store *store)
{
	static struct seen seen;
	const struct history_filter all = { .limit = 100 };

	seen = (struct seen){ 0 };
	assert_int_equal(store_get_history(store, &all, note_history, &seen),
	    STATUS_OK);
	return seen.text;
}

static const char *
hosts_of(struct store *store)
{
	static struct seen seen;

	seen = (struct seen){ 0 };
	assert_int_equal(store_get_updates(store, note_host, &seen),
	    STATUS_OK);
	return seen.text;
}

static void
what_waits_is_stored_in_order_once_with_its_time(void **state UNUSED)
{
	struct store *store = open_store();
	struct replay_count count;

	assert_int_equal(put("2026-01-01T00:00:00Z", "nas",
	    "{\"image\":\"a\",\"hostname\":\"x\"}"), STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"image\":\"b\","
	    "\"hostname\":\"x\"}"), STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 2);
	assert_int_equal(count.left, 0);
	assert_non_null(strstr(said, "stored 2 webhooks that had waited"));
	said[0] = '\0';
	assert_string_equal(history_of(store),
	    "2026-01-01T00:00:00Z received b x;"
	    "2026-01-01T00:00:00Z received a nas;");
	/* The folder has just changed, so it is looked at; nothing is said. */
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 0);
	assert_string_equal(said, "");
	store_close(store);
}

static void
more_than_a_list_holds_is_stored_at_one_go(void **state UNUSED)
{
	enum { COUNT = 2 * SPOOL_LIST_MAX + 1 };
	struct store *store = open_store();
	struct replay_count count;
	char body[64];
	int i;

	for (i = 0; i < COUNT; i++) {
		(void)snprintf(body, sizeof(body), "{\"image\":\"%d\"}", i);
		assert_int_equal(put("2026-01-01T00:00:00Z", "", body),
		    STATUS_OK);
	}
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, COUNT);
	assert_int_equal(count.left, 0);
	said[0] = '\0';
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"image\":\"a\"}"),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_non_null(strstr(said, "stored 1 "));
	assert_int_equal(count.damaged, 0);
	store_close(store);
}

static void
when_the_time_is_over_the_rest_is_left(void **state UNUSED)
{
	struct store *store = open_store();
	struct replay_count count = { 7, 7, 7 };

	/* Without a folder there is nothing to do, and none is made. */
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 0);
	assert_int_equal(count.damaged, 0);
	assert_int_equal(count.left, 0);
	assert_int_not_equal(access(spool.folder, F_OK), 0);
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"image\":\"a\"}"),
	    STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:01Z", "", "{\"image\":\"b\"}"),
	    STATUS_OK);
	assert_int_equal(replay_spool(&spool, store, clock_ms() - 1, &count),
	    STATUS_OK);
	assert_int_equal(count.stored, 0);
	assert_int_equal(count.left, 2);
	assert_string_equal(history_of(store), "");
	store_close(store);
}

static void
who_takes_files_away_is_not_disturbed(void **state UNUSED)
{
	struct store *store = open_store();
	struct replay_count count;
	struct spool other;

	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"image\":\"a\"}"),
	    STATUS_OK);
	spool_init(&other, NULL, scratch_path("d.db"));
	assert_int_equal(spool_lock(&other), STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_BUSY);
	assert_int_equal(count.stored, 0);
	spool_unlock(&other);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 1);
	/* And lets others do it afterwards. */
	assert_int_equal(spool_lock(&other), STATUS_OK);
	spool_release(&other);
	store_close(store);
}

static void
a_file_that_could_not_be_removed_is_stored_once(void **state UNUSED)
{
	static const char text[] = "diundash-spool 1\n"
	    "received: 2026-01-01T00:00:00Z\nreason: x\nlength: 13\n\n"
	    "{\"image\":\"a\"}";
	struct store *store = open_store();
	struct replay_count count;
	int i;

	spool_prepare(&spool);
	for (i = 0; i < 3; i++) {
		write_raw("1.webhook", text);
		assert_int_equal(replay(store, &count), STATUS_OK);
		assert_int_equal(count.stored, 1);
	}
	assert_string_equal(history_of(store),
	    "2026-01-01T00:00:00Z received a ;");
	store_close(store);
}

static void
what_can_never_be_stored_is_set_aside(void **state UNUSED)
{
	struct store *store = open_store();
	struct replay_count count;
	struct spool_state look;

	spool_prepare(&spool);
	write_raw("1.webhook", "not a webhook");
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"no\":1}"),
	    STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:01Z", "", "{\"image\":\"a\"}"),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 1);
	assert_int_equal(count.damaged, 2);
	assert_int_equal(spool_look(&spool, &look), STATUS_OK);
	assert_int_equal(look.waiting, 0);
	assert_int_equal(look.damaged, 2);
	store_close(store);
}

static void
a_look_tells_since_when_and_why(void **state UNUSED)
{
	struct spool_state look;

	assert_int_equal(spool_look(&spool, &look), STATUS_OK);
	assert_int_equal(look.waiting, 0);
	assert_string_equal(look.since, "");
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{}"), STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:01Z", "", "{}"), STATUS_OK);
	assert_int_equal(spool_look(&spool, &look), STATUS_OK);
	assert_int_equal(look.waiting, 2);
	assert_string_equal(look.since, "2026-01-01T00:00:00Z");
	assert_string_equal(look.reason, "the database is busy");
	/* Where the oldest cannot be read, nothing is known about it. */
	write_raw("0.webhook", "no webhook");
	assert_int_equal(spool_look(&spool, &look), STATUS_OK);
	assert_int_equal(look.waiting, 3);
	assert_string_equal(look.since, "");
	assert_string_equal(look.reason, "");
}

#define BODY(digest, container) "{\"image\":\"a\",\"digest\":\"" digest \
	"\",\"metadata\":{\"ctn_names\":\"" container "\"}}"

static void
what_waited_does_not_hide_what_is_newer(void **state UNUSED)
{
	struct store *store = open_store();
	struct replay_count count;

	/* The newer one first, as if it had not had to wait. */
	assert_int_equal(put("2026-01-01T00:00:05Z", "nas", BODY("new", "c")),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, "a"), STATUS_OK);
	/* Older, with another digest and with the same: history only. */
	assert_int_equal(put("2026-01-01T00:00:01Z", "nas", BODY("old", "d")),
	    STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:02Z", "nas", BODY("new", "e")),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 2);
	assert_string_equal(hosts_of(store),
	    "nas new 2026-01-01T00:00:05Z [\"c\",\"e\"] done;"
	    "(image new 2026-01-01T00:00:05Z);");
	store_close(store);
}

static void
of_another_host_it_is_news_but_not_the_newest(void **state UNUSED)
{
	struct store *store = open_store();
	struct store_report report;
	struct replay_count count;
	int64_t renamed;

	assert_int_equal(put("2026-01-01T00:00:05Z", "nas", BODY("new", "")),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, "a"), STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:01Z", "pi", BODY("old", "")),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_string_equal(hosts_of(store),
	    "nas new 2026-01-01T00:00:05Z [] done;"
	    "(image new 2026-01-01T00:00:05Z);"
	    "pi old 2026-01-01T00:00:01Z [];");
	assert_int_equal(store_check_full(store, &report), STATUS_OK);
	assert_string_equal(report.finding, "");
	assert_int_equal(report.pending, 1);
	/* Made one, the newer event counts, not the one stored last. */
	assert_int_equal(store_rename_host(store, "pi", "nas", &renamed),
	    STATUS_OK);
	assert_string_equal(hosts_of(store),
	    "nas new 2026-01-01T00:00:05Z [] done;"
	    "(image new 2026-01-01T00:00:05Z);");
	assert_int_equal(store_check_full(store, &report), STATUS_OK);
	assert_string_equal(report.finding, "");
	store_close(store);
}

static void
of_the_same_second_what_did_not_wait_is_newer(void **state UNUSED)
{
	struct store *store = open_store();
	const struct diun_event direct = {
		.image = "a", .reference = "a", .diun_version = "",
		.hostname = "nas", .status = "", .provider = "",
		.hub_link = "", .mime_type = "", .digest = "direct",
		.created = "", .platform = "", .ctn_names = "", .ctn_id = "",
		.ctn_state = "", .ctn_status = "", .metadata = "{}",
		.containers = "[]", .body = "{}",
	};
	struct replay_count count;
	struct seen seen = { 0 };
	char now[CLOCK_TEXT_SIZE];

	/* Two that waited: the later one counts. */
	assert_int_equal(put("2026-01-01T00:00:05Z", "pi", BODY("1", "")),
	    STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:05Z", "pi", BODY("2", "")),
	    STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_non_null(strstr(hosts_of(store), "pi 2 "));
	assert_int_equal(store_upsert_event(store, &direct), STATUS_OK);
	assert_int_equal(store_get_updates(store, note_host, &seen),
	    STATUS_OK);
	(void)snprintf(now, sizeof(now), "%.20s",
	    strstr(seen.text, "nas direct ") + strlen("nas direct "));
	assert_int_equal(put(now, "nas", BODY("waited", "")), STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_non_null(strstr(hosts_of(store), "nas direct "));
	store_close(store);
}

static void
what_may_be_stored_already_is_looked_for(void **state UNUSED)
{
	static const char body[] = "{\"image\":\"a\",\"digest\":\"d\"}";
	struct spooled webhook = {
		.host = "nas", .reason = "the disk", .body = body,
		.len = strlen(body), .is_uncertain = true,
	};
	struct store *store = open_store();
	struct replay_count count;
	struct diun_event direct;
	struct arena arena;
	const char *text;

	arena_init(&arena);
	assert_int_equal(event_parse(&arena, body, strlen(body), &direct,
	    &text), STATUS_OK);
	direct.hostname = "nas";
	clock_now(webhook.received_at);
	assert_int_equal(spool_put(&spool, &webhook, why), STATUS_OK);
	assert_int_equal(spool_put(&spool, &webhook, why), STATUS_OK);
	/* The disk has kept the first attempt, and not the second. */
	assert_int_equal(store_upsert_event(store, &direct), STATUS_OK);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 2);
	text = history_of(store);
	assert_non_null(strchr(text, ';'));
	assert_int_equal(strlen(text), 2 *
	    strlen("2026-01-01T00:00:00Z received a nas;"));
	arena_release(&arena);
	store_close(store);
}

static void
a_store_that_cannot_be_written_leaves_all_where_it_is(void **state UNUSED)
{
	struct store *store = open_store();
	struct replay_count count;
	struct spool_state look;
	int fd;

	/* Two that are set aside without the store, and one that needs it. */
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"no\":1}"),
	    STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"no\":2}"),
	    STATUS_OK);
	assert_int_equal(put("2026-01-01T00:00:00Z", "", "{\"image\":\"a\"}"),
	    STATUS_OK);
	fd = open(scratch_path("d.db.lock"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	store_set_deadline(store, clock_ms() + 20);
	assert_int_equal(replay(store, &count), STATUS_BUSY);
	assert_int_equal(count.stored, 0);
	assert_int_equal(count.damaged, 2);
	assert_int_equal(count.left, 1);
	assert_int_equal(spool_look(&spool, &look), STATUS_OK);
	assert_int_equal(look.waiting, 1);
	assert_int_equal(close(fd), 0);
	store_set_deadline(store, 0);
	assert_int_equal(replay(store, &count), STATUS_OK);
	assert_int_equal(count.stored, 1);
	store_close(store);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_folder_lies_beside_the_database_or_where_it_is_told),
		TEST(what_is_put_is_read_as_it_was),
		TEST(a_list_has_the_oldest_and_counts_all),
		TEST(what_is_no_webhook_is_told),
		TEST(what_is_no_file_of_ours_is_told),
		TEST(a_body_of_any_size_is_read_as_it_was),
		TEST(a_file_in_the_folders_place_is_told),
		TEST(an_empty_spool_is_known_by_its_time),
		TEST(one_at_a_time_takes_files_away),
		TEST(a_spool_that_was_never_locked_closes_no_descriptor),
		TEST(half_a_reserve_is_not_left),
		TEST(what_cannot_be_written_is_told_and_not_left),
		TEST(a_folder_that_cannot_be_made_is_told),
		TEST(what_waits_is_stored_in_order_once_with_its_time),
		TEST(more_than_a_list_holds_is_stored_at_one_go),
		TEST(when_the_time_is_over_the_rest_is_left),
		TEST(who_takes_files_away_is_not_disturbed),
		TEST(a_file_that_could_not_be_removed_is_stored_once),
		TEST(what_can_never_be_stored_is_set_aside),
		TEST(a_look_tells_since_when_and_why),
		TEST(what_waited_does_not_hide_what_is_newer),
		TEST(of_another_host_it_is_news_but_not_the_newest),
		TEST(of_the_same_second_what_did_not_wait_is_newer),
		TEST(what_may_be_stored_already_is_looked_for),
		TEST(a_store_that_cannot_be_written_leaves_all_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
