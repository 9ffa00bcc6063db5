/*
 * fcgi.c - fuzz target: FastCGI bytes through a socket into the gateway
 *
 * gateway_fcgi.c as it is, with libfcgi, in a thread; the bytes come by a
 * connection to a Unix socket, as a web server would send them. Where they
 * are one whole request by a second, strict reading, its parameters and body
 * must have arrived; and all that is sent back must be FastCGI.
 *
 * libfcgi has faults of its own, which are why only a web server may reach
 * the socket. They are known and not to be found again each time:
 *
 *  - Of the management records, those of request 0, FCGI_GET_VALUES with
 *    repeated names overflows its stack, and each of an unknown type leaks 48
 *    bytes. Here they are given to a request that there is not.
 *  - A name and a value that say they have 2 GiB between them end the process
 *    by an assertion (what Debian made of CVE-2025-23016). Inputs with a
 *    length above LENGTH_MAX are passed over.
 *  - Padding of FCGI_BEGIN_REQUEST, and of the empty FCGI_PARAMS, it takes
 *    for the beginning of the next record. So there is none.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "buf.h"
#include "fuzz_thread.h"
#include "gateway.h"
#include "log.h"

#define INPUT_MAX ((size_t)60000)
#define ANSWER_MAX ((size_t)1 << 24)
#define HEADER_SIZE 8
#define LENGTH_MAX ((size_t)1 << 16)

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6,
       STDERR = 7 };
enum { REQUEST_COMPLETE = 0 };	/* the fifth byte of an END_REQUEST */

static const char *const names[] = {
	"REQUEST_METHOD", "REQUEST_URI", "CONTENT_LENGTH", "A",
};

struct record {
	unsigned version, type, id;
	const uint8_t *content;
	size_t len;
};

static int listening = -1;

/* What came, in a form of its own: each known parameter, then the body. */
static void
put_param(struct buf *out, const char *name, const char *value, size_t len)
{
	buf_printf(out, "%s %zu ", name, len);
	buf_add(out, value, len);
	buf_add_byte(out, '\n');
}

static void
answer(struct gateway *gateway)
{
	struct buf out, body;
	const char *value;
	enum status status;
	size_t i, got = 0;
	char *room;

	buf_init(&out, ANSWER_MAX);
	buf_init(&body, ANSWER_MAX);
	for (i = 0; i < COUNT_OF(names); i++) {
		value = gateway_param(gateway, names[i]);
		if (value != NULL)
			put_param(&out, names[i], value, strlen(value));
	}
	do {
		room = buf_reserve(&body, 999);
		status = gateway_read(gateway, room, 999, &got);
		if (status == STATUS_OK)
			body.len += got;
	} while (status == STATUS_OK && got > 0);
	put_param(&out, "body", buf_text(&body), body.len);
	gateway_log(gateway, "a line", 6);
	if (status == STATUS_OK &&
	    gateway_write(gateway, out.data, out.len) != STATUS_OK)
		status = STATUS_GONE;
	gateway_finish(gateway);
	buf_release(&out);
	buf_release(&body);
}

static void *
serve(void *arg UNUSED)
{
	struct gateway *gateway = gateway_fcgi_new(listening, 2000);

	must(gateway != NULL);
	fuzz_leave_signals();
	while (gateway_next(gateway, -1) == STATUS_OK)
		answer(gateway);
	(void)fputs("the gateway ended\n", stderr);
	abort();
}

/* In a name space of its own, so that no file is left. */
static void
start(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };

	log_open("fuzz", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listening >= 0);
	must(bind(listening, (struct sockaddr *)&any,
	    sizeof(any.sun_family)) == 0);
	must(listen(listening, 16) == 0);
	fuzz_start(serve, NULL);
}

static int
open_connection(void)
{
	struct sockaddr_un there;
	socklen_t size = sizeof(there);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0);
	must(getsockname(listening, (struct sockaddr *)&there, &size) == 0);
	while (connect(fd, (struct sockaddr *)&there, size) != 0)
		must(errno == EINTR);
	return fd;
}

