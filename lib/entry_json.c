/*
 * entry_json.c - updates and history as JSON, the same for the API and the
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
	json_put_raw(writer, "metadata", event->metadata);
	json_close_object(writer);
}

/* A time, or null for "". */
static void
put_time(struct json_writer *writer, const char *name, const char *time)
{
	json_put_text(writer, name, time[0] == '\0' ? NULL : time);
}

static void
put_host(struct json_writer *writer, const struct host_update *host)
{
	bool acknowledged = host->acknowledged_at[0] != '\0';

	json_open_object(writer, NULL);
	json_put_text(writer, "hostname", host->hostname);
	json_put_text(writer, "reference", host->reference);
	json_put_text(writer, "digest", host->digest);
	json_put_text(writer, "status", host->status);
	json_put_text(writer, "provider", host->provider);
	json_put_text(writer, "platform", host->platform);
	json_put_text(writer, "created", host->created);
	json_put_raw(writer, "containers", host->containers);
	json_put_raw(writer, "metadata", host->metadata);
	json_put_text(writer, "received_at", host->received_at);
	put_time(writer, "first_pending_at",
	    acknowledged ? "" : host->first_pending_at);
	json_put_bool(writer, "acknowledged", acknowledged);
	put_time(writer, "acknowledged_at", host->acknowledged_at);
	json_put_text(writer, "acknowledged_by", host->acknowledged_by);
	json_close_object(writer);
}

static void
put_tag(struct json_writer *writer, const char *name, const struct tag *tag)
{
	json_open_object(writer, name);
	json_put_int64(writer, "id", tag->id);
	json_put_text(writer, "name", tag->name);
	json_close_object(writer);
}

static void
put_image(struct json_writer *writer, const struct update_entry *entry)
{
	json_open_object(writer, entry->event.image);
	put_event(writer, &entry->event);
	json_put_text(writer, "received_at", entry->received_at);
	json_put_bool(writer, "acknowledged", entry->acknowledged);
	if (entry->tag.id == 0)
		json_put_null(writer, "tag");
	else
		put_tag(writer, "tag", &entry->tag);
	json_put_int64(writer, "pushes", entry->pushes);
	json_open_array(writer, "hosts");
}

/* Keep the earliest that is pending and the last that was acknowledged. */
static void
add_up(struct entry_writer *writer, const struct host_update *host)
{
	if (host->acknowledged_at[0] == '\0') {
		if (writer->first_pending_at[0] == '\0' ||
		    strcmp(host->first_pending_at,
		    writer->first_pending_at) < 0)
			(void)snprintf(writer->first_pending_at,
			    sizeof(writer->first_pending_at), "%s",
			    host->first_pending_at);
	} else if (strcmp(host->acknowledged_at,
	    writer->acknowledged_at) >= 0) {
		(void)snprintf(writer->acknowledged_at,
		    sizeof(writer->acknowledged_at), "%s",
		    host->acknowledged_at);
		(void)snprintf(writer->acknowledged_by,
		    sizeof(writer->acknowledged_by), "%s",
		    host->acknowledged_by);
	}
}

void
entry_writer_init(struct entry_writer *writer, struct json_writer *json)
{
	*writer = (struct entry_writer){ .json = json };
}

void
entry_writer_end(struct entry_writer *writer)
{
	if (!writer->is_open)
		return;
	json_close_array(writer->json);
	put_time(writer->json, "first_pending_at", writer->first_pending_at);
	put_time(writer->json, "acknowledged_at",
	    writer->acknowledged ? writer->acknowledged_at : "");
	json_put_text(writer->json, "acknowledged_by",
	    writer->acknowledged ? writer->acknowledged_by : "");
	json_close_object(writer->json);
	writer->is_open = false;
}

void
entry_writer_put(struct entry_writer *writer,
    const struct update_entry *entry)
{
	if (entry->is_first) {
		entry_writer_end(writer);
		put_image(writer->json, entry);
		writer->is_open = true;
		writer->acknowledged = entry->acknowledged;
		writer->first_pending_at[0] = '\0';
		writer->acknowledged_at[0] = '\0';
		writer->acknowledged_by[0] = '\0';
	}
	put_host(writer->json, &entry->host);
	add_up(writer, &entry->host);
}

void
entry_json_put_tag(struct json_writer *writer, const struct tag *tag)
{
	put_tag(writer, NULL, tag);
}

void
entry_json_put_history(struct json_writer *writer,
    const struct history_entry *entry)
{
	json_open_object(writer, NULL);
	json_put_int64(writer, "id", entry->id);
	json_put_text(writer, "at", entry->at);
	json_put_text(writer, "action", entry->action);
	json_put_text(writer, "image", entry->image);
	json_put_text(writer, "hostname", entry->hostname);
	json_put_text(writer, "actor", entry->actor);
	json_put_text(writer, "digest", entry->digest);
	json_put_raw(writer, "detail", entry->detail);
	json_close_object(writer);
}
