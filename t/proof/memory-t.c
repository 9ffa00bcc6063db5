/*
 * memory-t.c - without memory: a clean end or a right answer, never half
 *
 * For each operation, a worker is started in a child that is refused its
 * first allocation, another one its second, and so on, until one needs no
 * more; each once alone, and once with all that follow. Counted is what
 * malloc(3), calloc(3) and realloc(3) are asked for by anybody in the
 * process: they are this program's own here, so that SQLite, json-c, libfcgi
 * and the C library get them, too. Of SQLite's own, which are nine of ten,
 * each eleventh is refused in an ordinary run, and each one in a long run.
 * Then there is memory again, and the child is asked for the list.
 *
 * It may end by mem.h, with its one line; answer what it would have answered;
 * or answer 500 or 503. What is stored must be the old or the new state,
 * wholly, and the new one, once, where the answer was 2xx or the webhook is in
 * the spool. It may not crash, hang, or answer anything else. Only json-c and
 * libfcgi may crash, where they use a NULL of their own: nobody else can help
 * that; the places are printed, and then, too, nothing may be half.
 *
 * Tried, and found by it: a strdup(3) in store_sqlite.c whose NULL is used; a
 * ROLLBACK that is prepared when it is needed; json-c without make_room() or
 * count_members() of json.c, or asked for a value's text; a body that cannot
 * be read set aside by replay.c; the line of mem.c left to the web server.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "../unit/unit.h"

#include "../unit/scratch.h"
#include "event.h"
#include "figures.h"
#include "json_check.h"
#include "mem.h"
#include "refusal.h"
#include "replay.h"
#include "scarce_worker.h"
#include "store_sqlite.h"

/* Of SQLite's allocations, in an ordinary run. */
#define EACH_OF_SQLITE 11

/* ----- Operations ----- */

#define IMAGE "docker.io/library/mariadb:11.4"
#define OTHER "docker.io/library/redis:7"
#define CREATED "2020-05-14T22:07:31Z"

#define BODY(image, host, digest, metadata)				\
	"{\"diun_version\":\"v4.33.0\",\"hostname\":\"" host "\","	\
	"\"status\":\"update\",\"provider\":\"docker\",\"image\":\""	\
	image "\",\"hub_link\":\"https://example.org/a\","		\
	"\"mime_type\":\"application/vnd.oci.image.index.v1+json\","	\
	"\"digest\":\"sha256:" digest "\",\"created\":\"" CREATED	\
	"\",\"platform\":\"linux/amd64\",\"one\":1,\"two\":2,"		\
	"\"metadata\":" metadata "}"

#define TEN "0,1,2,3,4,5,6,7,8,9"

/*
 * So that tables, arrays and texts of json-c grow, and texts come in pieces:
 * a piece that is lost must be missed.
 */
static const char event[] = BODY(IMAGE, "nas", "22222222",
    "{\"ctn_names\":\"wiki-db-1\",\"ctn_id\":\"d0f631ca1ddba8db3bcfcb9e\","
    "\"ctn_state\":\"running\",\"ctn_status\":\"Up 2 months (healthy)\","
    "\"ctn_command\":\"docker-entrypoint.sh sh -c 'mariadbd --version \\u0026"
    "\\u0026 exec mariadbd \\u003e /proc/1/fd/1' and so on, \\\"and\\\" on "
    "and on and on and on and on and on and on and on and on and on\","
    "\"a name that is longer than those \\u0026 which are usual\":\"\","
    "\"list\":[" TEN "," TEN "," TEN "," TEN "],\"deep\":[[{\"a\":[{}]}]],"
    "\"half\":0.5,\"most\":18446744073709551615,\"least\":-9,\"yes\":true,"
    "\"no\":false,\"nothing\":null,\"labels\":{\"a\":\"1\",\"b\":\"2\","
    "\"c\":\"3\",\"d\":\"4\",\"e\":\"5\",\"f\":\"6\",\"g\":\"7\",\"h\":\"8\","
    "\"i\":\"9\",\"j\":\"10\",\"k\":\"11\",\"l\":\"12\",\"m\":\"13\"}}");

