/*
 * arena.h - the memory of one request
 *
 * Everything that a request needs is taken from its arena and given back in
 * one step when the request is over; nobody frees piece by piece. Objects of
 * other libraries are released by a hook that is registered where they are
 * made. Not for what outlives a request, and not for buffers that grow much:
 * those are struct buf.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ARENA_H
#define ARENA_H

#include "compat.h"

struct arena {
	struct arena_block *blocks;	/* newest first */
	struct arena_hook *hooks;	/* newest first */
};

/* An empty arena; takes no memory until the first allocation. */
void arena_init(struct arena *arena);

/*
 * Run the hooks, newest first, then forget all allocations. Keeps one block
 * for the next request. Pointers from before are dead.
 */
void arena_reset(struct arena *arena);

/* arena_reset, and give back all memory. The arena may be used again. */
void arena_release(struct arena *arena);

/* `size` bytes aligned for any type, not initialised. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size) FRESH;

/* A copy of text[len] with a NUL behind it. */
char *arena_strndup(struct arena *arena, const char *text, size_t len) FRESH;

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *fmt, ...)
    PRINTF_LIKE(2, 3) __attribute__((returns_nonnull));

/* Call release(object) at the next arena_reset or arena_release. */
void arena_on_reset(struct arena *arena, void (*release)(void *),
    void *object);

#endif
