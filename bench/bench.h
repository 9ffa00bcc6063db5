/*
 * bench.h - what the benchmark programs share: time, latencies, giving up
 *
 * They are yardsticks, not parts of diundash: each does one thing in the
 * barest way, prints one line of numbers, and ends at the first error.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef BENCH_H
#define BENCH_H

#include "compat.h"

#include <errno.h>

/* Print what failed, with errno's text, and end. */
static inline void __attribute__((noreturn))
give_up(const char *what)
{
	(void)fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Seconds of the monotonic clock. */
static inline double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A number from the command line, or the end. */
static inline long
number(const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || n < 0) {
		errno = EINVAL;
		give_up(text);
	}
	return n;
}

/* Likewise seconds, which may have a fraction. */
static inline double
seconds(const char *text)
{
	char *end;
	double n;

	errno = 0;
	n = strtod(text, &end);
	if (errno != 0 || *end != '\0' || end == text || !(n > 0)) {
		errno = EINVAL;
		give_up(text);
	}
	return n;
}

/* The statement that appends to the history; in note_statement.c. */
const char *note_statement(void);

/* Durations in seconds. */
struct samples {
	double *values;
	size_t count, size;
};

static inline void
samples_add(struct samples *samples, double value)
{
	if (samples->count == samples->size) {
		samples->size = samples->size == 0 ? 4096 : samples->size * 2;
		samples->values = realloc(samples->values,
		    samples->size * sizeof(value));
		if (samples->values == NULL)
			give_up("realloc");
	}
	samples->values[samples->count++] = value;
}

static inline int
samples_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sort them; then samples_at(.., 0.5) is the median. */
static inline void
samples_sort(struct samples *samples)
{
	if (samples->count > 0)
		qsort(samples->values, samples->count, sizeof(double),
		    samples_compare);
}

static inline double
samples_at(const struct samples *samples, double share)
{
	if (samples->count == 0)
		return 0;
	return samples->values[(size_t)(share *
	    (double)(samples->count - 1))];
}

#endif
