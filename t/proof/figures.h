/*
 * figures.h - which figures a proof takes: those of a day, or of a release
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FIGURES_H
#define FIGURES_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* As $LONG of t/lib/DiunDash/Env.pm. */
static bool
is_long(void)
{
	const char *value = getenv("DIUNDASH_LONG");

	return value != NULL && strcmp(value, "1") == 0;
}

#endif
