/*
 * fcgi_client.h - as a web server that sends a request by FastCGI
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FCGI_CLIENT_H
#define FCGI_CLIENT_H

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "buf.h"

/* Longer than any worker takes. */
#define FCGI_CLIENT_WAIT_S 30

enum { FCGI_BEGIN = 1, FCGI_PARAMS = 4, FCGI_STDIN = 5, FCGI_STDOUT = 6 };

/* A socket with a name of the kernel's; -1 when there is none. */
static int UNUSED
fcgi_client_listen(struct sockaddr_un *there, socklen_t *size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*there = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*size = sizeof(*there);
	if (fd < 0 || bind(fd, (struct sockaddr *)there,
	    sizeof(there->sun_family)) != 0 || listen(fd, 4) != 0 ||
	    getsockname(fd, (struct sockaddr *)there, size) != 0)
		return -1;
	return fd;
}

static void UNUSED
fcgi_client_add(struct buf *out, int type, const char *data, size_t len)
{
	const char head[8] = { 1, (char)type, 0, 1, (char)(len >> 8),
	    (char)(len & 0xff), 0, 0 };

	buf_add(out, head, sizeof(head));
	buf_add(out, data, len);
}

/* Both shorter than 128 bytes. */
static void UNUSED
fcgi_client_param(struct buf *out, const char *name, const char *value)
{
	buf_add_byte(out, (char)strlen(name));
	buf_add_byte(out, (char)strlen(value));
	buf_add_text(out, name);
	buf_add_text(out, value);
}

static void UNUSED
fcgi_client_request(struct buf *out, const char *method, const char *uri,
    const char *body)
{
	char length[24];
	struct buf params;

	(void)snprintf(length, sizeof(length), "%zu", strlen(body));
	buf_init(&params, 65535);
	fcgi_client_param(&params, "REQUEST_METHOD", method);
	fcgi_client_param(&params, "REQUEST_URI", uri);
	fcgi_client_param(&params, "CONTENT_LENGTH", length);
	fcgi_client_add(out, FCGI_BEGIN, "\0\1\0\0\0\0\0", 8);
	fcgi_client_add(out, FCGI_PARAMS, params.data, params.len);
	fcgi_client_add(out, FCGI_PARAMS, "", 0);
	if (body[0] != '\0')
		fcgi_client_add(out, FCGI_STDIN, body, strlen(body));
	fcgi_client_add(out, FCGI_STDIN, "", 0);
	buf_release(&params);
}

/* All that comes until the other side closes, or dies. */
static void UNUSED
fcgi_client_receive(int fd, struct buf *in)
{
	ssize_t n;

	do {
		n = recv(fd, buf_reserve(in, 65536), 65536, 0);
		if (n > 0)
			in->len += (size_t)n;
	} while (n > 0);
}

/* What is FCGI_STDOUT of it, at most size - 1 bytes, and a NUL. */
static void UNUSED
fcgi_client_text(const struct buf *in, char *out, size_t size)
{
	const unsigned char *p = (const unsigned char *)in->data;
	size_t left = in->len, len, step;

	for (; left >= 8; p += step, left -= step) {
		len = (size_t)p[4] << 8 | p[5];
		step = 8 + len + p[6];
		if (step > left)
			break;
		if (p[1] != FCGI_STDOUT || len >= size)
			continue;
		(void)memcpy(out, p + 8, len);
		out += len;
		size -= len;
	}
	*out = '\0';
}

/*
 * Ask, and put the answer into out[size]: "" where the other side does not
 * answer, and nothing of one that is cut.
 */
static void UNUSED
fcgi_client_ask(const struct sockaddr_un *there, socklen_t there_size,
    const struct buf *request, char *out, size_t size)
{
	const struct timeval wait = { .tv_sec = FCGI_CLIENT_WAIT_S };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf in;

	buf_init(&in, (size_t)1 << 30);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(fd, (const struct sockaddr *)there, there_size) == 0 &&
	    send(fd, request->data, request->len, MSG_NOSIGNAL) ==
	    (ssize_t)request->len)
		fcgi_client_receive(fd, &in);
	fcgi_client_text(&in, out, size);
	(void)close(fd);
	buf_release(&in);
}

#endif
