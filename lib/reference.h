/*
 * reference.h - image references: name[:tag][@digest]
 *
 * Diun sends the canonical form (docker.io/library/nginx:latest). The digest
 * that a deployment pins says what runs, not what the image is called, so
 * the key of a row leaves it out: otherwise each new pin would be a new row.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "arena.h"
#include "status.h"

/*
 * May `image` be stored? STATUS_OK; or STATUS_INVALID with *why set to a
 * static line: empty, blank, over IMAGE_BYTES_MAX, control characters, no
 * name before the "@".
 */
enum status reference_check(const char *image, const char **why) MUST_USE;

/*
 * The key: `image` up to the "@" of its digest, with ":latest" added when
 * there was a digest and no tag, since that is what Diun then watches. An
 * image without digest is its own key. In the arena, or `image` itself.
 */
const char *reference_key(struct arena *arena, const char *image);

/* The digest that the reference pins ("sha256:..."), or NULL. Borrowed. */
const char *reference_digest(const char *image);

#endif