/* The peer may have had enough before the end. */
static void
send_all(int fd, const uint8_t *data, size_t size)
{
	ssize_t n;

	for (; size > 0; data += n, size -= (size_t)n) {
		do
			n = send(fd, data, size, MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			break;
	}
	(void)shutdown(fd, SHUT_WR);
}

static void
receive_all(int fd, struct buf *answer_bytes)
{
	ssize_t n;
	char *room;

	do {
		room = buf_reserve(answer_bytes, 4096);
		must(room != NULL);
		n = recv(fd, room, 4096, 0);
		if (n > 0)
			answer_bytes->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
}

/* The record at *data, which is moved on. false: there is no whole one. */
static bool
take_record(const uint8_t **data, size_t *size, struct record *record)
{
	const uint8_t *p = *data;
	size_t all;

	if (*size < HEADER_SIZE)
		return false;
	*record = (struct record){
		.version = p[0], .type = p[1],
		.id = (unsigned)p[2] << 8 | p[3],
		.content = p + HEADER_SIZE, .len = (size_t)p[4] << 8 | p[5],
	};
	all = HEADER_SIZE + record->len + p[6];
	if (*size < all)
		return false;
	*data += all;
	*size -= all;
	return true;
}

/* See above; in place. */
static void
spare_libfcgi(uint8_t *data, size_t size)
{
	while (size >= HEADER_SIZE && data[0] == 1) {
		size_t len = (size_t)data[4] << 8 | data[5], all;

		if (data[1] == BEGIN_REQUEST ||
		    (data[1] == PARAMS && len == 0))
			data[6] = 0;
		all = HEADER_SIZE + len + data[6];
		if (data[2] == 0 && data[3] == 0)
			data[2] = 0xff;
		if (all > size)
			return;
		data += all;
		size -= all;
	}
}

static bool
take_length(const uint8_t **p, const uint8_t *end, size_t *len)
{
	if (*p == end)
		return false;
	if (**p < 0x80) {
		*len = *(*p)++;
		return true;
	}
	if (end - *p < 4)
		return false;
	*len = (size_t)((*p)[0] & 0x7f) << 24 | (size_t)(*p)[1] << 16 |
	    (size_t)(*p)[2] << 8 | (*p)[3];
	*p += 4;
	return true;
}

/* Does the parameters' stream, as far as it goes, speak of so much? */
static bool
has_great_length(const struct buf *stream)
{
	const uint8_t *p = (const uint8_t *)buf_text(stream);
	const uint8_t *end = p + stream->len;
	size_t name_len, value_len;

	while (take_length(&p, end, &name_len)) {
		if (!take_length(&p, end, &value_len))
			value_len = 0;
		if (name_len > LENGTH_MAX || value_len > LENGTH_MAX)
			return true;
		if (name_len + value_len > (size_t)(end - p))
			return false;
		p += name_len + value_len;
	}
	return false;
}

/*
 * The parameters as libfcgi gathers them: of the request that was begun
 * first. An empty record of another makes it pass over the content of the
 * next one, too.
 */
static bool
asks_for_much(const uint8_t *data, size_t size)
{
	unsigned begun = 0, id;
	bool pass_over = false, much;
	struct buf stream;

	buf_init(&stream, INPUT_MAX);
	while (size >= HEADER_SIZE && data[0] == 1) {
		size_t len = (size_t)data[4] << 8 | data[5];
		size_t there = size - HEADER_SIZE;

		id = (unsigned)data[2] << 8 | data[3];
		if (begun == 0 && data[1] == BEGIN_REQUEST) {
			begun = id;
		} else if (id != begun || data[1] == BEGIN_REQUEST) {
			pass_over = len == 0;
		} else if (data[1] != PARAMS || len == 0) {
			break;
		} else {
			if (!pass_over)
				buf_add(&stream, data + HEADER_SIZE,
				    len < there ? len : there);
			pass_over = false;
		}
		len += HEADER_SIZE + (size_t)data[6];
		if (len > size)
			break;
		data += len;
		size -= len;
	}
	much = has_great_length(&stream);
	buf_release(&stream);
	return much;
}

static int
name_index(const uint8_t *name, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT_OF(names); i++)
		if (strlen(names[i]) == len &&
		    memcmp(names[i], name, len) == 0)
			return (int)i;
	return -1;
}

/* The pairs of the parameters' stream, put as answer() puts them. */
static bool
read_params(const struct buf *stream, struct buf *wanted)
{
	const uint8_t *p = (const uint8_t *)buf_text(stream);
	const uint8_t *end = p + stream->len;
	struct { const char *text; size_t len; } values[COUNT_OF(names)] = {
		{ NULL, 0 }
	};
	size_t name_len, value_len, i;

	while (p < end) {
		int index;

		if (!take_length(&p, end, &name_len) ||
		    !take_length(&p, end, &value_len) ||
		    name_len > (size_t)(end - p) ||
		    value_len > (size_t)(end - p) - name_len)
			return false;
		/* Such names would look like others in an environment. */
		if (memchr(p, '=', name_len) != NULL ||
		    memchr(p, '\0', name_len) != NULL)
			return false;
		index = name_index(p, name_len);
		p += name_len;
		if (index >= 0 && values[index].text == NULL) {
			values[index].text = (const char *)p;
			values[index].len = strnlen((const char *)p,
			    value_len);
		}
		p += value_len;
	}
	for (i = 0; i < COUNT_OF(names); i++)
		if (values[i].text != NULL)
			put_param(wanted, names[i], values[i].text,
			    values[i].len);
	return true;
}

/* The contents of records of one type, up to the empty one. */
static bool
read_stream(const uint8_t **data, size_t *size, unsigned id, unsigned type,
    struct buf *out)
{
	struct record record;

	while (take_record(data, size, &record)) {
		if (record.version != 1 || record.id != id ||
		    record.type != type)
			return false;
		if (record.len == 0)
			return true;
		buf_add(out, record.content, record.len);
	}
	return false;
}

/* Is it one whole request? Then this is what it must come to. */
static bool
read_request(const uint8_t *data, size_t size, struct buf *wanted)
{
	struct record begin;
	struct buf params, body;
	bool whole;

	if (!take_record(&data, &size, &begin) || begin.version != 1 ||
	    begin.type != BEGIN_REQUEST || begin.id == 0 || begin.len != 8 ||
	    begin.content[0] != 0 || begin.content[1] != 1)
		return false;
	buf_init(&params, INPUT_MAX);
	buf_init(&body, INPUT_MAX);
	whole = read_stream(&data, &size, begin.id, PARAMS, &params) &&
	    read_stream(&data, &size, begin.id, STDIN, &body) &&
	    read_params(&params, wanted);
	put_param(wanted, "body", buf_text(&body), body.len);
	buf_release(&params);
	buf_release(&body);
	return whole;
}

/* Everything that came back: records, none half, none after the end. */
static void
check_answer(const struct buf *got, bool whole, const struct buf *wanted)
{
	const uint8_t *p = (const uint8_t *)buf_text(got);
	size_t left = got->len;
	struct record record;
	struct buf out;
	bool ended = false;

	buf_init(&out, ANSWER_MAX);
	while (left > 0) {
		must(!ended);
		must(take_record(&p, &left, &record));
		must(record.version == 1);
		must(record.type == STDOUT || record.type == STDERR ||
		    (record.type == END_REQUEST && record.len == 8));
		if (record.type == STDOUT)
			buf_add(&out, record.content, record.len);
		/* Or it is a second request, refused. */
		ended = record.type == END_REQUEST &&
		    record.content[4] == REQUEST_COMPLETE;
	}
	if (whole) {
		must(ended && out.len == wanted->len);
		must(memcmp(out.data, wanted->data, out.len) == 0);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf got, wanted;
	uint8_t *bytes;
	bool whole;
	int fd;

	if (size > INPUT_MAX)
		return -1;
	if (listening < 0)
		start();
	bytes = mem_alloc(size);
	if (size > 0)
		memcpy(bytes, data, size);
	spare_libfcgi(bytes, size);
	if (asks_for_much(bytes, size)) {
		free(bytes);
		return -1;
	}
	buf_init(&got, ANSWER_MAX);
	buf_init(&wanted, ANSWER_MAX);
	whole = read_request(bytes, size, &wanted);
	fd = open_connection();
	send_all(fd, bytes, size);
	receive_all(fd, &got);
	(void)close(fd);
	check_answer(&got, whole, &wanted);
	buf_release(&got);
	buf_release(&wanted);
	free(bytes);
	return 0;
}
