/*
 * event.c - fuzz target: event.h, a webhook's body becomes an event
 *
 * An event that is taken is fit to be stored and to be shown; one that is not
 * gets a line that says why.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <strings.h>

#include "entry_json.h"
#include "event.h"
#include "fuzz.h"
#include "json.h"
#include "reference.h"
#include "utf8.h"

static void
must_be_text(const char *text)
{
	must(text != NULL && utf8_valid(text, strlen(text)));
}

static void
must_be_json(const char *text, size_t len, char first)
{
	struct json_fault fault;

	must(len > 0 && text[0] == first);
	must(json_check(text, len, JSON_DEPTH_MAX, &fault) == STATUS_OK);
}

static void
check_event(const struct diun_event *event)
{
	const char *const texts[] = {
		event->image, event->reference, event->diun_version,
		event->hostname, event->status, event->provider,
		event->hub_link, event->mime_type, event->digest,
		event->created, event->platform, event->ctn_names,
		event->ctn_id, event->ctn_state, event->ctn_status,
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(texts); i++)
		must_be_text(texts[i]);
	must(reference_check(event->image, &why) == STATUS_OK);
	must(strlen(event->hostname) <= HOSTNAME_BYTES_MAX);
	must(!utf8_has_control(event->hostname));
	must(event->created[0] != '\0');
	must_be_json(event->metadata, strlen(event->metadata), '{');
	must_be_json(event->containers, strlen(event->containers), '[');
}

/* As the list has it, which ends up in a browser. */
static void
check_shown(const struct diun_event *event)
{
	struct update_entry entry = {
		.is_first = true, .event = *event,
		.received_at = CREATED_UNKNOWN, .pushes = 1,
		.tag = { .id = 1, .name = event->platform },
		.host = {
			.hostname = event->hostname,
			.reference = event->reference,
			.digest = event->digest,
			.provider = event->provider,
			.status = event->status,
			.platform = event->platform,
			.created = event->created,
			.metadata = event->metadata,
			.containers = event->containers,
			.first_pending_at = CREATED_UNKNOWN,
			.received_at = CREATED_UNKNOWN,
			.acknowledged_at = "", .acknowledged_by = "",
		},
	};
	struct json_object *list, *shown, *inner;
	struct entry_writer writer;
	struct json_writer json;
	const char *why, *link;
	struct arena arena;
	struct buf out;

	arena_init(&arena);
	buf_init(&out, (size_t)1 << 30);
	json_writer_init(&json, &out);
	json_open_object(&json, NULL);
	entry_writer_init(&writer, &json);
	entry_writer_put(&writer, &entry);
	entry_writer_end(&writer);
	json_close_object(&json);
	must(out.status == STATUS_OK);
	/* Metadata may have the whole depth; in the list it lies deeper. */
	if (json_parse_object(&arena, out.data, out.len, &list, &why) !=
	    STATUS_OK) {
		must(strstr(why, "nested too deep") != NULL);
		goto out;
	}
	must(json_get_object(list, event->image, &shown) == STATUS_OK);
	must(json_get_object(shown, "event", &inner) == STATUS_OK);
	must(json_get_text(&arena, inner, "hub_link", &link, NULL) ==
	    STATUS_OK);
	must(link[0] == '\0' || strncasecmp(link, "http://", 7) == 0 ||
	    strncasecmp(link, "https://", 8) == 0);
out:
	arena_release(&arena);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size == 0 ? "" : (const char *)data, *why = NULL;
	struct diun_event event;
	struct arena arena;
	enum status status;

	arena_init(&arena);
	status = event_parse(&arena, text, size, &event, &why);
	if (status == STATUS_OK) {
		check_event(&event);
		must(strlen(event.body) <= size &&
		    memcmp(event.body, text, strlen(event.body)) == 0);
		check_shown(&event);
	} else {
		must(status == STATUS_INVALID);
		fuzz_must_be_line(why);
	}
	arena_release(&arena);
	return 0;
}
