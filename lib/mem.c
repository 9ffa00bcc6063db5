/*
 * mem.c - allocation that never returns NULL
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "log.h"
#include "mem.h"

/*
 * The line goes to stderr: what a web server is handed may lie in a buffer
 * of ours, and that ends with us.
 */
static void __attribute__((noreturn, cold))
out_of_memory(size_t size)
{
	log_set_sink(NULL, NULL);
	log_error("out of memory: %zu bytes refused", size);
	abort();
}

void *
mem_alloc(size_t size)
{
	void *p = malloc(size == 0 ? 1 : size);

	if (p == NULL)
		out_of_memory(size);
	return p;
}

void *
mem_zalloc(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL)
		out_of_memory(size);
	return p;
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory(SIZE_MAX);
	p = realloc(old, bytes == 0 ? 1 : bytes);
	if (p == NULL)
		out_of_memory(bytes);
	return p;
}

char *
mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}
