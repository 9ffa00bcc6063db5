/*
 * entry_json.h - an update entry as JSON, the same for the API and the
 * command
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ENTRY_JSON_H
#define ENTRY_JSON_H

#include "json.h"
#include "model.h"

/*
 * Write the entry as a member named after its image: the value that
 * GET /api/updates has for it (diundash-api(7)).
 */
void entry_json_put(struct json_writer *writer,
    const struct update_entry *entry);

#endif
