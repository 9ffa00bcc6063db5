/*
 * fuzz_gateway.h - a gateway whose request is made of fuzzed bytes
 *
 *	flags NAME=value\0 NAME=value\0 ... \0 body
 *
 * The byte of flags: 1, the end of the body is marked, as by FastCGI; 2, the
 * peer leaves half-way through the body; 4, 8, 16, how many bytes a read gets
 * at most, 0 for all.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FUZZ_GATEWAY_H
#define FUZZ_GATEWAY_H

#include "buf.h"
#include "fuzz.h"
#include "gateway.h"

#define FUZZ_PARAMS_MAX 64

struct fuzz_gateway {
	struct gateway base;	/* first */
	char *params[FUZZ_PARAMS_MAX];	/* "NAME=value"; owned */
	size_t param_count;
	const uint8_t *body;	/* borrowed */
	size_t body_len;
	size_t taken;		/* of the body */
	size_t piece;
	bool leaves;
	struct buf out;		/* the answer */
};

static const char *
fuzz_param(struct gateway *gateway, const char *name)
{
	struct fuzz_gateway *fuzz = (struct fuzz_gateway *)gateway;
	size_t len = strlen(name), i;

	for (i = 0; i < fuzz->param_count; i++)
		if (strncmp(fuzz->params[i], name, len) == 0 &&
		    fuzz->params[i][len] == '=')
			return fuzz->params[i] + len + 1;
	return NULL;
}

static enum status
fuzz_read(struct gateway *gateway, void *data, size_t size, size_t *n)
{
	struct fuzz_gateway *fuzz = (struct fuzz_gateway *)gateway;
	size_t left = fuzz->body_len - fuzz->taken;

	must(size > 0);
	if (fuzz->leaves && fuzz->taken >= fuzz->body_len / 2)
		return STATUS_GONE;
	if (fuzz->piece > 0 && size > fuzz->piece)
		size = fuzz->piece;
	*n = left < size ? left : size;
	if (*n > 0)
		memcpy(data, fuzz->body + fuzz->taken, *n);
	fuzz->taken += *n;
	return STATUS_OK;
}

static enum status
fuzz_write(struct gateway *gateway, const void *data, size_t len)
{
	buf_add(&((struct fuzz_gateway *)gateway)->out, data, len);
	return STATUS_OK;
}

/* The request; its `ops` are set by the caller. */
static void
fuzz_gateway_begin(struct fuzz_gateway *fuzz, const uint8_t *data,
    size_t size)
{
	uint8_t flags = size > 0 ? *data++ : 0;
	const uint8_t *end;

	size -= size > 0;
	fuzz->param_count = 0;
	while (size > 0 && *data != '\0' &&
	    fuzz->param_count < FUZZ_PARAMS_MAX) {
		fuzz->params[fuzz->param_count] = fuzz_text(data, size);
		end = data + strlen(fuzz->params[fuzz->param_count++]);
		size -= (size_t)(end - data);
		data = end;
		if (size > 0) {
			data++;
			size--;
		}
	}
	if (size > 0) {
		data++;
		size--;
	}
	fuzz->body = data;
	fuzz->body_len = size;
	fuzz->taken = 0;
	fuzz->piece = flags >> 2 & 7;
	fuzz->leaves = (flags & 2) != 0;
	buf_clear(&fuzz->out);
}

static void
fuzz_gateway_end(struct fuzz_gateway *fuzz)
{
	while (fuzz->param_count > 0)
		free(fuzz->params[--fuzz->param_count]);
}

#endif
