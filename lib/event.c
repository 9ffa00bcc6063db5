/*
 * event.c - a Diun webhook body becomes a struct diun_event
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "event.h"
#include "json.h"
#include "reference.h"

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
	event->image = reference_key(arena, image);
	return STATUS_OK;
}

enum status
event_parse(struct arena *arena, const char *data, size_t len,
    struct diun_event *event, const char **why)
{
	struct json_object *body, *metadata = NULL;
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
	if (event->created[0] == '\0')
		event->created = CREATED_UNKNOWN;
	if (json_get_object(body, "metadata", &metadata) == STATUS_INVALID) {
		*why = "metadata is not an object";
		return STATUS_INVALID;
	}
	return fill(arena, metadata, metadata_fields,
	    COUNT_OF(metadata_fields), "metadata.", event, why);
}
