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
	    "\"hostname\":\"a\\u0000b\\n\",\"platform\":\"\\ud83d\\udc33\"}",
	    &event, &why), STATUS_OK);
	assert_string_equal(event.status, "to come");
	assert_string_equal(event.created, "yesterday");
	assert_string_equal(event.hub_link, "javascript:x");
	assert_string_equal(event.hostname, "a\xef\xbf\xbd" "b\n");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
