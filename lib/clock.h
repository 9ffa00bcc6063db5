/*
 * clock.h - time as we need it: durations and time stamps
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef CLOCK_H
#define CLOCK_H

#include "compat.h"

/* Room for "2026-03-23T10:00:01Z" and the NUL, whatever the year. */
#define CLOCK_TEXT_SIZE 32

/* Milliseconds of a clock that never jumps (CLOCK_MONOTONIC). */
int64_t clock_ms(void);

/* Milliseconds since 1970 (CLOCK_REALTIME), to be compared with others'. */
int64_t clock_unix_ms(void);

/* The present time in UTC as RFC 3339, whole seconds: ...T10:00:01Z. */
void clock_now(char out[CLOCK_TEXT_SIZE]);

/* The time `seconds` before the present, likewise. */
void clock_before(int64_t seconds, char out[CLOCK_TEXT_SIZE]);

#endif
