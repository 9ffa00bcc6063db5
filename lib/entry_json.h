/*
 * entry_json.h - updates and history as JSON, the same for the API and the
 * command
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ENTRY_JSON_H
#define ENTRY_JSON_H

#include "clock.h"
#include "json.h"
#include "model.h"

/*
 * Writes the rows of a list, each image as a member named after it: the
 * value that GET /api/updates has for it (diundash-api(7)).
 */
struct entry_writer {
	struct json_writer *json;	/* borrowed; an object is open */
	bool is_open;			/* an image is being written */
	/* What the image's hosts add up to. */
	char first_pending_at[CLOCK_TEXT_SIZE];
	char acknowledged_at[CLOCK_TEXT_SIZE];
	char acknowledged_by[ACTOR_BYTES_MAX + 1];
	bool acknowledged;
};

void entry_writer_init(struct entry_writer *writer,
    struct json_writer *json);

/* The next row, in the order of store_get_updates. */
void entry_writer_put(struct entry_writer *writer,
    const struct update_entry *entry);

/* After the last row. */
void entry_writer_end(struct entry_writer *writer);

/* A tag as an element of an array, or as the whole of an answer. */
void entry_json_put_tag(struct json_writer *writer, const struct tag *tag);

/* A row of history as an element of an array. */
void entry_json_put_history(struct json_writer *writer,
    const struct history_entry *entry);

#endif
