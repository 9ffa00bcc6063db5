/*
 * main.c - diundash: the administrator's command
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "log.h"

static int command_version(const struct config *config, int argc,
    char **argv);

static const struct {
	const char *name;
	int (*run)(const struct config *config, int argc, char **argv);
} commands[] = {
	{ "list", command_list },
	{ "history", command_history },
	{ "ack", command_ack },
	{ "reopen", command_reopen },
	{ "remove", command_remove },
	{ "tag", command_tag },
	{ "rename-host", command_rename_host },
	{ "check", command_check },
	{ "backup", command_backup },
	{ "export", command_export },
	{ "import", command_import },
	{ "prune", command_prune },
	{ "spool", command_spool },
	{ "migrate", command_migrate },
	{ "version", command_version },
};

static const char help_text[] =
"usage: diundash [--db FILE] COMMAND [ARGUMENT ...]\n"
"\n"
"Looks after the database of diundash, also while the workers are running.\n"
"It works on FILE, or else on the file that DB_PATH names.\n"
"\n"
"What is there\n"
"  list [--pending | --acknowledged] [--text WORDS] [--host HOST]\n"
"       [--tag TAG | --untagged] [--sort date|name|registry] [--json]\n"
"                    a line for each image and host, pending ones first; or,\n"
"                    with --json, what the API has of these images\n"
"  history [--image IMAGE] [--host HOST] [--action ACTION] [--before ID]\n"
"          [--limit N] [--json]\n"
"                    what came and what was done, newest first (50 rows)\n"
"\n"
"What to do about it\n"
"  ack IMAGE ... [--host HOST], ack --tag TAG, ack --all\n"
"                    acknowledge: on all of an image's hosts, or on one\n"
"  reopen IMAGE ... [--host HOST]\n"
"                    make it pending again\n"
"  remove IMAGE ... [--host HOST]\n"
"                    forget what no longer runs; history keeps it\n"
"  tag list, tag create NAME, tag rename OLD NEW, tag delete NAME,\n"
"  tag assign NAME IMAGE, tag unassign IMAGE\n"
"  rename-host OLD NEW\n"
"                    also joins the two, where NEW exists\n"
"\n"
"The database\n"
"  check [--full]    look for damage, and what waits in the spool; --full\n"
"                    looks at every index and all JSON, and takes longer\n"
"  backup FILE       copy the database to a new file\n"
"  export --json     everything, to be taken in by import\n"
"  export --csv      the list, for a spreadsheet\n"
"  import FILE       an export, into an empty database; or webhook bodies of\n"
"                    Diun, one after the other; - is standard input\n"
"  prune --older-than AGE\n"
"                    delete history older than, say, 180d (h, d, w, y);\n"
"                    nothing else ever does\n"
"  spool             how many webhooks wait for the database, and why\n"
"  spool replay      store them now; workers do so, too, when they can\n"
"  migrate status    the schema's version, and the newest known\n"
"  migrate up        bring the schema up to date\n"
"  migrate down      undo the newest step, with the data in it\n"
"  migrate force VERSION   record VERSION without running anything, to clear\n"
"                    a 'dirty' mark; 0 for an empty database\n"
"  version           print the version\n"
"\n"
"exit status: 0 done; 1 check found damage, list --pending something\n"
"pending, or spool something waiting; 2 wrong usage; 3 it could not be done,\n"
"and a line says why\n"
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

void
command_print_cell(int width, const char *text)
{
	char clean[2048];
	size_t len = log_scrub(clean, sizeof(clean), text);

	(void)fputs(clean, stdout);
	if (width > 0)
		(void)printf("%*s", len < (size_t)width
		    ? width - (int)len + 2 : 2, "");
}

/* The last line that was kept out of the log; see open_log. */
static char last_error[LOG_LINE_MAX];

static void
keep_error(void *arg UNUSED, const char *line, size_t len UNUSED)
{
	const char *text = strstr(line, ": error: ");

	(void)snprintf(last_error, sizeof(last_error), "%s",
	    text == NULL ? line : text + strlen(": error: "));
}

/*
 * What fails is printed once, as the command's own line. The details go to
 * a log only where the environment says so.
 */
static void
open_log(const struct config *config)
{
	const char *target = getenv("DIUNDASH_LOG");
	const char *level = getenv("DIUNDASH_LOG_LEVEL");
	bool has_level = level != NULL && level[0] != '\0';

	if (has_level || (target != NULL && target[0] != '\0')) {
		log_open("diundash", config->log_target, has_level
		    ? config->log_level : LOG_LEVEL_ERROR);
		return;
	}
	log_open("diundash", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	log_set_sink(keep_error, NULL);
}

/* A reason that points to the log is no use where there is none. */
static const char *
better_reason(const char *reason)
{
	return last_error[0] != '\0' &&
	    strcmp(reason, STORE_REASON_INTERNAL) == 0 ? last_error : reason;
}

int
command_trouble(const struct store *store)
{
	(void)fprintf(stderr, "diundash: %s\n",
	    better_reason(store_reason(store)));
	return EXIT_TROUBLE;
}

bool
command_open_store(const struct config *config, unsigned flags,
    struct store **store)
{
	const struct store_options options = {
		.path = config->db_path,
		.busy_timeout_ms = config->busy_timeout_ms,
		.flags = flags | (config->reopen_digest ?
		    STORE_REOPEN_DIGEST : 0),
	};
	char why[STORE_REASON_MAX];

	if ((flags & STORE_MUST_EXIST) != 0 &&
	    access(config->db_path, F_OK) != 0 && errno == ENOENT) {
		(void)fprintf(stderr, "diundash: there is no '%s': name the "
		    "database by --db or DB_PATH\n", config->db_path);
		return false;
	}
	if (store_open(&options, store, why) == STATUS_OK) {
		store_set_actor(*store, "diundash");
		return true;
	}
	(void)fprintf(stderr, "diundash: %s: %s\n", config->db_path,
	    better_reason(why));
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

/* The options before the command; *argv is moved on to it. */
static int
read_global_options(struct config *config, int *argc, char ***argv)
{
	char why[CONFIG_WHY_MAX];
	const char *word, *value;

	while (*argc > 1 && (*argv)[1][0] == '-') {
		word = (*argv)[1];
		if (strncmp(word, "--db=", 5) == 0) {
			value = word + 5;
		} else if (strcmp(word, "--db") == 0 && *argc > 2) {
			value = (*argv)[2];
			++*argv;
			--*argc;
		} else {
			return command_usage(strcmp(word, "--db") == 0
			    ? "%s needs a file" : "unknown option '%s'",
			    word);
		}
		++*argv;
		--*argc;
		if (config_set(config, "DB_PATH", value, why) != STATUS_OK)
			return command_usage("%s", why);
	}
	if (*argc < 2)
		return command_usage("no command given");
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	char why[CONFIG_WHY_MAX];
	struct config config;
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
	open_log(&config);
	code = read_global_options(&config, &argc, &argv);
	if (code == EXIT_SUCCESS)
		code = run(&config, argc - 1, argv + 1);
	config_release(&config);
	if (fflush(stdout) != 0 && code == EXIT_SUCCESS) {
		(void)fputs("diundash: cannot write the output\n", stderr);
		code = EXIT_TROUBLE;
	}
	return code;
}
