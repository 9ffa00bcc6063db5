/*
 * entry_json.c - an update entry as JSON, the same for the API and the
 * command
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <strings.h>

#include "entry_json.h"

/* The link is third-party text; a browser must not be led elsewhere by it. */
static const char *
safe_link(const char *link)
{
	if (strncasecmp(link, "https://", 8) == 0 ||
	    strncasecmp(link, "http://", 7) == 0)
		return link;
	return "";
}

static void
put_event(struct json_writer *writer, const struct diun_event *event)
{
	json_open_object(writer, "event");
	json_put_text(writer, "diun_version", event->diun_version);
	json_put_text(writer, "hostname", event->hostname);
	json_put_text(writer, "status", event->status);
	json_put_text(writer, "provider", event->provider);
	json_put_text(writer, "image", event->image);
	json_put_text(writer, "hub_link", safe_link(event->hub_link));
	json_put_text(writer, "mime_type", event->mime_type);
	json_put_text(writer, "digest", event->digest);
	json_put_text(writer, "created", event->created);
	json_put_text(writer, "platform", event->platform);
	json_open_object(writer, "metadata");
	json_put_text(writer, "ctn_names", event->ctn_names);
	json_put_text(writer, "ctn_id", event->ctn_id);
	json_put_text(writer, "ctn_state", event->ctn_state);
	json_put_text(writer, "ctn_status", event->ctn_status);
	json_close_object(writer);
	json_close_object(writer);
}

void
entry_json_put(struct json_writer *writer, const struct update_entry *entry)
{
	json_open_object(writer, entry->event.image);
	put_event(writer, &entry->event);
	json_put_text(writer, "received_at", entry->received_at);
	json_put_bool(writer, "acknowledged", entry->acknowledged);
	if (entry->tag.id == 0) {
		json_put_null(writer, "tag");
	} else {
		json_open_object(writer, "tag");
		json_put_int64(writer, "id", entry->tag.id);
		json_put_text(writer, "name", entry->tag.name);
		json_close_object(writer);
	}
	json_close_object(writer);
}