static const struct operation operations[] = {
	{ .name = "a webhook", .method = "POST", .uri = "/webhook",
	  .body = event },
	{ .name = "the list", .method = "GET", .uri = "/api/updates" },
	{ .name = "what changed", .method = "GET",
	  .uri = "/api/updates?since=2" },
	{ .name = "an acknowledgement", .method = "PATCH",
	  .uri = "/api/updates/" OTHER "?host=nas",
	  .body = "{\"acknowledged\":true}" },
	{ .name = "a tag", .method = "POST", .uri = "/api/tags",
	  .body = "{\"name\":\"two\"}" },
	{ .name = "an assignment", .method = "PUT",
	  .uri = "/api/tag-assignments",
	  .body = "{\"image\":\"" OTHER "\",\"tag_id\":1}" },
	{ .name = "history", .method = "GET", .uri = "/api/history" },
	{ .name = "a first start", .when = AT_START, .method = "POST",
	  .uri = "/webhook", .body = event, .is_first = true },
	{ .name = "a start", .when = AT_START, .method = "POST",
	  .uri = "/webhook", .body = event },
	{ .name = "a webhook that has to wait", .method = "POST",
	  .uri = "/webhook", .body = event, .is_locked = true },
	{ .name = "its replay", .when = AT_REPLAY },
	{ .name = "a webhook by FastCGI", .method = "POST",
	  .uri = "/webhook", .body = BODY(IMAGE, "nas", "22222222", "null"),
	  .is_fastcgi = true },
};

/* ----- What is there before ----- */

/* A database that has begun, to be copied for each child; one as it is. */
static struct buf begun, state;

static void
read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "re");
	size_t n = 1;

	assert_non_null(file);
	buf_clear(out);
	while (n > 0) {
		n = fread(buf_reserve(out, 65536), 1, 65536, file);
		out->len += n;
	}
	out->data[out->len] = '\0';
	assert_int_equal(fclose(file), 0);
}

static struct store *
open_store(void)
{
	const struct store_options options = {
		.path = scratch_path("d.db"), .busy_timeout_ms = 1000,
		.flags = STORE_MIGRATE,
	};
	char why[STORE_REASON_MAX];
	struct store *store;

	if (store_open(&options, &store, why) != STATUS_OK)
		fail_msg("cannot open the store: %s", why);
	return store;
}

static void
send_event(struct store *store, const char *body)
{
	struct diun_event sent;
	struct arena arena;
	const char *why;

	arena_init(&arena);
	assert_int_equal(event_parse(&arena, body, strlen(body), &sent,
	    &why), STATUS_OK);
	assert_int_equal(store_upsert_event(store, &sent), STATUS_OK);
	arena_release(&arena);
}

/* All of it long ago, so that nothing is of the same second. */
static void
make_old(struct store *store)
{
	static const char sql[] =
	    "UPDATE updates SET received_at = '2021-01-01T00:00:00Z';"
	    "UPDATE host_updates SET received_at = '2021-01-01T00:00:00Z',"
	    " first_pending_at = '2021-01-01T00:00:00Z';"
	    "UPDATE history SET at = '2021-01-01T00:00:00Z'";

	assert_int_equal(sqlite3_exec(store_sqlite_self(store)->db.handle,
	    sql, NULL, NULL, NULL), SQLITE_OK);
}

static void
make_begun(void)
{
	struct store *store;
	int64_t id;

	assert_int_equal(scratch_make(), 0);
	store = open_store();
	send_event(store, BODY(IMAGE, "nas", "11111111",
	    "{\"ctn_names\":\"wiki-db-1\"}"));
	send_event(store, BODY(IMAGE, "pi", "11111111", "{\"a\":[1]}"));
	send_event(store, BODY(OTHER, "nas", "33333333", "null"));
	assert_int_equal(store_create_tag(store, "one", &id), STATUS_OK);
	assert_int_equal(store_assign_tag(store, IMAGE, id), STATUS_OK);
	assert_int_equal(store_acknowledge_update(store, IMAGE), STATUS_OK);
	make_old(store);
	/* A backup is one file, without a log. */
	assert_int_equal(store_backup(store, scratch_path("begun")),
	    STATUS_OK);
	store_close(store);
	buf_init(&begun, (size_t)1 << 30);
	read_file(scratch_path("begun"), &begun);
	assert_int_equal(scratch_remove(), 0);
}

