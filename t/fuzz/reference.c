/*
 * reference.c - fuzz target: reference.h, the names of images
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "fuzz.h"
#include "model.h"
#include "reference.h"
#include "utf8.h"

static void
check_parts(struct arena *arena, const char *image)
{
	const char *digest = reference_digest(image), *why, *rest;
	const char *key = reference_key(arena, image);
	size_t name_len;

	if (digest == NULL) {
		must(strcmp(key, image) == 0);
		return;
	}
	must(digest > image && digest[-1] == '@');
	must(digest <= image + strlen(image));
	must(strchr(digest, ':') != NULL && strpbrk(digest, "/@") == NULL);
	name_len = (size_t)(digest - 1 - image);
	must(strncmp(key, image, name_len) == 0);
	rest = key + name_len;
	must(rest[0] == '\0' || strcmp(rest, ":latest") == 0);
	must(strlen(key) > IMAGE_BYTES_MAX ||
	    reference_check(key, &why) == STATUS_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *image = fuzz_text(data, size);
	const char *why = NULL;
	struct arena arena;

	arena_init(&arena);
	/* Nothing else comes so far. */
	if (utf8_valid(image, strlen(image))) {
		if (reference_check(image, &why) == STATUS_OK) {
			must(image[0] != '\0' && !utf8_has_control(image));
			must(strlen(image) <= IMAGE_BYTES_MAX);
			check_parts(&arena, image);
		} else {
			fuzz_must_be_line(why);
		}
	}
	arena_release(&arena);
	free(image);
	return 0;
}
