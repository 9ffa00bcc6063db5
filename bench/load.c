/*
 * load.c - HTTP clients that ask the same thing again and again
 *
 * usage: load [-a PATH] [-b BODYFILE] [-c CLIENTS] [-H HEADER]...
 *             [-m METHOD] [-n REQUESTS] [-r RANGE] [-s REVISION]
 *             [-t SECONDS] SOCKET PATH
 *
 * Each client keeps its connection to the web server on the Unix socket and
 * sends the next request when it has the whole answer to the last, until
 * SECONDS have passed or REQUESTS have been sent. "######" in the body
 * becomes a number below RANGE, another one in each request. "@@@@@@@@@@" in
 * PATH becomes the X-Revision of the client's last answer, REVISION at first.
 *
 * With -a, the body is posted to that other PATH before each request, so that
 * each request comes after a change. Only the request itself is measured.
 *
 * Prints: requests per second, median and 99th percentile in seconds, the
 * number of answers, those of them that were not 2xx or 304, and the bytes of
 * the last body.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct load {
	const char *socket, *path, *method, *change_path;
	char headers[2048], *body;
	long clients, requests, range, revision;
	double seconds, until;
	atomic_long next;
};

/* A request, and where in it something is to be filled in; NULL: nowhere. */
struct message {
	char *text;
	size_t len;
	char *number, *revision;
};

struct client {
	struct load *load;
	pthread_t thread;
	struct samples samples;
	size_t bad, body_len;
	struct message change, request;
	long revision;
	char in[65536];
};

static int
dial(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || strlen(path) >= sizeof(address.sun_path))
		give_up(path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		give_up(path);
	return fd;
}

static void
message_init(struct message *message, const struct load *load,
    const char *method, const char *path, const char *body)
{
	size_t body_len = body == NULL ? 0 : strlen(body);
	size_t size = body_len + sizeof(load->headers) + strlen(path) + 1024;
	int n;

	message->text = malloc(size);
	if (message->text == NULL)
		give_up("malloc");
	n = snprintf(message->text, size, "%s %s HTTP/1.1\r\nHost: bench\r\n%s",
	    method, path, load->headers);
	if (body != NULL)
		n += snprintf(message->text + n, size - (size_t)n,
		    "Content-Length: %zu\r\n", body_len);
	n += snprintf(message->text + n, size - (size_t)n, "\r\n%s",
	    body == NULL ? "" : body);
	message->len = (size_t)n;
	message->number = strstr(message->text, "######");
	message->revision = strstr(message->text, "@@@@@@@@@@");
}

static void
fill_in(char *at, int digits, long number)
{
	char text[32];

	if (at == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%0*ld", digits, number);
	memcpy(at, text, (size_t)digits);
}

static void
send_message(const struct message *message, int fd)
{
	size_t done = 0;
	ssize_t n;

	while (done < message->len) {
		n = write(fd, message->text + done, message->len - done);
		if (n <= 0)
			give_up("write");
		done += (size_t)n;
	}
}

/* Read one answer; returns its status. The server always says its length. */
static int
read_answer(struct client *client, int fd)
{
	size_t have = 0, want;
	char *end = NULL, *length, *revision;
	int status;
	ssize_t n;

	while (end == NULL) {
		n = read(fd, client->in + have, sizeof(client->in) - have - 1);
		if (n <= 0)
			give_up("the server ended the connection");
		have += (size_t)n;
		client->in[have] = '\0';
		end = strstr(client->in, "\r\n\r\n");
	}
	if (strncmp(client->in, "HTTP/1.1 ", 9) != 0)
		give_up("not HTTP");
	status = (int)strtol(client->in + 9, NULL, 10);
	*end = '\0';
	length = strcasestr(client->in, "\r\nContent-Length:");
	client->body_len = length == NULL ? 0 :
	    strtoul(length + 17, NULL, 10);
	if (length == NULL && status != 304 && status != 204)
		give_up("an answer without Content-Length");
	revision = strcasestr(client->in, "\r\nX-Revision:");
	if (revision != NULL)
		client->revision = strtol(revision + 13, NULL, 10);
	have -= (size_t)(end - client->in) + 4;
	want = client->body_len;
	if (status == 304)
		want = 0;
	while (have < want) {
		n = read(fd, client->in, sizeof(client->in));
		if (n <= 0)
			give_up("the server ended the connection");
		have += (size_t)n;
	}
	return status;
}

/* Send it with what is to be filled in, and read the answer. */
static void
ask(struct client *client, int fd, const struct message *message, long n)
{
	int status;

	fill_in(message->number, 6, n % client->load->range);
	fill_in(message->revision, 10, client->revision);
	send_message(message, fd);
	status = read_answer(client, fd);
	if (status / 100 != 2 && status != 304)
		client->bad++;
}

static void *
run(void *arg)
{
	struct client *client = arg;
	struct load *load = client->load;
	bool changes = load->change_path != NULL;
	int fd = dial(load->socket);
	double start;
	long n;

	if (changes)
		message_init(&client->change, load, "POST",
		    load->change_path, load->body);
	message_init(&client->request, load, load->method, load->path,
	    changes ? NULL : load->body);
	for (;;) {
		n = atomic_fetch_add(&load->next, 1);
		if (now() >= load->until ||
		    (load->requests > 0 && n >= load->requests))
			break;
		if (changes)
			ask(client, fd, &client->change, n);
		start = now();
		ask(client, fd, &client->request, n);
		samples_add(&client->samples, now() - start);
	}
	(void)close(fd);
	free(client->change.text);
	free(client->request.text);
	return NULL;
}

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (file == NULL || text == NULL)
		give_up(path);
	if (fread(text, 1, (1 << 20) - 1, file) == 0)
		give_up(path);
	(void)fclose(file);
	return text;
}