/* The reserve is another test's, and takes its time. */
static void
make_reserve(void)
{
	assert_int_equal(mkdir(scratch_path("spool"), 0700), 0);
	scratch_write(scratch_path("spool/reserve"), "", 0);
	assert_int_equal(truncate(scratch_path("spool/reserve"),
	    SPOOL_RESERVE_BYTES), 0);
}

static void
make_folder(const struct operation *operation)
{
	char spooled[sizeof(event) + 256];
	int len;

	assert_int_equal(scratch_make(), 0);
	make_reserve();
	if (!operation->is_first)
		scratch_write(scratch_path("d.db"), begun.data, begun.len);
	len = snprintf(spooled, sizeof(spooled), "diundash-spool 1\n"
	    "received: 2026-01-01T00:00:00Z\nreason: why not\n"
	    "length: %zu\n\n%s", strlen(event), event);
	if (operation->when == AT_REPLAY)
		scratch_write(scratch_path("waits"), spooled, (size_t)len);
}

/* ----- What is there afterwards ----- */

static bool
is_time(const char *text)
{
	static const char form[] = "0000-00-00 00:00:00";
	size_t i;

	for (i = 0; form[i] != '\0'; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9'
		    : form[i] == ' ' ? text[i] != ' ' && text[i] != 'T'
		    : text[i] != form[i])
			return false;
	return strncmp(text, CREATED, 4) != 0;
}

/* The time of a run is not the time of another. */
static void
hide_times(char *text)
{
	for (; *text != '\0'; text++)
		if (is_time(text))
			(void)memset(text, '0', strlen("0000-00-00 00:00:00"));
}

static enum status
add_row(void *arg, const char *table, const char *json)
{
	buf_printf(arg, "%s %s\n", table, json);
	return STATUS_OK;
}

/* What waits is stored, by somebody who has memory; all of it as text. */
static void
settle(struct buf *out)
{
	struct store *store = open_store();
	struct replay_count count;
	struct store_report found;
	struct spool_list list;
	struct spool spool;

	spool_init(&spool, NULL, scratch_path("d.db"));
	assert_int_equal(replay_spool(&spool, store, clock_ms() + 60000,
	    &count), STATUS_OK);
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	if (list.waiting != 0 || list.damaged != 0)
		fail_msg("in the spool %lld wait, %lld were set aside",
		    (long long)list.waiting, (long long)list.damaged);
	assert_int_equal(store_check_full(store, &found), STATUS_OK);
	if (!found.sound)
		fail_msg("the database: %s", found.finding);
	buf_clear(out);
	buf_add_text(out, "");
	assert_int_equal(store_export(store, add_row, out), STATUS_OK);
	hide_times(out->data);
	spool_release(&spool);
	store_close(store);
}

static bool
has_bytes(const char *name)
{
	struct stat info;

	return stat(scratch_path(name), &info) == 0 && info.st_size > 0;
}

/* Is all as it was? Then nobody has to look inside, which takes long. */
static bool
is_untouched(const struct operation *operation)
{
	struct spool_list list;
	struct spool spool;
	bool is_same;

	if (has_bytes("d.db-wal") || (operation->is_first &&
	    has_bytes("d.db")))
		return false;
	spool_init(&spool, NULL, scratch_path("d.db"));
	assert_int_equal(spool_list(&spool, &list), STATUS_OK);
	spool_release(&spool);
	if (operation->is_first)
		return list.waiting == 0 && list.damaged == 0;
	read_file(scratch_path("d.db"), &state);
	is_same = state.len == begun.len && memcmp(state.data, begun.data,
	    begun.len) == 0;
	return is_same && list.damaged == 0 &&
	    list.waiting == (operation->when == AT_REPLAY);
}

/* ----- A run, and what it must be ----- */

/* With all the memory it wants, and before. */
struct expected {
	char *answers[2];
	char *old_list;
	struct buf old_state;
	struct buf new_state;
	struct refusal_seen seen;
};

