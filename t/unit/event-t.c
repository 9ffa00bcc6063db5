/*
 * event-t.c - tests of event.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <dirent.h>
#include <limits.h>

#include "buf.h"
#include "event.h"

static struct arena arena;

static int
setup(void **state UNUSED)
{
	arena_init(&arena);
	return 0;
}

static int
teardown(void **state UNUSED)
{
	arena_release(&arena);
	return 0;
}

static enum status
parse(const char *text, struct diun_event *event, const char **why)
{
	*why = "";
	return event_parse(&arena, text, strlen(text), event, why);
}

static void
every_member_reaches_its_place(void **state UNUSED)
{
	static const char body[] = "{\"diun_version\":\"1\",\"hostname\":"
	    "\"2\",\"status\":\"3\",\"provider\":\"4\",\"image\":\"5\","
	    "\"hub_link\":\"6\",\"mime_type\":\"7\",\"digest\":\"8\","
	    "\"created\":\"9\",\"platform\":\"10\",\"metadata\":{"
	    "\"ctn_names\":\"11\",\"ctn_id\":\"12\",\"ctn_state\":\"13\","
	    "\"ctn_status\":\"14\",\"ctn_command\":\"x\"},\"future\":[1]}";
	struct diun_event event;
	const char *why;

	assert_int_equal(parse(body, &event, &why), STATUS_OK);
	assert_string_equal(event.diun_version, "1");
	assert_string_equal(event.hostname, "2");
	assert_string_equal(event.status, "3");
	assert_string_equal(event.provider, "4");
	assert_string_equal(event.image, "5");
	assert_string_equal(event.hub_link, "6");
	assert_string_equal(event.mime_type, "7");
	assert_string_equal(event.digest, "8");
	assert_string_equal(event.created, "9");
	assert_string_equal(event.platform, "10");
	assert_string_equal(event.ctn_names, "11");
	assert_string_equal(event.ctn_id, "12");
	assert_string_equal(event.ctn_state, "13");
	assert_string_equal(event.ctn_status, "14");
}

static void
an_image_is_enough_and_the_rest_is_empty(void **state UNUSED)
{
	static const char *const bodies[] = {
		"{\"image\":\"nginx\"}",
		"{\"image\":\"nginx\",\"metadata\":null}",
		"{\"image\":\"nginx\",\"metadata\":{}}",
		"{\"image\":\"nginx\",\"created\":null,\"status\":null}",
		"{\"image\":\"nginx\",\"created\":\"\"}",
		"{\"image\":\"nginx\",\"metadata\":{\"ctn_id\":null}}",
		"{\"entry\":{\"image\":\"no\"},\"image\":\"nginx\"}",
	};
	struct diun_event event;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(bodies); i++) {
		check_row(bodies[i],
		    parse(bodies[i], &event, &why) == STATUS_OK);
		check_row_text(bodies[i], event.image, "nginx");
		check_row_text(bodies[i], event.created, CREATED_UNKNOWN);
		check_row_text(bodies[i], event.status, "");
		check_row_text(bodies[i], event.hostname, "");
		check_row_text(bodies[i], event.ctn_id, "");
		check_row_text(bodies[i], event.ctn_status, "");
	}
}

static void
the_image_is_kept_without_its_digest(void **state UNUSED)
{
	struct diun_event event;
	const char *why;

	assert_int_equal(parse("{\"image\":\"nas:5000/app@sha256:ab\","
	    "\"digest\":\"sha256:cd\"}", &event, &why), STATUS_OK);
	assert_string_equal(event.image, "nas:5000/app:latest");
	assert_string_equal(event.digest, "sha256:cd");
}

static void
what_cannot_be_kept_is_refused_with_a_line(void **state UNUSED)
{
	static const struct {
		const char *body, *why;
	} rows[] = {
		{ "", "not valid JSON" },
		{ "not json", "not valid JSON" },
		{ "{\"image\":\"a\"", "not valid JSON" },
		{ "[{\"image\":\"a\"}]", "not a JSON object" },
		{ "null", "not a JSON object" },
		{ "{}", "image is missing" },
		{ "{\"Image\":\"a\"}", "image is missing" },
		{ "{\"image\":null}", "image is missing" },
		{ "{\"image\":1}", "image is not a string" },
		{ "{\"image\":[\"a\"]}", "image is not a string" },
		{ "{\"image\":{}}", "image is not a string" },
		{ "{\"image\":true}", "image is not a string" },
		{ "{\"image\":\"\"}", "image is empty" },
		{ "{\"image\":\"   \"}", "image is empty" },
		{ "{\"image\":\"a\\u0000b\"}", "U+0000" },
		{ "{\"image\":\"a\\nb\"}", "control" },
		{ "{\"image\":\"a\\u007f\"}", "control" },
		{ "{\"image\":\"a\\u0085\"}", "control" },
		{ "{\"image\":\"a\",\"image\":\"b\"}", "twice" },
		{ "{\"image\":\"a\",\"status\":1}", "status is not" },
		{ "{\"image\":\"a\",\"created\":1700000000}",
		  "created is not" },
		{ "{\"image\":\"a\",\"hostname\":{}}", "hostname is not" },
		{ "{\"image\":\"a\",\"digest\":false}", "digest is not" },
		{ "{\"image\":\"a\",\"metadata\":[]}",
		  "metadata is not an object" },
		{ "{\"image\":\"a\",\"metadata\":\"\"}",
		  "metadata is not an object" },
		{ "{\"image\":\"a\",\"metadata\":{\"ctn_names\":[]}}",
		  "metadata.ctn_names is not a string" },
		{ "{\"image\":\"a\",\"metadata\":{\"ctn_id\":1}}",
		  "metadata.ctn_id is not a string" },
	};
	struct diun_event event;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].body,
		    parse(rows[i].body, &event, &why) == STATUS_INVALID);
		check_row(rows[i].body, strstr(why, rows[i].why) != NULL);
		check_row(rows[i].body, strchr(why, '\n') == NULL);
	}
}

static void
other_members_may_hold_any_text(void **state UNUSED)
{
	struct diun_event event;
	const char *why;

	assert_int_equal(parse("{\"image\":\"a\",\"status\":\"to come\","
	    "\"created\":\"yesterday\",\"hub_link\":\"javascript:x\","
	    "\"provider\":\"a\\u0000b\\n\",\"platform\":\"\\ud83d\\udc33\"}",
	    &event, &why), STATUS_OK);
	assert_string_equal(event.status, "to come");
	assert_string_equal(event.created, "yesterday");
	assert_string_equal(event.hub_link, "javascript:x");
	assert_string_equal(event.provider, "a\xef\xbf\xbd" "b\n");
	assert_string_equal(event.platform, "\xf0\x9f\x90\xb3");
}

static void
an_image_has_at_most_1024_bytes(void **state UNUSED)
{
	char body[IMAGE_BYTES_MAX + 32];
	struct diun_event event;
	const char *why;

	(void)snprintf(body, sizeof(body), "{\"image\":\"%0*d\"}",
	    IMAGE_BYTES_MAX, 0);
	assert_int_equal(parse(body, &event, &why), STATUS_OK);
	assert_int_equal(strlen(event.image), IMAGE_BYTES_MAX);
	(void)snprintf(body, sizeof(body), "{\"image\":\"%0*d\"}",
	    IMAGE_BYTES_MAX + 1, 0);
	assert_int_equal(parse(body, &event, &why), STATUS_INVALID);
	assert_non_null(strstr(why, "1024"));
}

static void
read_file(const char *path, struct buf *out)
{
	FILE *in = fopen(path, "rb");
	char piece[4096];
	size_t n;

	if (in == NULL)
		fail_msg("cannot open %s", path);
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		buf_add(out, piece, n);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(out->status, STATUS_OK);
}

static void
every_body_that_diun_has_sent_is_parsed(void **state UNUSED)
{
	const char *src = getenv("DIUNDASH_SRC"), *why, *dot;
	char folder[PATH_MAX / 2], path[PATH_MAX];
	struct diun_event event;
	struct dirent *entry;
	unsigned count = 0;
	struct buf body;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "%s/t/data/payloads",
	    src == NULL ? "." : src);
	dir = opendir(folder);
	if (dir == NULL)
		fail_msg("cannot open %s: is DIUNDASH_SRC set?", folder);
	buf_init(&body, 1 << 20);
	while ((entry = readdir(dir)) != NULL) {
		dot = strrchr(entry->d_name, '.');
		if (dot == NULL || strcmp(dot, ".json") != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entry->d_name);
		buf_clear(&body);
		read_file(path, &body);
		why = "";
		if (event_parse(&arena, body.data, body.len, &event, &why) !=
		    STATUS_OK)
			fail_msg("%s: %s", entry->d_name, why);
		check_row(entry->d_name, event.image[0] != '\0');
		check_row(entry->d_name, strchr(event.image, '@') == NULL);
		check_row(entry->d_name, event.diun_version[0] != '\0');
		check_row(entry->d_name, event.created[0] != '\0');
		count++;
	}
	(void)closedir(dir);
	buf_release(&body);
	assert_true(count >= 38);
}

static void
all_metadata_is_kept_behind_the_four_members(void **state UNUSED)
{
#define EMPTY4 "\"ctn_names\":\"\",\"ctn_id\":\"\",\"ctn_state\":\"\"," \
	"\"ctn_status\":\"\""
	static const struct {
		const char *sent, *kept;
	} rows[] = {
		{ "null", "{" EMPTY4 "}" },
		{ "{}", "{" EMPTY4 "}" },
		{ "{\"b\":\"1\",\"a\":\"2\"}",
		  "{" EMPTY4 ",\"b\":\"1\",\"a\":\"2\"}" },
		{ "{\"x\":1,\"y\":[true,null],\"z\":{\"a\":1.5}}",
		  "{" EMPTY4 ",\"x\":1,\"y\":[true,null],"
		  "\"z\":{\"a\":1.5}}" },
		{ "{\"x\":\"a\\u0000b\\\\u0000\"}",
		  "{" EMPTY4 ",\"x\":\"a\xef\xbf\xbd" "b\\\\u0000\"}" },
		{ "{\"z\":\"1\",\"ctn_state\":\"up\"}",
		  "{\"ctn_names\":\"\",\"ctn_id\":\"\","
		  "\"ctn_state\":\"up\",\"ctn_status\":\"\","
		  "\"z\":\"1\"}" },
	};
	struct diun_event event;
	char body[256];
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"image\":\"a:1\",\"metadata\":%s}", rows[i].sent);
		check_row(rows[i].sent, parse(body, &event, &why) ==
		    STATUS_OK);
		check_row_text(rows[i].sent, event.metadata, rows[i].kept);
		check_row_text(rows[i].sent, event.body, body);
	}
}

static void
containers_are_named_in_the_words_of_each_provider(void **state UNUSED)
{
	static const struct {
		const char *metadata, *containers;
	} rows[] = {
		{ "null", "[]" },
		{ "{\"ctn_names\":\"web\"}", "[\"web\"]" },
		{ "{\"ctn_names\":\"a, b,,c \"}",
		  "[\"a\",\"b\",\"c\"]" },
		{ "{\"ctn_names\":\" , \"}", "[]" },
		{ "{\"ctn_names\":\"a\\\"b\"}", "[\"a\\\"b\"]" },
		{ "{\"ctn_name\":\"shop_web\"}", "[\"shop_web\"]" },
		{ "{\"ctn_name\":\"x\",\"ctn_names\":\"y\"}", "[\"y\"]" },
		{ "{\"ctn_name\":\"c\",\"pod_name\":\"p\","
		  "\"pod_namespace\":\"n\"}", "[\"n/p\"]" },
		{ "{\"pod_name\":\"p\"}", "[\"p\"]" },
		{ "{\"job_name\":\"j\",\"task_name\":\"t\"}",
		  "[\"j/t\"]" },
		{ "{\"ctn_name\":5}", "[]" },
	};
	struct diun_event event;
	char body[256];
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"image\":\"a:1\",\"metadata\":%s}",
		    rows[i].metadata);
		check_row(rows[i].metadata, parse(body, &event, &why) ==
		    STATUS_OK);
		check_row_text(rows[i].metadata, event.containers,
		    rows[i].containers);
	}
}

static void
a_pin_to_the_digest_reported_is_current(void **state UNUSED)
{
	static const struct {
		const char *image, *digest;
		bool is_current;
	} rows[] = {
		{ "a:1", "sha256:aa", false },
		{ "a:1@sha256:aa", "sha256:aa", true },
		{ "a@sha256:aa", "sha256:aa", true },
		{ "a:1@sha256:aa", "sha256:bb", false },
		{ "a:1@sha256:aa", "", false },
		{ "a:1", "", false },
	};
	struct diun_event event;
	char body[128];
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		(void)snprintf(body, sizeof(body),
		    "{\"image\":\"%s\",\"digest\":\"%s\"}",
		    rows[i].image, rows[i].digest);
		check_row(body, parse(body, &event, &why) == STATUS_OK);
		check_row(body, event.is_current == rows[i].is_current);
		check_row_text(body, event.reference, rows[i].image);
		check_row(body, !event.is_test);
	}
}

static void
tests_are_told_by_their_digest_or_image(void **state UNUSED)
{
	static const char *const bodies[] = {
		"{\"image\":\"docker.io/diun/testnotif:latest\"}",
		"{\"image\":\"docker.io/crazymax/diun:latest\",\"digest\":"
		"\"sha256:216e3ae7de4ca8b553eb11ef7abda00651e79e537e85c461082"
		"84e5e91673e01\"}",
	};
	struct diun_event event;
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(bodies); i++) {
		check_row(bodies[i], parse(bodies[i], &event, &why) ==
		    STATUS_OK);
		check_row(bodies[i], event.is_test);
	}
	assert_int_equal(parse("{\"image\":\"docker.io/crazymax/diun:latest\""
	    "}", &event, &why), STATUS_OK);
	assert_false(event.is_test);
}

static void
a_hostname_can_stand_in_an_address(void **state UNUSED)
{
	char body[2000], name[601];
	struct diun_event event;
	const char *why;

	assert_int_equal(parse("{\"image\":\"a\",\"hostname\":"
	    "\"a\\nb\\u0085c\\u007f\"}", &event, &why), STATUS_OK);
	assert_string_equal(event.hostname, "a b  c ");
	/* It is cut between two characters of two bytes. */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name + 254, "\xc3\xa4", 2);
	(void)snprintf(body, sizeof(body),
	    "{\"image\":\"a\",\"hostname\":\"%s\"}", name);
	assert_int_equal(parse(body, &event, &why), STATUS_OK);
	assert_int_equal(strlen(event.hostname), 254);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_member_reaches_its_place),
		TEST(an_image_is_enough_and_the_rest_is_empty),
		TEST(the_image_is_kept_without_its_digest),
		TEST(what_cannot_be_kept_is_refused_with_a_line),
		TEST(other_members_may_hold_any_text),
		TEST(an_image_has_at_most_1024_bytes),
		TEST(every_body_that_diun_has_sent_is_parsed),
		TEST(all_metadata_is_kept_behind_the_four_members),
		TEST(containers_are_named_in_the_words_of_each_provider),
		TEST(a_pin_to_the_digest_reported_is_current),
		TEST(tests_are_told_by_their_digest_or_image),
		TEST(a_hostname_can_stand_in_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
