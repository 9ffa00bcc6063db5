/*
 * mem.h - allocation that never returns NULL
 *
 * A program that stores events one transaction at a time has nothing better
 * to do without memory than to end at once: SQLite rolls back what was not
 * committed, and the web server starts another worker. So these log one line,
 * not to the web server but to stderr or syslog, and abort. What they return is
 * released with free(3).
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef MEM_H
#define MEM_H

#include "compat.h"

/* `size` bytes, not initialised; 0 counts as 1. */
void *mem_alloc(size_t size) FRESH;

/* `size` bytes, all zero. */
void *mem_zalloc(size_t size) FRESH;

/* realloc(3) to `count` elements of `size` bytes; checks the product. */
void *mem_resize(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));

/* A copy of the string. */
char *mem_strdup(const char *text) FRESH;

#endif
