/*
 * event.c - a Diun webhook body becomes a struct diun_event
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>

#include "event.h"
#include "json.h"
#include "reference.h"
#include "utf8.h"

/* More than any body that is taken; escapes can make text six times longer. */
#define METADATA_MAX ((size_t)1024 * 1024 * 1024)

/* What `diun notif test` sends, whatever the version. */
#define TEST_IMAGE "docker.io/diun/testnotif:latest"
#define TEST_DIGEST "sha256:216e3ae7de4ca8b553eb11ef7abda00651e79e537e85c461" \
	"08284e5e91673e01"

/* Which member of the body fills which member of the struct. */
struct field {
	const char *name;
	size_t offset;
};

#define FIELD(name, member) { name, offsetof(struct diun_event, member) }

static const struct field fields[] = {
	FIELD("diun_version", diun_version),
	FIELD("hostname", hostname),
	FIELD("status", status),
	FIELD("provider", provider),
	FIELD("hub_link", hub_link),
	FIELD("mime_type", mime_type),
	FIELD("digest", digest),
	FIELD("created", created),
	FIELD("platform", platform),
};

static const struct field metadata_fields[] = {
	FIELD("ctn_names", ctn_names),
	FIELD("ctn_id", ctn_id),
	FIELD("ctn_state", ctn_state),
	FIELD("ctn_status", ctn_status),
};

/*
 * Fill the members that `list` names from `object`, which may be NULL; what
 * is absent becomes "". `prefix` is put before the name in an error.
 */
static enum status
fill(struct arena *arena, struct json_object *object,
    const struct field *list, size_t count, const char *prefix,
    struct diun_event *event, const char **why)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const char **to = (const char **)((char *)event +
		    list[i].offset);
		enum status status = STATUS_NOT_FOUND;

		*to = "";
		if (object != NULL)
			status = json_get_text(arena, object, list[i].name,
			    to, NULL);
		if (status == STATUS_INVALID) {
			*why = arena_printf(arena, "%s%s is not a string",
			    prefix, list[i].name);
			return STATUS_INVALID;
		}
	}
	return STATUS_OK;
}

/*
 * A host's name is part of addresses, so what cannot stand in one goes:
 * control characters become spaces, and it ends at HOSTNAME_BYTES_MAX.
 */
static const char *
clean_hostname(struct arena *arena, const char *hostname)
{
	size_t len = strlen(hostname), at = 0, step;
	char *clean, one[5];

	if (len <= HOSTNAME_BYTES_MAX && !utf8_has_control(hostname))
		return hostname;
	clean = arena_strndup(arena, hostname, len);
	while ((step = utf8_sequence(clean + at, len - at)) > 0 &&
	    at + step <= HOSTNAME_BYTES_MAX) {
		(void)snprintf(one, sizeof(one), "%.*s", (int)step,
		    clean + at);
		if (utf8_has_control(one))
			memset(clean + at, ' ', step);
		at += step;
	}
	clean[at] = '\0';
	return clean;
}

static enum status
parse_image(struct arena *arena, struct json_object *body,
    struct diun_event *event, const char **why)
{
	const char *image = "";
	bool had_nul = false;

	switch (json_get_text(arena, body, "image", &image, &had_nul)) {
	case STATUS_OK:
		break;
	case STATUS_NOT_FOUND:
		*why = "image is missing: this is not a webhook body of Diun";
		return STATUS_INVALID;
	default:
		*why = "image is not a string";
		return STATUS_INVALID;
	}
	if (had_nul) {
		*why = "image holds U+0000: send a plain image reference";
		return STATUS_INVALID;
	}
	if (reference_check(image, why) != STATUS_OK)
		return STATUS_INVALID;
	event->reference = image;
	event->image = reference_key(arena, image);
	/* The key may be a little longer, and must be fit for the API. */
	return reference_check(event->image, why);
}

/* Is it one of the members that are written first, whatever was sent? */
static bool
is_metadata_field(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(metadata_fields); i++)
		if (strcmp(name, metadata_fields[i].name) == 0)
			return true;
	return false;
}

struct copying {
	struct arena *arena;
	struct json_writer writer;
};

static void
copy_member(void *arg, const char *name, struct json_object *value)
{
	struct copying *copying = arg;

	if (!is_metadata_field(name))
		json_put_raw(&copying->writer, name,
		    json_text_of(copying->arena, value));
}

/* The metadata as one JSON object that always has the four members. */
static void
write_metadata(struct arena *arena, struct json_object *metadata,
    struct diun_event *event)
{
	struct copying copying = { .arena = arena };
	struct buf out;
	size_t i;

