/*
 * chance.h - random numbers that a run can be repeated with
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <unistd.h>

static uint64_t chance_state;

/* Print the seed of this run, or take the one that DIUNDASH_SEED gives. */
static void UNUSED
chance_begin(void)
{
	const char *wanted = getenv("DIUNDASH_SEED");

	chance_state = (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
	if (wanted != NULL)
		chance_state = strtoull(wanted, NULL, 10);
	(void)printf("# DIUNDASH_SEED=%llu\n",
	    (unsigned long long)chance_state);
	(void)fflush(stdout);
	/* It must not be 0, and small ones should not be alike. */
	chance_state = (chance_state + 1) * UINT64_C(0x9e3779b97f4a7c15);
	if (chance_state == 0)
		chance_state = 1;
}

/* From 0 to below - 1, by xorshift64*: the same everywhere. */
static int UNUSED
chance(int below)
{
	chance_state ^= chance_state >> 12;
	chance_state ^= chance_state << 25;
	chance_state ^= chance_state >> 27;
	return (int)((chance_state * UINT64_C(2685821657736338717) >> 33) %
	    (uint64_t)below);
}

#endif
