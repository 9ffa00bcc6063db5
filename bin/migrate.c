/*
 * migrate.c - diundash migrate: the schema's steps
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <unistd.h>

#include "command.h"
#include "number.h"

static int
show_state(struct store *store)
{
	struct migration_state state;

	if (store_migration_state(store, &state) != STATUS_OK)
		return command_trouble(store);
	(void)printf("version %lld%s, newest known %lld\n",
	    (long long)state.version, state.dirty ? " (dirty)" : "",
	    (long long)state.newest);
	return EXIT_SUCCESS;
}

/* A person at a terminal is asked; a script knows what it does. */
static bool
confirm(struct store *store)
{
	struct migration_state state;
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return true;
	if (store_migration_state(store, &state) != STATUS_OK)
		return false;
	(void)printf("Undo version %lld and delete the data it holds? "
	    "Type yes: ", (long long)state.version);
	(void)fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    strcmp(answer, "yes\n") == 0;
}

static int
step_down(struct store *store)
{
	if (!confirm(store)) {
		(void)fputs("diundash: nothing was changed\n", stderr);
		return EXIT_TROUBLE;
	}
	switch (store_migrate_down(store)) {
	case STATUS_OK:
		return show_state(store);
	case STATUS_NOT_FOUND:
		(void)fputs("diundash: nothing is applied that could be "
		    "undone\n", stderr);
		return EXIT_TROUBLE;
	default:
		return command_trouble(store);
	}
}

static int
step_up(struct store *store)
{
	if (store_migrate_up(store) != STATUS_OK)
		return command_trouble(store);
	return show_state(store);
}

static int
force(struct store *store, int64_t version)
{
	switch (store_migrate_force(store, version)) {
	case STATUS_OK:
		return show_state(store);
	case STATUS_NOT_FOUND:
		(void)fprintf(stderr, "diundash: version %lld is not known "
		    "here\n", (long long)version);
		return EXIT_TROUBLE;
	default:
		return command_trouble(store);
	}
}

int
command_migrate(const struct config *config, int argc, char **argv)
{
	const char *action = argc > 1 ? argv[1] : "";
	struct store *store;
	int64_t version = 0;
	unsigned flags = STORE_MUST_EXIST;
	int code;

	if (strcmp(action, "force") == 0) {
		if (argc != 3 || !number_parse(argv[2], INT64_MAX, &version))
			return command_usage("migrate force takes a version "
			    "number");
	} else if (argc != 2 || (strcmp(action, "status") != 0 &&
	    strcmp(action, "up") != 0 && strcmp(action, "down") != 0)) {
		return command_usage("migrate takes status, up, down or "
		    "force VERSION");
	}
	if (strcmp(action, "up") == 0)
		flags = 0;
	if (!command_open_store(config, flags, &store))
		return EXIT_TROUBLE;
	if (strcmp(action, "status") == 0)
		code = show_state(store);
	else if (strcmp(action, "up") == 0)
		code = step_up(store);
	else if (strcmp(action, "down") == 0)
		code = step_down(store);
	else
		code = force(store, version);
	store_close(store);
	return code;
}
