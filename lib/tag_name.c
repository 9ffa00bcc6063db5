/*
 * tag_name.c - what a tag may be called
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "model.h"
#include "tag_name.h"
#include "utf8.h"

enum status
tag_name_check(struct arena *arena, const char *name, const char **out,
    const char **why)
{
	size_t len;

	name += strspn(name, " ");
	len = strlen(name);
	while (len > 0 && name[len - 1] == ' ')
		len--;
	*out = arena_strndup(arena, name, len);
	if (len == 0)
		*why = "the tag's name is empty";
	else if (utf8_length(*out) > TAG_NAME_CHARACTERS_MAX)
		*why = "the tag's name is longer than 100 characters";
	else if (utf8_has_control(*out))
		*why = "the tag's name holds control characters";
	else
		return STATUS_OK;
	return STATUS_INVALID;
}
