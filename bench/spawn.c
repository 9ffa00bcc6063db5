/*
 * spawn.c - how long a program takes from fork to exit
 *
 * usage: spawn COUNT INPUT PROGRAM [ARG...]
 *
 * Runs PROGRAM again and again, reading the file INPUT, with its output on a
 * pipe, as a web server runs a CGI program, and prints the median and the
 * 99th percentile of the time from fork to exit in seconds, and the bytes of
 * the last output.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static size_t
run(const char *input, char **argv)
{
	posix_spawn_file_actions_t actions;
	char buf[65536];
	size_t total = 0;
	int pipes[2], status, error;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		give_up("pipe");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 0, input,
	    O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
	error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (error != 0) {
		errno = error;
		give_up(argv[0]);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(pipes[1]);
	while ((n = read(pipes[0], buf, sizeof(buf))) > 0)
		total += (size_t)n;
	(void)close(pipes[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		give_up(argv[0]);
	return total;
}

int
main(int argc, char **argv)
{
	struct samples samples = { 0 };
	size_t bytes = 0;
	long count;
	double start;

	if (argc < 4) {
		(void)fputs("usage: spawn COUNT INPUT PROGRAM [ARG...]\n",
		    stderr);
		return 2;
	}
	for (count = number(argv[1]); count > 0; count--) {
		start = now();
		bytes = run(argv[2], argv + 3);
		samples_add(&samples, now() - start);
	}
	samples_sort(&samples);
	(void)printf("%.9f %.9f %zu\n", samples_at(&samples, 0.5),
	    samples_at(&samples, 0.99), bytes);
	free(samples.values);
	return 0;
}
