/*
 * compat.h - the first include of every .c file
 *
 * Brings in what configure found, names the compiler attributes that the
 * headers use, and turns functions that have a better replacement here into
 * compile errors: unbounded copies, static result buffers, and number
 * parsers that cannot report an error.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <build_config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The caller must look at what the function returns. */
#define MUST_USE __attribute__((warn_unused_result))
/* Argument number `fmt` is a printf format for those from `first` on. */
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
/* The function never returns NULL, and what it returns aliases nothing. */
#define FRESH __attribute__((malloc, returns_nonnull, warn_unused_result))
#define UNUSED __attribute__((unused))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define BANNED(function) use_of_##function##_is_banned_see_compat_h

#undef strcpy
#define strcpy(to, from) BANNED(strcpy)
#undef strcat
#define strcat(to, from) BANNED(strcat)
#undef strncpy
#define strncpy(to, from, n) BANNED(strncpy)
#undef strncat
#define strncat(to, from, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(text, set) BANNED(strtok)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef asctime
#define asctime(t) BANNED(asctime)
#undef atoi
#define atoi(text) BANNED(atoi)
#undef atol
#define atol(text) BANNED(atol)

#endif