static void
add_header(struct load *load, const char *header)
{
	size_t len = strlen(load->headers);

	if (snprintf(load->headers + len, sizeof(load->headers) - len,
	    "%s\r\n", header) >= (int)(sizeof(load->headers) - len))
		give_up("too many headers");
}

static void
report(const struct load *load, struct client *clients, double took)
{
	struct samples all = { 0 };
	size_t bad = 0, i;
	long c;

	for (c = 0; c < load->clients; c++) {
		for (i = 0; i < clients[c].samples.count; i++)
			samples_add(&all, clients[c].samples.values[i]);
		bad += clients[c].bad;
		free(clients[c].samples.values);
	}
	samples_sort(&all);
	(void)printf("%.1f %.9f %.9f %zu %zu %zu\n", (double)all.count / took,
	    samples_at(&all, 0.5), samples_at(&all, 0.99), all.count, bad,
	    clients[0].body_len);
	free(all.values);
}

int
main(int argc, char **argv)
{
	struct load load = { .method = "GET", .clients = 1, .range = 1000000,
	    .seconds = 3600 };
	struct client *clients;
	double start;
	long i;
	int c;

	while ((c = getopt(argc, argv, "a:b:c:H:m:n:r:s:t:")) != -1) {
		switch (c) {
		case 'a':
			load.change_path = optarg;
			break;
		case 'b':
			load.body = read_file(optarg);
			break;
		case 'c':
			load.clients = number(optarg);
			break;
		case 'H':
			add_header(&load, optarg);
			break;
		case 'm':
			load.method = optarg;
			break;
		case 'n':
			load.requests = number(optarg);
			break;
		case 'r':
			load.range = number(optarg);
			break;
		case 's':
			load.revision = number(optarg);
			break;
		case 't':
			load.seconds = seconds(optarg);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2) {
		(void)fputs("usage: load [options] SOCKET PATH\n", stderr);
		return 2;
	}
	load.socket = argv[optind];
	load.path = argv[optind + 1];
	clients = calloc((size_t)load.clients, sizeof(*clients));
	if (clients == NULL)
		give_up("calloc");
	start = now();
	load.until = start + load.seconds;
	for (i = 0; i < load.clients; i++) {
		clients[i].load = &load;
		clients[i].revision = load.revision;
		if (pthread_create(&clients[i].thread, NULL, run,
		    &clients[i]) != 0)
			give_up("pthread_create");
	}
	for (i = 0; i < load.clients; i++)
		(void)pthread_join(clients[i].thread, NULL);
	report(&load, clients, now() - start);
	free(clients);
	free(load.body);
	return 0;
}
