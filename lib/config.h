/*
 * config.h - what the environment says, checked
 *
 * Every variable is listed once, in the table in config.c, with the text
 * that --help prints. A value that cannot be right is an error at start, not
 * a surprise later. (What configure found is in build_config.h.)
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "log.h"
#include "status.h"

#define CONFIG_WHY_MAX 512

struct config {
	char *db_path;			/* absolute; owned */
	char *webhook_secret;		/* NULL when none; owned */
	char *webhook_secret_previous;	/* still taken; NULL: none; owned */
	char *webhook_secret_file;	/* absolute; NULL: none; owned */
	char *spool_path;		/* a folder, absolute; NULL: the one
					   beside the database; owned */
	char *base_path;		/* "" or "/sub"; NULL: find it; owned */
	size_t body_limit;		/* bytes of a request body */
	int busy_timeout_ms;		/* whole wait for a write */
	int io_timeout_ms;		/* from a connection to its answer */
	enum log_level log_level;
	enum log_target log_target;
	bool reopen_digest;		/* see STORE_REOPEN_DIGEST */
};

/*
 * Fill *config from the environment through `get` (getenv(3), or a test's
 * own). STATUS_OK; or STATUS_INVALID with one line in `why` that names the
 * variable and says what is allowed; *config is then released.
 */
enum status config_load(struct config *config,
    char *(*get)(const char *name), char why[CONFIG_WHY_MAX]) MUST_USE;

/*
 * Where WEBHOOK_SECRET_FILE is set, read it: its first line becomes
 * webhook_secret and its second, if there is one, webhook_secret_previous.
 * Apart from config_load, since only who takes webhooks needs to be able to
 * read the file. STATUS_OK, or STATUS_INVALID with one line in `why`, which
 * never holds what is in the file. A file that everybody can read is only
 * logged as a warning.
 */
enum status config_read_secret(struct config *config,
    char why[CONFIG_WHY_MAX]) MUST_USE;

/*
 * Set one variable as config_load does from the environment, for an option
 * of a command; the same checks and the same text.
 */
enum status config_set(struct config *config, const char *name,
    const char *value, char why[CONFIG_WHY_MAX]) MUST_USE;

void config_release(struct config *config);

/* Print "NAME  what it is" for each variable. */
void config_print_help(FILE *out);

#endif
