/*
 * main.c - diundash.fcgi: the worker, by FastCGI or by plain CGI
 *
 * Which of the two is decided by what the program is handed: a listening
 * socket on descriptor 0 means FastCGI (spawn-fcgi, multiwatch, systemd,
 * lighttpd and mod_fcgid all do that), GATEWAY_INTERFACE in the environment
 * means CGI. Neither means a person at a terminal.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "gateway.h"
#include "log.h"
#include "worker.h"

#define PROGRAM "diundash.fcgi"

enum { EXIT_USAGE = 2 };

static void
print_usage(FILE *out)
{
	(void)fprintf(out,
	    "usage: " PROGRAM " [--help | --version]\n"
	    "\n"
	    "The worker of diundash. A web server starts it: as plain CGI,\n"
	    "or as FastCGI with a listening socket on descriptor 0, such as\n"
	    "by 'spawn-fcgi -s /run/diundash.sock -- " PROGRAM "'.\n"
	    "To try it, run scripts/quickstart.\n"
	    "\n"
	    "environment (default):\n");
	config_print_help(out);
}

static int
answer_arguments(const char *argument)
{
	if (strcmp(argument, "--help") == 0) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argument, "--version") == 0) {
		(void)printf(PROGRAM " %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	(void)fprintf(stderr, PROGRAM ": unknown argument '%s': see "
	    PROGRAM " --help\n", argument);
	return EXIT_USAGE;
}

static int
run_fastcgi(void)
{
	char why[CONFIG_WHY_MAX];
	struct gateway *gateway;
	struct config config;
	enum status status = STATUS_INTERNAL;

	if (config_load(&config, getenv, why) != STATUS_OK) {
		log_error("%s", why);
		return EXIT_FAILURE;
	}
	log_open(PROGRAM, config.log_target, config.log_level);
	if (config_read_secret(&config, why) != STATUS_OK) {
		log_error("%s", why);
		goto out;
	}
	gateway = gateway_fcgi_new(STDIN_FILENO, config.io_timeout_ms);
	if (gateway != NULL)
		status = worker_run(gateway, &config);
	gateway_free(gateway);
out:
	config_release(&config);
	return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Somebody is waiting for an answer: it is the error. */
static int
refuse_cgi(const char *why)
{
	struct gateway *gateway = gateway_cgi_new(1000);

	log_error("%s", why);
	worker_refuse(gateway, why);
	gateway_free(gateway);
	return EXIT_FAILURE;
}

static int
run_cgi(void)
{
	char why[CONFIG_WHY_MAX];
	struct gateway *gateway;
	struct config config;
	enum status status;

	if (config_load(&config, getenv, why) != STATUS_OK)
		return refuse_cgi(why);
	log_open(PROGRAM, config.log_target, config.log_level);
	if (config_read_secret(&config, why) != STATUS_OK) {
		config_release(&config);
		return refuse_cgi(why);
	}
	gateway = gateway_cgi_new(config.io_timeout_ms);
	status = worker_run(gateway, &config);
	gateway_free(gateway);
	config_release(&config);
	return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	log_open(PROGRAM, LOG_TARGET_STDERR, LOG_LEVEL_INFO);
	/* The database is nobody's business but ours and our group's. */
	(void)umask(0027);
	if (gateway_is_listening(STDIN_FILENO))
		return run_fastcgi();
	if (getenv("GATEWAY_INTERFACE") != NULL)
		return run_cgi();
	if (argc == 2)
		return answer_arguments(argv[1]);
	print_usage(stderr);
	return EXIT_USAGE;
}
