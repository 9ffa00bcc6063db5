/*
 * command.h - the subcommands of diundash(1)
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "config.h"
#include "store.h"

/* Exit codes, the same for every command; documented in diundash(1). */
enum {
	EXIT_FOUND = 1,		/* list --pending: something is open;
				   check: damage was found;
				   spool: something waits */
	EXIT_USAGE = 2,		/* the command line is wrong */
	EXIT_TROUBLE = 3	/* it could not be done; one line says why */
};

/*
 * argv[0] is the command's own name. Each returns the exit code and has
 * printed one line to stderr when that is EXIT_USAGE or EXIT_TROUBLE.
 */
int command_ack(const struct config *config, int argc, char **argv);
int command_backup(const struct config *config, int argc, char **argv);
int command_check(const struct config *config, int argc, char **argv);
int command_export(const struct config *config, int argc, char **argv);
int command_history(const struct config *config, int argc, char **argv);
int command_import(const struct config *config, int argc, char **argv);
int command_list(const struct config *config, int argc, char **argv);
int command_migrate(const struct config *config, int argc, char **argv);
int command_prune(const struct config *config, int argc, char **argv);
int command_remove(const struct config *config, int argc, char **argv);
int command_rename_host(const struct config *config, int argc, char **argv);
int command_reopen(const struct config *config, int argc, char **argv);
int command_spool(const struct config *config, int argc, char **argv);
int command_tag(const struct config *config, int argc, char **argv);

/* Open the configured store. false: the line has been printed. */
bool command_open_store(const struct config *config, unsigned flags,
    struct store **store) MUST_USE;

/* Print "diundash: <message>: see diundash --help"; returns EXIT_USAGE. */
int command_usage(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Print text of a third party, scrubbed for a terminal, filled up with
 * spaces to `width` and two more; 0: no spaces.
 */
void command_print_cell(int width, const char *text);

/* Print the store's reason; returns EXIT_TROUBLE. */
int command_trouble(const struct store *store);

#endif
