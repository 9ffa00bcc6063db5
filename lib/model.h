/*
 * model.h - the things diundash is about, as plain values
 *
 * All text is NUL-terminated UTF-8, never NULL unless a member says so, ""
 * where unknown. Whoever hands such a value out owns the text; it is
 * borrowed for the duration of the call that it is handed to.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef MODEL_H
#define MODEL_H

#include "compat.h"

/* Limits of what is stored, the same for webhook, API and command. */
#define IMAGE_BYTES_MAX 1024
#define TAG_NAME_CHARACTERS_MAX 100

/* `created` when nobody knows it: Go's zero time. */
#define CREATED_UNKNOWN "0001-01-01T00:00:00Z"

/* One notification of Diun, checked and normalised. */
struct diun_event {
	const char *image;	/* the row's key: reference without digest */
	const char *diun_version;
	const char *hostname;
	const char *status;	/* "new", "update", or a word to come */
	const char *provider;
	const char *hub_link;	/* third-party text: may not be a link */
	const char *mime_type;
	const char *digest;
	const char *created;	/* RFC 3339 as sent, or CREATED_UNKNOWN */
	const char *platform;
	const char *ctn_names;
	const char *ctn_id;
	const char *ctn_state;
	const char *ctn_status;
};

/* A label of the user's; an image carries one at most. */
struct tag {
	int64_t id;		/* from 1; 0 means no tag */
	const char *name;
};

/* What is known of an image: its newest event and what was done since. */
struct update_entry {
	struct diun_event event;
	const char *received_at;	/* RFC 3339 */
	bool acknowledged;
	struct tag tag;			/* id 0 when untagged */
};

#endif
