/*
 * store-t.c - tests of store.h, for each backend that is built in
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "scratch.h"
#include "store_suite.h"

static enum status
sqlite_open(struct store **out, char why[STORE_REASON_MAX])
{
	const struct store_options options = {
		.path = scratch_path("suite.db"),
		.busy_timeout_ms = 30000,
		.flags = STORE_MIGRATE,
	};

	return store_open(&options, out, why);
}

static const struct backend backends[] = {
	{ "sqlite", sqlite_open, scratch_make },
};

int
main(void)
{
	int failed = store_suite_run(backends, COUNT_OF(backends));

	return scratch_remove() != 0 || failed != 0;
}
