/*
 * backup.c - diundash backup: a copy of the database while workers write
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "options.h"

int
command_backup(const struct config *config, int argc, char **argv)
{
	struct store *store;
	int code;

	code = options_read(NULL, 0, &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc != 2)
		return command_usage("backup takes the file to write");
	if (!command_open_store(config, STORE_MUST_EXIST, &store))
		return EXIT_TROUBLE;
	if (store_backup(store, argv[1]) != STATUS_OK)
		code = command_trouble(store);
	store_close(store);
	return code;
}