	buf_init(&out, METADATA_MAX);
	json_writer_init(&copying.writer, &out);
	json_open_object(&copying.writer, NULL);
	for (i = 0; i < COUNT_OF(metadata_fields); i++)
		json_put_text(&copying.writer, metadata_fields[i].name,
		    *(const char **)((char *)event +
		    metadata_fields[i].offset));
	if (metadata != NULL)
		json_each_member(metadata, copy_member, &copying);
	json_close_object(&copying.writer);
	assert(out.status == STATUS_OK);
	event->metadata = arena_strndup(arena, buf_text(&out), out.len);
	buf_release(&out);
}

/* The metadata's text member, "" where it has none. */
static const char *
metadata_text(struct arena *arena, struct json_object *metadata,
    const char *name)
{
	const char *text = "";

	if (metadata == NULL || json_get_text(arena, metadata, name, &text,
	    NULL) != STATUS_OK)
		return "";
	return text;
}

/* Write each of the names between commas, without spaces around it. */
static void
put_names(struct json_writer *writer, struct arena *arena, const char *names)
{
	while (*names != '\0') {
		size_t len = strcspn(names, ","), end;

		while (len > 0 && *names == ' ') {
			names++;
			len--;
		}
		for (end = len; end > 0 && names[end - 1] == ' '; end--)
			;
		if (end > 0)
			json_put_text(writer, NULL, arena_strndup(arena,
			    names, end));
		names += len;
		names += *names == ',';
	}
}

/*
 * Whom the event concerns, in the providers' own words: docker's and
 * swarm's containers, Kubernetes' pods, Nomad's tasks.
 */
static void
write_containers(struct arena *arena, struct json_object *metadata,
    struct diun_event *event)
{
	static const char *const pairs[][2] = {
		{ "pod_namespace", "pod_name" },
		{ "job_name", "task_name" },
	};
	struct json_writer writer;
	const char *name = metadata_text(arena, metadata, "ctn_name");
	struct buf out;
	size_t i;

	for (i = 0; i < COUNT_OF(pairs); i++) {
		const char *in = metadata_text(arena, metadata, pairs[i][0]);
		const char *what = metadata_text(arena, metadata,
		    pairs[i][1]);

		/* A pod's ctn_name is but the container's within it. */
		if (what[0] != '\0')
			name = arena_printf(arena, "%s%s%s", in,
			    in[0] == '\0' ? "" : "/", what);
	}
	buf_init(&out, METADATA_MAX);
	json_writer_init(&writer, &out);
	json_open_array(&writer, NULL);
	if (event->ctn_names[0] != '\0')
		put_names(&writer, arena, event->ctn_names);
	else if (name[0] != '\0')
		json_put_text(&writer, NULL, name);
	json_close_array(&writer);
	assert(out.status == STATUS_OK);
	event->containers = arena_strndup(arena, buf_text(&out), out.len);
	buf_release(&out);
}

enum status
event_parse(struct arena *arena, const char *data, size_t len,
    struct diun_event *event, const char **why)
{
	struct json_object *body, *metadata = NULL;
	const char *pinned;
	enum status status;

	*event = (struct diun_event){ 0 };
	status = json_parse_object(arena, data, len, &body, why);
	if (status != STATUS_OK)
		return status;
	status = parse_image(arena, body, event, why);
	if (status != STATUS_OK)
		return status;
	status = fill(arena, body, fields, COUNT_OF(fields), "", event, why);
	if (status != STATUS_OK)
		return status;
	event->hostname = clean_hostname(arena, event->hostname);
	if (event->created[0] == '\0')
		event->created = CREATED_UNKNOWN;
	if (json_get_object(body, "metadata", &metadata) == STATUS_INVALID) {
		*why = "metadata is not an object";
		return STATUS_INVALID;
	}
	status = fill(arena, metadata, metadata_fields,
	    COUNT_OF(metadata_fields), "metadata.", event, why);
	if (status != STATUS_OK)
		return status;
	write_metadata(arena, metadata, event);
	write_containers(arena, metadata, event);
	event->body = arena_strndup(arena, data, len);
	pinned = reference_digest(event->reference);
	event->is_current = pinned != NULL &&
	    strcmp(pinned, event->digest) == 0;
	event->is_test = strcmp(event->digest, TEST_DIGEST) == 0 ||
	    strcmp(event->image, TEST_IMAGE) == 0;
	return STATUS_OK;
}
