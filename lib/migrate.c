/*
 * migrate.c - the numbered steps of the schema
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "migrate.h"

const struct migration *
migrate_find(const struct migration *steps, size_t count, int64_t version)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (steps[i].version == version)
			return &steps[i];
	return NULL;
}

const struct migration *
migrate_next(const struct migration *steps, size_t count, int64_t version)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (steps[i].version > version)
			return &steps[i];
	return NULL;
}

int64_t
migrate_previous_version(const struct migration *steps, size_t count,
    int64_t version)
{
	int64_t previous = 0;
	size_t i;

	for (i = 0; i < count && steps[i].version < version; i++)
		previous = steps[i].version;
	return previous;
}
