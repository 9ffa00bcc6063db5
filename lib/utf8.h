/*
 * utf8.h - is this text, and what is in it
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef UTF8_H
#define UTF8_H

#include "compat.h"

/*
 * The length of the well-formed UTF-8 sequence (RFC 3629: no overlong form,
 * no surrogate, nothing above U+10FFFF) at data[0], of which `len` bytes may
 * be read; 0 when there is none.
 */
size_t utf8_sequence(const char *data, size_t len);

/* Are all `len` bytes well-formed UTF-8? NUL counts as a character. */
bool utf8_valid(const char *data, size_t len);

/* The number of characters (code points) in a valid string. */
size_t utf8_length(const char *text);

/*
 * Does the valid string hold a control character: U+0000 to U+001F, U+007F,
 * U+0080 to U+009F?
 */
bool utf8_has_control(const char *text);

/* Write code point `c` (not a surrogate) to out; returns its length, 1-4. */
size_t utf8_encode(char out[4], uint32_t c);

#endif
