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
#define HOSTNAME_BYTES_MAX 255
#define ACTOR_BYTES_MAX 255

/* `created` when nobody knows it: Go's zero time. */
#define CREATED_UNKNOWN "0001-01-01T00:00:00Z"

/* The actor of what Diun does by itself. */
#define ACTOR_DIUN "diun"

/* One notification of Diun, checked and normalised. */
struct diun_event {
	const char *image;	/* the row's key: reference without digest */
	const char *reference;	/* as sent, with the digest if one is pinned */
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
	const char *metadata;	/* all of it, a JSON object */
	const char *containers;	/* whom it concerns, a JSON array of text */
	const char *body;	/* the JSON text as it came */
	bool is_current;	/* the host pins this digest: it runs it */
	bool is_test;		/* sent by `diun notif test` */
};

/* A label of the user's; an image carries one at most. */
struct tag {
	int64_t id;		/* from 1; 0 means no tag */
	const char *name;
};

/* What one host has to do about an image: the newest event from there. */
struct host_update {
	const char *hostname;
	const char *reference;
	const char *digest;
	const char *provider;
	const char *status;
	const char *platform;
	const char *created;
	const char *metadata;		/* JSON object */
	const char *containers;		/* JSON array of text */
	const char *first_pending_at;	/* RFC 3339 */
	const char *received_at;	/* RFC 3339 */
	const char *acknowledged_at;	/* RFC 3339; "" while pending */
	const char *acknowledged_by;	/* "" unknown, or pending */
};

/*
 * One row of the list: an image and one of its hosts. The rows of an image
 * come one after the other; what is about the image itself is set in the
 * first of them only.
 */
struct update_entry {
	bool is_first;			/* a new image begins */
	struct diun_event event;	/* the newest; no body, no reference */
	const char *received_at;	/* RFC 3339 */
	bool acknowledged;		/* by all of its hosts; in every row */
	int64_t pushes;			/* different digests while pending */
	struct tag tag;			/* id 0 when untagged; in every row */
	struct host_update host;
};

/* One row of history: what came, what was done, by whom and when. */
struct history_entry {
	int64_t id;
	const char *at;			/* RFC 3339 */
	const char *action;		/* "received", "acknowledged", ... */
	const char *image;
	const char *hostname;
	const char *actor;
	const char *digest;
	const char *detail;		/* JSON object */
};

#endif
