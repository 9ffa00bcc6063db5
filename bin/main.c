/*
 * main.c - diundash: the administrator's command
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <stdarg.h>
#include <sys/stat.h>

#include "command.h"
#include "log.h"

static int command_version(const struct config *config, int argc,
    char **argv);

static const struct {
	const char *name;
	int (*run)(const struct config *config, int argc, char **argv);
} commands[] = {
	{ "migrate", command_migrate },
	{ "check", command_check },
	{ "list", command_list },
	{ "version", command_version },
};

static const char help_text[] =
"usage: diundash COMMAND [ARGUMENT ...]\n"
"\n"
"Looks after the database of diundash. It works on the file that DB_PATH\n"
"names, also while the workers are running.\n"
"\n"
"  list [--pending] [--json]  print the images: what is pending first, or\n"
"                             only that; as a table, or as the API does\n"
"  check                      look for damage; says what it found\n"
"  migrate status             the schema's version, and the newest known\n"
"  migrate up                 bring the schema up to date\n"
"  migrate down               undo the newest step, with the data in it\n"
"  migrate force VERSION      record VERSION without running anything, to\n"
"                             clear a 'dirty' mark; 0 for an empty database\n"
"  version                    print the version\n"
"\n"
"exit status: 0 done; 1 check found damage, or list --pending something\n"
"pending; 2 wrong usage; 3 it could not be done, and a line says why\n"
"\n"
"environment (default):\n";

static int
command_version(const struct config *config UNUSED, int argc,
    char **argv UNUSED)
{
	if (argc > 1)
		return command_usage("version takes no arguments");
	(void)printf("diundash %s\n", PACKAGE_VERSION);
	return EXIT_SUCCESS;
}

int
command_usage(const char *fmt, ...)
{
	va_list args;

	(void)fputs("diundash: ", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputs(": see diundash --help\n", stderr);
	return EXIT_USAGE;
}

int
command_trouble(const struct store *store)
{
	(void)fprintf(stderr, "diundash: %s\n", store_reason(store));
	return EXIT_TROUBLE;
}

bool
command_open_store(const struct config *config, unsigned flags,
    struct store **store)
{
	const struct store_options options = {
		.path = config->db_path,
		.busy_timeout_ms = config->busy_timeout_ms,
		.flags = flags,
	};
	char why[STORE_REASON_MAX];

	if (store_open(&options, store, why) == STATUS_OK)
		return true;
	(void)fprintf(stderr, "diundash: %s: %s\n", config->db_path, why);
	return false;
}

static int
run(const struct config *config, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(argv[0], commands[i].name) == 0)
			return commands[i].run(config, argc, argv);
	return command_usage("unknown command '%s'", argv[0]);
}

int
main(int argc, char **argv)
{
	char why[CONFIG_WHY_MAX];
	struct config config;
	enum log_level level;
	int code;

	if (argc < 2)
		return command_usage("no command given");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		(void)fputs(help_text, stdout);
		config_print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(argv[1], "--version") == 0)
		return command_version(NULL, 1, argv);
	(void)umask(0027);
	if (config_load(&config, getenv, why) != STATUS_OK) {
		(void)fprintf(stderr, "diundash: %s\n", why);
		return EXIT_TROUBLE;
	}
	/* What fails is printed once, as the command's own one line. */
	level = LOG_LEVEL_ERROR;
	if (config.log_level == LOG_LEVEL_DEBUG)
		level = LOG_LEVEL_DEBUG;
	else if (config.log_target != LOG_TARGET_SYSLOG)
		level = LOG_LEVEL_NONE;
	log_open("diundash", config.log_target, level);
	code = run(&config, argc - 1, argv + 1);
	config_release(&config);
	if (fflush(stdout) != 0 && code == EXIT_SUCCESS) {
		(void)fputs("diundash: cannot write the output\n", stderr);
		code = EXIT_TROUBLE;
	}
	return code;
}
