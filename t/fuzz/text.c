/*
 * text.c - fuzz target: short texts from outside
 *
 * Names of tags, numbers, the webhook's secret, the origin of a request; and
 * texts on their way out, into the log and into JSON. The first byte is a
 * size.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <strings.h>

#include "auth.h"
#include "fuzz.h"
#include "json.h"
#include "log.h"
#include "model.h"
#include "number.h"
#include "tag_name.h"
#include "utf8.h"

static void
check_tag_name(struct arena *arena, const char *text)
{
	const char *name, *again, *why = NULL;

	if (tag_name_check(arena, text, &name, &why) != STATUS_OK) {
		fuzz_must_be_line(why);
		return;
	}
	must(name[0] != '\0' && name[0] != ' ');
	must(name[strlen(name) - 1] != ' ' && !utf8_has_control(name));
	must(utf8_length(name) <= TAG_NAME_CHARACTERS_MAX);
	must(strstr(text, name) != NULL);
	must(tag_name_check(arena, name, &again, &why) == STATUS_OK);
	must(strcmp(name, again) == 0);
}

static void
check_number(const char *text)
{
	int64_t out = -1, wanted = 0;
	bool good = text[0] != '\0' &&
	    strspn(text, "0123456789") == strlen(text);

	if (good) {
		errno = 0;
		wanted = strtoll(text, NULL, 10);
		good = errno == 0;
	}
	must(number_parse(text, INT64_MAX, &out) == good);
	must(out == (good ? wanted : -1));
	must(number_parse(text, 999, &out) == (good && wanted <= 999));
}

static void
check_secret(const char *text)
{
	static const char *const secrets[] = { "s3cret", "older secret" };
	const char *bare = text;
	bool good = false;
	size_t i;

	if (strncasecmp(text, "Bearer ", 7) == 0)
		bare += 7 + strspn(text + 7, " ");
	for (i = 0; i < 2; i++)
		good = good || strcmp(text, secrets[i]) == 0 ||
		    strcmp(bare, secrets[i]) == 0;
	must(auth_secret_matches(secrets[0], secrets[1], text) == good);
	must(auth_secret_matches(secrets[0], NULL, text) == (good &&
	    strstr(text, secrets[0]) != NULL));
}

static void
check_origin(const char *text)
{
	static const char host[] = "diun.example:8080";
	struct auth_origin by_site = { .fetch_site = text, .host = host };
	struct auth_origin by_origin = { .origin = text, .host = host };

	must(auth_is_cross_site(&by_site) == (strcmp(text, "same-origin") !=
	    0 && strcmp(text, "none") != 0));
	/* Ours ends in our own name, whatever stands before it. */
	must(auth_is_cross_site(&by_origin) ||
	    (strlen(text) > strlen(host) && strcasecmp(text + strlen(text) -
	    strlen(host), host) == 0));
}

static void
check_scrub(const char *text, size_t size)
{
	char *out = mem_alloc(size);
	size_t len = log_scrub(out, size, text), i;

	if (size > 0) {
		must(len < size && strlen(out) == len);
		for (i = 0; i < len; i++)
			must(out[i] >= 0x20 && out[i] < 0x7f);
	}
	free(out);
}

static void
check_json(struct arena *arena, const char *text)
{
	struct json_object *object;
	struct json_writer writer;
	const char *why, *again;
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	json_writer_init(&writer, &out);
	json_open_object(&writer, NULL);
	json_put_text(&writer, text, text);
	json_close_object(&writer);
	must(json_parse_object(arena, out.data, out.len, &object, &why) ==
	    STATUS_OK);
	must(json_get_text(arena, object, text, &again, NULL) == STATUS_OK);
	must(strcmp(text, again) == 0);
	for (again = out.data; *again != '\0'; again++)
		must((unsigned char)*again >= 0x20 && *again != 0x7f);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	char *text;

	if (size == 0)
		return 0;
	arena_init(&arena);
	text = fuzz_text(data + 1, size - 1);
	check_number(text);
	check_secret(text);
	check_origin(text);
	check_scrub(text, data[0]);
	if (utf8_valid(text, strlen(text))) {
		check_tag_name(&arena, text);
		check_json(&arena, text);
	}
	arena_release(&arena);
	free(text);
	return 0;
}
