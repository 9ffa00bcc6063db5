/*
 * entry_json-t.c - tests of entry_json.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "entry_json.h"

#define METADATA "{\"ctn_names\":\"web\",\"x\":\"y\"}"

static struct update_entry
sample(void)
{
	return (struct update_entry){
		.is_first = true,
		.event = {
			.image = "docker.io/library/nginx:latest",
			.diun_version = "v4.33.0", .hostname = "nas",
			.status = "update", .provider = "docker",
			.hub_link = "https://hub.docker.com/_/nginx",
			.mime_type = "application/x", .digest = "sha256:ab",
			.created = "2026-03-23T10:00:00Z",
			.platform = "linux/amd64", .metadata = METADATA,
		},
		.received_at = "2026-03-23T10:00:01Z",
		.acknowledged = false,
		.pushes = 2,
		.tag = { 1, "media" },
		.host = {
			.hostname = "nas", .reference = "nginx@sha256:cd",
			.digest = "sha256:ab", .provider = "docker",
			.status = "update", .platform = "linux/amd64",
			.created = "2026-03-23T10:00:00Z",
			.metadata = METADATA, .containers = "[\"web\"]",
			.first_pending_at = "2026-03-22T10:00:01Z",
			.received_at = "2026-03-23T10:00:01Z",
			.acknowledged_at = "", .acknowledged_by = "",
		},
	};
}

/* Rows as the members of an object; released by the caller. */
static struct buf
written_all(const struct update_entry *entries, size_t count)
{
	struct entry_writer rows;
	struct json_writer writer;
	struct json_fault fault;
	struct buf out;
	size_t i;

	buf_init(&out, 1 << 20);
	json_writer_init(&writer, &out);
	json_open_object(&writer, NULL);
	entry_writer_init(&rows, &writer);
	for (i = 0; i < count; i++)
		entry_writer_put(&rows, &entries[i]);
	entry_writer_end(&rows);
	json_close_object(&writer);
	assert_int_equal(out.status, STATUS_OK);
	assert_int_equal(json_check(out.data, out.len, JSON_DEPTH_MAX,
	    &fault), STATUS_OK);
	return out;
}

static struct buf
written(const struct update_entry *entry)
{
	return written_all(entry, 1);
}

static void
an_entry_is_written_as_the_api_promises(void **state UNUSED)
{
	struct update_entry entry = sample();
	struct buf out = written(&entry);

	assert_string_equal(buf_text(&out),
	    "{\"docker.io/library/nginx:latest\":{\"event\":{"
	    "\"diun_version\":\"v4.33.0\",\"hostname\":\"nas\","
	    "\"status\":\"update\",\"provider\":\"docker\","
	    "\"image\":\"docker.io/library/nginx:latest\","
	    "\"hub_link\":\"https://hub.docker.com/_/nginx\","
	    "\"mime_type\":\"application/x\",\"digest\":\"sha256:ab\","
	    "\"created\":\"2026-03-23T10:00:00Z\","
	    "\"platform\":\"linux/amd64\",\"metadata\":{"
	    "\"ctn_names\":\"web\",\"x\":\"y\"}},"
	    "\"received_at\":\"2026-03-23T10:00:01Z\","
	    "\"acknowledged\":false,"
	    "\"tag\":{\"id\":1,\"name\":\"media\"},\"pushes\":2,"
	    "\"hosts\":[{\"hostname\":\"nas\","
	    "\"reference\":\"nginx@sha256:cd\","
	    "\"digest\":\"sha256:ab\",\"status\":\"update\","
	    "\"provider\":\"docker\",\"platform\":\"linux/amd64\","
	    "\"created\":\"2026-03-23T10:00:00Z\","
	    "\"containers\":[\"web\"],\"metadata\":{"
	    "\"ctn_names\":\"web\",\"x\":\"y\"},"
	    "\"received_at\":\"2026-03-23T10:00:01Z\","
	    "\"first_pending_at\":\"2026-03-22T10:00:01Z\","
	    "\"acknowledged\":false,\"acknowledged_at\":null,"
	    "\"acknowledged_by\":\"\"}],"
	    "\"first_pending_at\":\"2026-03-22T10:00:01Z\","
	    "\"acknowledged_at\":null,\"acknowledged_by\":\"\"}}");
	buf_release(&out);
}

static void
an_entry_without_tag_has_null(void **state UNUSED)
{
	struct update_entry entry = sample();
	struct buf out;

	entry.tag.id = 0;
	entry.tag.name = "";
	entry.acknowledged = true;
	out = written(&entry);
	assert_non_null(strstr(buf_text(&out),
	    "\"acknowledged\":true,\"tag\":null,"));
	buf_release(&out);
}