enum verdict { WRONG, END, CRASH, RIGHT, REFUSED, VERDICTS };

/* How often each; and where it crashed, each place once. */
struct tally {
	long verdicts[VERDICTS];
	char places[512];
};

static struct buf log_text;

static int
run_child(const struct operation *operation, long refused, bool lasting)
{
	int status, i;

	make_folder(operation);
	refusal_plan(refused, lasting);
	status = scarce_worker_run(operation);
	for (i = 0; i < 2; i++) {
		report->answers[i][report->len[i]] = '\0';
		hide_times(report->answers[i]);
	}
	read_file(scratch_path("log"), &log_text);
	return status;
}

/* Is the line of mem.h the last one, and the only one? */
static bool
says_why(const char *log)
{
	const char *line = strstr(log, "error: out of memory: ");

	return line != NULL && strchr(line, '\n') != NULL &&
	    strchr(line, '\n')[1] == '\0';
}

static bool
is_error(const char *answer)
{
	const char *body = strstr(answer, "\r\n\r\n");
	struct json_fault fault;

	return (strncmp(answer, "Status: 500 ", 12) == 0 ||
	    strncmp(answer, "Status: 503 ", 12) == 0) && body != NULL &&
	    strncmp(body + 4, "{\"error\":\"", 10) == 0 &&
	    json_check(body + 4, strlen(body + 4), 8, &fault) == STATUS_OK;
}

static enum verdict
judge_death(int status)
{
	if (WTERMSIG(status) == SIGABRT && says_why(log_text.data))
		return END;
	if (strncmp(report->crashed_in, "libjson-c.", 10) == 0 ||
	    strncmp(report->crashed_in, "libfcgi.", 8) == 0)
		return CRASH;
	return WRONG;
}

/* A worker that ended in order, before it was asked for the list or after. */
static enum verdict
judge_answers(const struct operation *operation,
    const struct expected *expected)
{
	const char *answer = report->answers[0], *list = report->answers[1];
	bool is_spent = report->ended == STATUS_UNAVAILABLE;

	if (!report->is_over || (report->ended != STATUS_OK && !is_spent))
		return WRONG;
	if (strcmp(list, expected->answers[1]) != 0 &&
	    strcmp(list, expected->old_list) != 0 &&
	    !(is_spent && list[0] == '\0'))
		return WRONG;
	if (operation->when == AT_REPLAY)
		return access(scratch_path("spool/" SPOOLED), F_OK) == 0
		    ? REFUSED : RIGHT;
	if (strcmp(answer, expected->answers[0]) == 0)
		return RIGHT;
	if (operation->is_fastcgi && answer[0] == '\0')
		return REFUSED;
	return is_error(answer) && operation->when == AT_REQUEST ? REFUSED
	    : WRONG;
}

/* Also by one that crashed after it had answered. */
static bool
is_answered(void)
{
	return strncmp(report->answers[0], "Status: 2", 9) == 0;
}

static void
check_state(const struct operation *operation, enum verdict verdict,
    const struct expected *expected)
{
	bool must_be_new = is_answered() || operation->when == AT_REPLAY;

	if (!is_answered() && verdict != RIGHT && is_untouched(operation))
		return;
	settle(&state);
	if (strcmp(state.data, expected->new_state.data) != 0 &&
	    (must_be_new || strcmp(state.data, expected->old_state.data) !=
	    0))
		fail_msg("what is stored is wrong: %s", state.data);
}

static void
note_place(struct tally *tally)
{
	size_t len = strlen(tally->places);

	if (strstr(tally->places, report->crashed_in) == NULL)
		(void)snprintf(tally->places + len,
		    sizeof(tally->places) - len, "%s%s",
		    len == 0 ? ": " : ", ", report->crashed_in);
}

