/*
 * note_statement.c - the statement that appends to the history, for commit.c
 *
 * It stands in a table that is private to a file of the store, as those that
 * commit.c itself includes; two such tables need two files.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

#include "../lib/store_sqlite_history.c"

const char *
note_statement(void)
{
	return sql[NOTE];
}