/* The earliest that is pending, the last that was acknowledged, and by whom. */
static void
an_image_adds_up_its_hosts(void **state UNUSED)
{
	struct update_entry rows[] = { sample(), sample(), sample() };
	struct buf out;

	rows[1].is_first = rows[2].is_first = false;
	rows[1].host.first_pending_at = "2026-03-20T10:00:01Z";
	rows[2].host.acknowledged_at = "2026-03-24T10:00:01Z";
	rows[2].host.acknowledged_by = "anna";
	out = written_all(rows, 3);
	assert_non_null(strstr(buf_text(&out),
	    "],\"first_pending_at\":\"2026-03-20T10:00:01Z\","
	    "\"acknowledged_at\":null,\"acknowledged_by\":\"\"}}"));
	buf_release(&out);

	rows[0].acknowledged = true;
	rows[0].host.acknowledged_at = "2026-03-25T10:00:01Z";
	rows[0].host.acknowledged_by = "ben";
	rows[1].host.acknowledged_at = "2026-03-23T10:00:01Z";
	out = written_all(rows, 3);
	assert_non_null(strstr(buf_text(&out),
	    "],\"first_pending_at\":null,"
	    "\"acknowledged_at\":\"2026-03-25T10:00:01Z\","
	    "\"acknowledged_by\":\"ben\"}}"));
	buf_release(&out);
}

static void
each_image_is_a_member_of_its_own(void **state UNUSED)
{
	struct update_entry rows[] = { sample(), sample() };
	struct json_object *root, *image;
	struct arena arena;
	const char *why;
	struct buf out;

	rows[1].event.image = "other:1";
	out = written_all(rows, 2);
	arena_init(&arena);
	assert_int_equal(json_parse_object(&arena, out.data, out.len, &root,
	    &why), STATUS_OK);
	assert_int_equal(json_get_object(root, rows[0].event.image, &image),
	    STATUS_OK);
	assert_int_equal(json_get_object(root, "other:1", &image),
	    STATUS_OK);
	arena_release(&arena);
	buf_release(&out);
}

static void
only_links_to_the_web_are_passed_on(void **state UNUSED)
{
	static const struct {
		const char *link;
		bool passed;
	} rows[] = {
		{ "https://hub.docker.com/r/x", true },
		{ "http://nas:5000/", true },
		{ "HTTPS://HUB.example/", true },
		{ "", false },
		{ "javascript:alert(1)", false },
		{ "JavaScript:alert(1)", false },
		{ " https://x", false },
		{ "data:text/html,x", false },
		{ "//evil.example/", false },
		{ "https:/x", false },
		{ "httpsx://x", false },
		{ "ftp://x", false },
		{ "vbscript:https://", false },
	};
	struct update_entry entry = sample();
	char wanted[128];
	struct buf out;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		entry.event.hub_link = rows[i].link;
		out = written(&entry);
		(void)snprintf(wanted, sizeof(wanted),
		    "\"hub_link\":\"%s\",", rows[i].passed ? rows[i].link
		    : "");
		check_row(rows[i].link, strstr(buf_text(&out), wanted) !=
		    NULL);
		buf_release(&out);
	}
}

static void
text_of_any_kind_stays_json(void **state UNUSED)
{
	static const char *const texts[] = {
		"\"", "\\", "\n\r\t\x01\x1f\x7f", "</script>", "\xc3\xa4",
		"\xf0\x9f\x90\xb3", "\",\"acknowledged\":true,\"x\":\"",
	};
	struct update_entry entry = sample();
	struct json_object *root;
	struct arena arena;
	const char *why;
	struct buf out;
	size_t i;

	arena_init(&arena);
	for (i = 0; i < COUNT_OF(texts); i++) {
		entry.event.image = texts[i];
		entry.event.hostname = texts[i];
		entry.host.hostname = texts[i];
		entry.host.acknowledged_by = texts[i];
		entry.tag.name = texts[i];
		out = written(&entry);
		check_row(texts[i], json_parse_object(&arena, out.data,
		    out.len, &root, &why) == STATUS_OK);
		check_row(texts[i], json_get_object(root, texts[i], &root) ==
		    STATUS_OK);
		buf_release(&out);
	}
	arena_release(&arena);
}

static void
a_row_of_history_is_written_as_the_api_promises(void **state UNUSED)
{
	const struct history_entry entry = {
		.id = 9007199254740991, .at = "2026-11-25T05:31:00Z",
		.action = "tag-renamed", .image = "i", .hostname = "h",
		.actor = "w", .digest = "d", .detail = "{\"id\":1}",
	};
	struct json_writer json;
	struct buf out;

	buf_init(&out, 1000);
	json_writer_init(&json, &out);
	entry_json_put_history(&json, &entry);
	assert_string_equal(buf_text(&out), "{\"id\":9007199254740991,"
	    "\"at\":\"2026-11-25T05:31:00Z\",\"action\":\"tag-renamed\","
	    "\"image\":\"i\",\"hostname\":\"h\",\"actor\":\"w\","
	    "\"digest\":\"d\",\"detail\":{\"id\":1}}");
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_written_as_the_api_promises),
		cmocka_unit_test(an_entry_without_tag_has_null),
		cmocka_unit_test(an_image_adds_up_its_hosts),
		cmocka_unit_test(each_image_is_a_member_of_its_own),
		cmocka_unit_test(only_links_to_the_web_are_passed_on),
		cmocka_unit_test(
		    a_row_of_history_is_written_as_the_api_promises),
		cmocka_unit_test(text_of_any_kind_stays_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
