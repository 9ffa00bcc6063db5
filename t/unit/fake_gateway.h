/*
 * fake_gateway.h - a gateway without a web server, for the unit tests
 *
 * Parameters come from a table, the body from a string in pieces of a chosen
 * size, and what is written is kept. The peer can be made to leave.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FAKE_GATEWAY_H
#define FAKE_GATEWAY_H

#include "buf.h"
#include "gateway.h"

struct fake_param {
	const char *name;	/* NULL ends the table */
	const char *value;
};

struct fake_gateway {
	struct gateway base;	/* first */
	const struct fake_param *params;
	const char *body;
	size_t body_len;
	size_t taken;		/* of the body */
	size_t piece;		/* at most so much a read; 0: no limit */
	size_t leaves_at;	/* reads fail when so much is taken */
	size_t fails_at;	/* writes fail when so much is written */
	unsigned writes;
	struct buf out;
};

static const char *
fake_param(struct gateway *gateway, const char *name)
{
	const struct fake_param *p = ((struct fake_gateway *)gateway)->params;

	for (; p != NULL && p->name != NULL; p++)
		if (strcmp(p->name, name) == 0)
			return p->value;
	return NULL;
}

static enum status
fake_read(struct gateway *gateway, void *data, size_t size, size_t *n)
{
	struct fake_gateway *fake = (struct fake_gateway *)gateway;
	size_t left = fake->body_len - fake->taken;

	assert_true(size > 0);
	if (fake->taken >= fake->leaves_at)
		return STATUS_GONE;
	if (fake->piece > 0 && size > fake->piece)
		size = fake->piece;
	*n = left < size ? left : size;
	if (*n > 0)
		memcpy(data, fake->body + fake->taken, *n);
	fake->taken += *n;
	return STATUS_OK;
}

static enum status
fake_write(struct gateway *gateway, const void *data, size_t len)
{
	struct fake_gateway *fake = (struct fake_gateway *)gateway;

	fake->writes++;
	if (fake->out.len + len > fake->fails_at)
		return STATUS_GONE;
	buf_add(&fake->out, data, len);
	return STATUS_OK;
}

static const struct gateway_ops fake_marking_ops = {
	.name = "fake", .param = fake_param, .read = fake_read,
	.write = fake_write, .marks_end = true,
};

static const struct gateway_ops fake_ops = {
	.name = "fake", .param = fake_param, .read = fake_read,
	.write = fake_write, .marks_end = false,
};

/* `marks_end` as FastCGI has it, or not as in CGI. */
static void
fake_init(struct fake_gateway *fake, const struct fake_param *params,
    const char *body, size_t body_len, bool marks_end)
{
	*fake = (struct fake_gateway){
		.base = { .ops = marks_end ? &fake_marking_ops : &fake_ops },
		.params = params, .body = body, .body_len = body_len,
		.leaves_at = SIZE_MAX, .fails_at = SIZE_MAX,
	};
	buf_init(&fake->out, (size_t)1 << 30);
}

#endif
