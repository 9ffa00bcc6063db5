/*
 * number.h - whole decimal numbers, strictly
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef NUMBER_H
#define NUMBER_H

#include "compat.h"

/*
 * Is `text` nothing but decimal digits, and their value at most `max`? No
 * sign, no white space, no other base. *out is set only when true.
 */
bool number_parse(const char *text, int64_t max, int64_t *out) MUST_USE;

#endif
