/*
 * reference.c - image references: name[:tag][@digest]
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "model.h"
#include "reference.h"
#include "utf8.h"

enum status
reference_check(const char *image, const char **why)
{
	if (image[strspn(image, " ")] == '\0')
		*why = "image is empty: send the image reference as a "
		    "non-empty string";
	else if (image[0] == '@')
		*why = "image is a digest without a name: send the whole "
		    "image reference";
	else if (strlen(image) > IMAGE_BYTES_MAX)
		*why = "image is longer than 1024 bytes";
	else if (utf8_has_control(image))
		*why = "image holds control characters: send a plain image "
		    "reference";
	else if (image[strspn(image, " ")] == '@')
		*why = "image has no name before its digest: send the image "
		    "reference";
	else
		return STATUS_OK;
	return STATUS_INVALID;
}

const char *
reference_digest(const char *image)
{
	const char *at = strrchr(image, '@');

	/* A digest is algorithm:hex, and no "/" can follow it. */
	if (at == NULL || at == image || strchr(at, ':') == NULL ||
	    strchr(at, '/') != NULL)
		return NULL;
	return at + 1;
}

/* The tag stands behind the last ":" after the last "/" (a port may come
 * earlier). */
static bool
has_tag(const char *image, size_t len)
{
	while (len > 0 && image[len - 1] != '/')
		if (image[--len] == ':')
			return true;
	return false;
}

const char *
reference_key(struct arena *arena, const char *image)
{
	const char *digest = reference_digest(image);
	size_t len;

	if (digest == NULL)
		return image;
	len = (size_t)(digest - 1 - image);
	return arena_printf(arena, "%.*s%s", (int)len, image,
	    has_tag(image, len) ? "" : ":latest");
}
