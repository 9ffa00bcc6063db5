/*
 * buf.h - a byte buffer that grows up to a stated maximum
 *
 * Used for request bodies, for answers and wherever the size is not known
 * beforehand. A failed addition is remembered in `status` and makes every
 * later one a no-op, so that a series of additions needs one check at its
 * end. The bytes are always followed by a NUL that is not counted.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef BUF_H
#define BUF_H

#include "compat.h"
#include "status.h"

struct buf {
	char *data;		/* NULL or NUL-terminated; owned */
	size_t len;		/* bytes in use */
	size_t size;		/* bytes allocated */
	size_t max;		/* len never exceeds it */
	enum status status;	/* STATUS_OK or STATUS_TOO_LARGE */
};

/* An empty buffer that will hold at most `max` bytes. */
void buf_init(struct buf *buf, size_t max);

/* Give the memory back; the buffer is empty and usable again. */
void buf_release(struct buf *buf);

/* Empty it and forget the error; keeps memory up to BUF_KEEP bytes. */
#define BUF_KEEP ((size_t)256 * 1024)
void buf_clear(struct buf *buf);

/* The same, but keep all memory: it will be as full again. */
void buf_rewind(struct buf *buf);

/* Add len bytes, a string, a byte, or formatted text. */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * Make room for `len` more bytes behind data + len, for a read; the caller
 * then adds to `len` what it filled. NULL when that would pass the maximum.
 */
char *buf_reserve(struct buf *buf, size_t len);

/* The content as a string; "" when empty. Borrowed until the next change. */
const char *buf_text(const struct buf *buf);

#endif
