/*
 * number.c - whole decimal numbers, strictly
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "number.h"

bool
number_parse(const char *text, int64_t max, int64_t *out)
{
	int64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value) ||
		    value > max)
			return false;
	}
	*out = value;
	return true;
}
