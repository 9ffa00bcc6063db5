/*
 * tag_name.h - what a tag may be called
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef TAG_NAME_H
#define TAG_NAME_H

#include "arena.h"
#include "status.h"

/*
 * Take spaces off both ends of `name` and check what is left. STATUS_OK with
 * *out in the arena; or STATUS_INVALID with *why a static line: empty,
 * longer than TAG_NAME_CHARACTERS_MAX characters, control characters.
 */
enum status tag_name_check(struct arena *arena, const char *name,
    const char **out, const char **why) MUST_USE;

#endif