static void
run(const struct operation *operation, long refused, bool lasting,
    const struct expected *expected, struct tally *tally)
{
	int status = run_child(operation, refused, lasting);
	enum verdict verdict = WIFEXITED(status)
	    ? judge_answers(operation, expected) : judge_death(status);

	tally->verdicts[verdict]++;
	if (verdict == CRASH)
		note_place(tally);
	if (verdict == WRONG)
		fail_msg("%s, allocation %ld refused%s: status %d, ended in "
		    "'%s', with %d\n%s\n%s\nlog: %s", operation->name,
		    refused, lasting ? " for good" : "", status,
		    report->crashed_in, (int)report->ended,
		    report->answers[0], report->answers[1], log_text.data);
	check_state(operation, verdict, expected);
}

static void
expect(const struct operation *operation, struct expected *expected)
{
	struct operation before = look;
	int i;

	before.is_first = operation->is_first;
	assert_int_equal(run_child(&before, 0, false), 0);
	expected->old_list = mem_strdup(report->answers[1]);
	buf_init(&expected->old_state, (size_t)1 << 30);
	settle(&expected->old_state);
	assert_int_equal(run_child(operation, 0, false), 0);
	expected->seen = *refusal_seen;
	for (i = 0; i < 2; i++)
		expected->answers[i] = mem_strdup(report->answers[i]);
	buf_init(&expected->new_state, (size_t)1 << 30);
	settle(&expected->new_state);
	if (operation->when != AT_REPLAY)
		assert_int_equal(strncmp(expected->answers[0], "Status: 2",
		    9), 0);
	assert_int_equal(strncmp(expected->answers[1], "Status: 200", 11), 0);
}

static void
forget(struct expected *expected)
{
	free(expected->answers[0]);
	free(expected->answers[1]);
	free(expected->old_list);
	buf_release(&expected->old_state);
	buf_release(&expected->new_state);
}

/* Is this one left out of an ordinary run? */
static bool
is_left_out(const struct expected *expected, long n)
{
	return n < REFUSAL_NOTES && n < expected->seen.allocations &&
	    expected->seen.is_foreign[n] && n % EACH_OF_SQLITE != 0 &&
	    !is_long();
}

/* Each allocation of the operation, until it needs no more. */
static void
run_all(const struct operation *operation, bool lasting,
    const struct expected *expected, struct tally *tally)
{
	long n;

	refusal_seen->refused = 1;
	for (n = 1; refusal_seen->refused > 0; n++)
		if (!is_left_out(expected, n))
			run(operation, n, lasting, expected, tally);
}

static void
without_memory_nothing_is_half(void **arg)
{
	static struct expected expected;
	const struct operation *operation = *arg;
	struct tally tally = { 0 };

	expect(operation, &expected);
	run_all(operation, false, &expected, &tally);
	run_all(operation, true, &expected, &tally);
	(void)printf("# %s: %ld allocations; %ld clean ends, %ld right "
	    "answers, %ld errors, %ld crashes elsewhere%s\n",
	    operation->name,
	    expected.seen.allocations, tally.verdicts[END],
	    tally.verdicts[RIGHT], tally.verdicts[REFUSED],
	    tally.verdicts[CRASH], tally.places);
	forget(&expected);
}

static int
remove_folder(void **arg UNUSED)
{
	return scratch_remove();
}

int
main(void)
{
	struct CMUnitTest tests[COUNT_OF(operations)];
	size_t i;
	int failed;

#ifdef REFUSAL_IS_MISSING
	(void)puts("1..0 # SKIP malloc cannot be replaced in this build");
	return 0;
#endif
	if (scarce_worker_init() != 0 ||
	    refusal_init((void *)(uintptr_t)sqlite3_open_v2) != 0)
		return 1;
	for (i = 0; i < COUNT_OF(operations); i++)
		tests[i] = (struct CMUnitTest){
			.name = operations[i].name,
			.test_func = without_memory_nothing_is_half,
			.teardown_func = remove_folder,
			.initial_state = (void *)(uintptr_t)&operations[i],
		};
	/* Thousands of folders: where files are made and removed quickly. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	log_open("memory-t", LOG_TARGET_STDERR, LOG_LEVEL_WARN);
	buf_init(&state, (size_t)1 << 30);
	buf_init(&log_text, (size_t)1 << 30);
	make_begun();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	buf_release(&begun);
	buf_release(&state);
	buf_release(&log_text);
	return failed;
}
