/*
 * clock.c - time as we need it: durations and time stamps
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "clock.h"

static int64_t
read_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t
clock_unix_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

void
clock_before(int64_t seconds, char out[CLOCK_TEXT_SIZE])
{
	time_t when = time(NULL) - (time_t)seconds;
	struct tm utc;

	if (gmtime_r(&when, &utc) == NULL ||
	    strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		(void)snprintf(out, CLOCK_TEXT_SIZE, "0001-01-01T00:00:00Z");
}

void
clock_now(char out[CLOCK_TEXT_SIZE])
{
	clock_before(0, out);
}
