/*
 * arena.c - the memory of one request
 *
 * A list of blocks; an allocation comes from the newest one, or from a new
 * block when that is full. Large requests get a block of their own size.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <assert.h>
#include <stdarg.h>

#include "arena.h"
#include "mem.h"

#define BLOCK_SIZE ((size_t)16 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	max_align_t data[];
};

struct arena_hook {
	struct arena_hook *next;
	void (*release)(void *);
	void *object;
};

void
arena_init(struct arena *arena)
{
	arena->blocks = NULL;
	arena->hooks = NULL;
}

static struct arena_block *
block_new(struct arena *arena, size_t size)
{
	struct arena_block *block = mem_alloc(sizeof(*block) + size);

	block->used = 0;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	void *p;

	assert(size < SIZE_MAX / 2);
	size = (size + align - 1) / align * align;
	if (block == NULL || block->size - block->used < size)
		block = block_new(arena, size > BLOCK_SIZE ? size
		    : BLOCK_SIZE);
	p = (char *)block->data + block->used;
	block->used += size;
	return p;
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args, again;
	size_t size;
	char *text;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	size = n < 0 ? 1 : (size_t)n + 1;
	text = arena_alloc(arena, size);
	text[0] = '\0';
	(void)vsnprintf(text, size, fmt, again);
	va_end(again);
	va_end(args);
	return text;
}

void
arena_on_reset(struct arena *arena, void (*release)(void *), void *object)
{
	struct arena_hook *hook = arena_alloc(arena, sizeof(*hook));

	hook->release = release;
	hook->object = object;
	hook->next = arena->hooks;
	arena->hooks = hook;
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *keep = NULL, *block, *next;
	struct arena_hook *hook;

	for (hook = arena->hooks; hook != NULL; hook = hook->next)
		hook->release(hook->object);
	arena->hooks = NULL;
	for (block = arena->blocks; block != NULL; block = next) {
		next = block->next;
		if (keep == NULL && block->size == BLOCK_SIZE) {
			keep = block;
			keep->used = 0;
			keep->next = NULL;
		} else {
			free(block);
		}
	}
	arena->blocks = keep;
}

void
arena_release(struct arena *arena)
{
	arena_reset(arena);
	free(arena->blocks);
	arena->blocks = NULL;
}
