/*
 * fuzz.h - what every fuzz target has
 *
 * A target is one file with LLVMFuzzerTestOneInput: it gives the bytes to one
 * part of the way in and aborts when what comes out breaks that part's
 * contract. With libFuzzer it looks for such bytes; with replay.c it is a
 * test that takes those of its corpus again.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "compat.h"

#include "mem.h"

/* Returns 0; -1 when the bytes are not worth keeping. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The contract: unlike assert, in every build. */
#define must(condition)							\
	do {								\
		if (!(condition)) {					\
			(void)fprintf(stderr, "%s:%d: not true: %s\n",	\
			    __FILE__, __LINE__, #condition);		\
			abort();					\
		}							\
	} while (0)

/*
 * The bytes up to the first NUL as a string, in memory of just its size, so
 * that a byte too far is noticed. To be freed.
 */
static inline char *
fuzz_text(const uint8_t *data, size_t size)
{
	size_t len = 0;
	char *text;

	while (len < size && data[len] != '\0')
		len++;
	text = mem_alloc(len + 1);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

/* One line, printable text: what may be said to a client. */
static inline void
fuzz_must_be_line(const char *text)
{
	must(text != NULL && text[0] != '\0');
	for (; *text != '\0'; text++)
		must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

#endif
