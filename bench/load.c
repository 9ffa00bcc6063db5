/*
 * load.c - HTTP clients that ask the same thing again and again
 *
 * usage: load [-b BODYFILE] [-c CLIENTS] [-H HEADER]... [-m METHOD]
 *             [-n REQUESTS] [-r RANGE] [-t SECONDS] SOCKET PATH
 *
 * Each client keeps its connection to the web server on the Unix socket and
 * sends the next request when it has the whole answer to the last, until
 * SECONDS have passed or REQUESTS have been sent. "######" in the body
 * becomes a number below RANGE, another one in each request.
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
	const char *socket, *path, *method;
	char headers[2048], *body;
	long clients, requests, range, seconds;
	double until;
	atomic_long next;
};

struct client {
	struct load *load;
	pthread_t thread;
	struct samples samples;
	size_t bad, body_len;
	char *request;			/* header and body */
	size_t request_len;
	char *digits;			/* in the body; NULL: none */
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
write_request(struct client *client)
{
	const struct load *load = client->load;
	size_t body_len = load->body == NULL ? 0 : strlen(load->body);
	size_t size = body_len + sizeof(load->headers) + 1024;
	int n;

	client->request = malloc(size);
	if (client->request == NULL)
		give_up("malloc");
	n = snprintf(client->request, size,
	    "%s %s HTTP/1.1\r\nHost: bench\r\n%s", load->method, load->path,
	    load->headers);
	if (load->body != NULL)
		n += snprintf(client->request + n, size - (size_t)n,
		    "Content-Length: %zu\r\n", body_len);
	n += snprintf(client->request + n, size - (size_t)n, "\r\n%s",
	    load->body == NULL ? "" : load->body);
	client->request_len = (size_t)n;
	client->digits = load->body == NULL ? NULL
	    : strstr(client->request, "######");
}

static void
fill_digits(struct client *client, long n)
{
	char text[32];

	if (client->digits == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%06ld", n % client->load->range);
	memcpy(client->digits, text, 6);
}

static void
send_request(const struct client *client, int fd)
{
	size_t done = 0;
	ssize_t n;

	while (done < client->request_len) {
		n = write(fd, client->request + done,
		    client->request_len - done);
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
	char *end = NULL, *length;
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

static void *
run(void *arg)
{
	struct client *client = arg;
	struct load *load = client->load;
	int status, fd = dial(load->socket);
	double start;
	long n;

	write_request(client);
	for (;;) {
		n = atomic_fetch_add(&load->next, 1);
		start = now();
		if (start >= load->until ||
		    (load->requests > 0 && n >= load->requests))
			break;
		fill_digits(client, n);
		send_request(client, fd);
		status = read_answer(client, fd);
		samples_add(&client->samples, now() - start);
		if (status / 100 != 2 && status != 304)
			client->bad++;
	}
	(void)close(fd);
	free(client->request);
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

	while ((c = getopt(argc, argv, "b:c:H:m:n:r:t:")) != -1) {
		switch (c) {
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
		case 't':
			load.seconds = number(optarg);
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
	load.until = start + (double)load.seconds;
	for (i = 0; i < load.clients; i++) {
		clients[i].load = &load;
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
