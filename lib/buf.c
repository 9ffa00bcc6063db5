/*
 * buf.c - a byte buffer that grows up to a stated maximum
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <stdarg.h>

#include "buf.h"
#include "mem.h"

void
buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){ .max = max };
}

void
buf_release(struct buf *buf)
{
	free(buf->data);
	buf_init(buf, buf->max);
}

void
buf_clear(struct buf *buf)
{
	if (buf->size > BUF_KEEP)
		buf_release(buf);
	else
		buf_rewind(buf);
}

void
buf_rewind(struct buf *buf)
{
	buf->len = 0;
	buf->status = STATUS_OK;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

char *
buf_reserve(struct buf *buf, size_t len)
{
	size_t need, size;

	if (buf->status != STATUS_OK)
		return NULL;
	if (len > buf->max - buf->len) {
		buf->status = STATUS_TOO_LARGE;
		return NULL;
	}
	need = buf->len + len + 1;
	if (need > buf->size) {
		size = buf->size < 512 ? 512 : buf->size;
		while (size < need)
			size += size / 2;
		buf->data = mem_resize(buf->data, size, 1);
		buf->size = size;
	}
	return buf->data + buf->len;
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	char *to = buf_reserve(buf, len);

	if (to == NULL)
		return;
	if (len > 0)
		memcpy(to, data, len);
	to[len] = '\0';
	buf->len += len;
}

void
buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_add_byte(struct buf *buf, char byte)
{
	buf_add(buf, &byte, 1);
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
	char *to = buf_reserve(buf, 0);
	va_list args;
	size_t room;
	int n;

	if (to == NULL)
		return;
	/* Most times there is room enough. */
	room = buf->size - buf->len;
	va_start(args, fmt);
	n = vsnprintf(to, room, fmt, args);
	va_end(args);
	if (n < 0 || buf_reserve(buf, (size_t)n) == NULL) {
		*to = '\0';
		return;
	}
	if ((size_t)n >= room) {
		to = buf->data + buf->len;
		va_start(args, fmt);
		(void)vsnprintf(to, (size_t)n + 1, fmt, args);
		va_end(args);
	}
	buf->len += (size_t)n;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}
