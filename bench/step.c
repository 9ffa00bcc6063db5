/*
 * step.c - the bare cost of reading the list from SQLite
 *
 * usage: step COUNT DATABASE
 *
 * Steps through the worker's query COUNT times, looks at each column's bytes
 * and builds nothing. Prints the median of the time for one list in seconds,
 * and the number of rows.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

/* For its statements: so what is stepped is what the worker asks. */
#include "../lib/store_sqlite_updates.c"

int
main(int argc, char **argv)
{
	struct samples samples = { 0 };
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	size_t rows = 0, bytes = 0;
	double start;
	long count;
	int i;

	if (argc != 3) {
		(void)fputs("usage: step COUNT DATABASE\n", stderr);
		return 2;
	}
	if (sqlite3_open_v2(argv[2], &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, sql[LIST], -1, &stmt, NULL) != SQLITE_OK) {
		(void)fprintf(stderr, "bench: %s\n", sqlite3_errmsg(db));
		return 1;
	}
	for (count = number(argv[1]); count > 0; count--) {
		start = now();
		rows = 0;
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			rows++;
			for (i = 0; i < sqlite3_column_count(stmt); i++) {
				(void)sqlite3_column_text(stmt, i);
				bytes += (size_t)sqlite3_column_bytes(stmt, i);
			}
		}
		(void)sqlite3_reset(stmt);
		samples_add(&samples, now() - start);
	}
	samples_sort(&samples);
	(void)printf("%.9f %zu\n", samples_at(&samples, 0.5), rows);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	free(samples.values);
	return bytes == 0 && rows > 0;
}
