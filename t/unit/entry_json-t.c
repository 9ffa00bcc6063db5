/*
 * entry_json-t.c - tests of entry_json.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "entry_json.h"

static struct update_entry
sample(void)
{
	return (struct update_entry){
		.event = {
			.image = "docker.io/library/nginx:latest",
			.diun_version = "v4.33.0", .hostname = "nas",
			.status = "update", .provider = "docker",
			.hub_link = "https://hub.docker.com/_/nginx",
			.mime_type = "application/x", .digest = "sha256:ab",
			.created = "2026-03-23T10:00:00Z",
			.platform = "linux/amd64", .ctn_names = "web",
			.ctn_id = "c0ffee", .ctn_state = "running",
			.ctn_status = "Up 2 days",
		},
		.received_at = "2026-03-23T10:00:01Z",
		.acknowledged = false,
		.tag = { 1, "media" },
	};
}

/* The entry as the only member of an object; released by the caller. */
static struct buf
written(const struct update_entry *entry)
{
	struct json_writer writer;
	struct json_fault fault;
	struct buf out;

	buf_init(&out, 1 << 20);
	json_writer_init(&writer, &out);
	json_open_object(&writer, NULL);
	entry_json_put(&writer, entry);
	json_close_object(&writer);
	assert_int_equal(out.status, STATUS_OK);
	assert_int_equal(json_check(out.data, out.len, JSON_DEPTH_MAX,
	    &fault), STATUS_OK);
	return out;
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
	    "\"ctn_names\":\"web\",\"ctn_id\":\"c0ffee\","
	    "\"ctn_state\":\"running\",\"ctn_status\":\"Up 2 days\"}},"
	    "\"received_at\":\"2026-03-23T10:00:01Z\","
	    "\"acknowledged\":false,"
	    "\"tag\":{\"id\":1,\"name\":\"media\"}}}");
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
	    "\"acknowledged\":true,\"tag\":null}}"));
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
		entry.event.ctn_status = texts[i];
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_is_written_as_the_api_promises),
		cmocka_unit_test(an_entry_without_tag_has_null),
		cmocka_unit_test(only_links_to_the_web_are_passed_on),
		cmocka_unit_test(text_of_any_kind_stays_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
