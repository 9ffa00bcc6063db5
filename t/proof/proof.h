/*
 * proof.h - chance and figures for the proofs
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef PROOF_H
#define PROOF_H

#include <unistd.h>

/* Of a run; printed, and taken back from DIUNDASH_SEED. */
static uint64_t proof_seed;

static void UNUSED
proof_begin(void)
{
	const char *wanted = getenv("DIUNDASH_SEED");

	proof_seed = (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
	if (wanted != NULL)
		proof_seed = strtoull(wanted, NULL, 10);
	(void)printf("# DIUNDASH_SEED=%llu\n",
	    (unsigned long long)proof_seed);
	proof_seed |= 1;
}

/* From 0 to n - 1 (xorshift64*). */
static unsigned UNUSED
chance(unsigned n)
{
	proof_seed ^= proof_seed >> 12;
	proof_seed ^= proof_seed << 25;
	proof_seed ^= proof_seed >> 27;
	return (unsigned)((proof_seed * UINT64_C(2685821657736338717) >> 33)
	    % n);
}

/* The figure of a release where DIUNDASH_LONG is set. */
static int UNUSED
proof_figure(int usual, int release)
{
	const char *is_long = getenv("DIUNDASH_LONG");

	return is_long != NULL && is_long[0] != '\0' ? release : usual;
}

#endif
