/*
 * check.c - diundash check: is the database sound
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "spool.h"

/* What waits is no damage, but who asks for one wants to know the other. */
static void
tell_of_spool(const struct config *config)
{
	struct spool_state state;
	struct spool spool;

	spool_init(&spool, config->spool_path, config->db_path);
	if (spool_look(&spool, &state) != STATUS_OK)
		(void)printf("spool: cannot be read: %s\n", spool.folder);
	else if (state.waiting > 0 || state.damaged > 0)
		(void)printf("spool: %lld waiting, %lld damaged: see "
		    "'diundash spool'\n", (long long)state.waiting,
		    (long long)state.damaged);
	spool_release(&spool);
}

static int
check(struct store *store, bool full)
{
	struct migration_state state;
	struct store_report report;

	if (store_migration_state(store, &state) != STATUS_OK)
		return command_trouble(store);
	if (!state.dirty && state.version > state.newest) {
		(void)printf("schema: version %lld, newer than the %lld that "
		    "this diundash knows: install the newer diundash\n",
		    (long long)state.version, (long long)state.newest);
		return EXIT_FOUND;
	}
	if (state.dirty || state.version != state.newest) {
		(void)printf("schema: version %lld%s, where %lld is "
		    "expected: run 'diundash migrate %s'\n",
		    (long long)state.version, state.dirty ? " (dirty)" : "",
		    (long long)state.newest,
		    state.dirty ? "force VERSION' once it is repaired, "
		    "then 'diundash migrate up" : "up");
		return EXIT_FOUND;
	}
	if ((full ? store_check_full(store, &report)
	    : store_check(store, &report)) != STATUS_OK)
		return command_trouble(store);
	if (!report.sound) {
		(void)printf("damaged: %s: restore a backup\n",
		    report.finding);
		return EXIT_FOUND;
	}
	(void)printf("ok: schema version %lld, revision %lld, %lld images "
	    "(%lld pending) on %lld hosts, %lld tags\n",
	    (long long)state.version, (long long)report.revision,
	    (long long)report.images, (long long)report.pending,
	    (long long)report.hosts, (long long)report.tags);
	return EXIT_SUCCESS;
}

int
command_check(const struct config *config, int argc, char **argv)
{
	bool full = argc == 2 && strcmp(argv[1], "--full") == 0;
	struct store *store;
	int code;

	if (argc > 1 && !full)
		return command_usage("check takes --full, or nothing");
	tell_of_spool(config);
	if (!command_open_store(config, STORE_MUST_EXIST, &store))
		return EXIT_TROUBLE;
	code = check(store, full);
	store_close(store);
	return code;
}
