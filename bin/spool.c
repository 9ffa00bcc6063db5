/*
 * spool.c - diundash spool: webhooks that wait for the database
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "replay.h"

/* Slices are for workers; here nobody else is waiting. */
#define REPLAY_MS INT64_C(3600000)

static int
show(const struct config *config)
{
	struct spool_state state;
	struct spool spool;
	enum status status;

	spool_init(&spool, config->spool_path, config->db_path);
	status = spool_look(&spool, &state);
	if (status != STATUS_OK)
		(void)fprintf(stderr, "diundash: cannot read the spool "
		    "'%s': check the owner and the rights\n", spool.folder);
	else if (state.waiting == 0)
		(void)printf("nothing waits in %s\n", spool.folder);
	else
		(void)printf("%lld waiting in %s since %s: %s\n",
		    (long long)state.waiting, spool.folder, state.since,
		    state.reason);
	if (status == STATUS_OK && state.damaged > 0)
		(void)printf("%lld damaged files were set aside in %s: look "
		    "at those that end in .damaged\n",
		    (long long)state.damaged, spool.folder);
	spool_release(&spool);
	if (status != STATUS_OK)
		return EXIT_TROUBLE;
	return state.waiting > 0 || state.damaged > 0 ? EXIT_FOUND
	    : EXIT_SUCCESS;
}

static int
report(struct store *store, enum status status,
    const struct replay_count *count)
{
	(void)printf("stored %lld webhooks\n", (long long)count->stored);
	if (count->damaged > 0)
		(void)printf("set %lld damaged files aside\n",
		    (long long)count->damaged);
	if (status == STATUS_OK)
		return count->damaged > 0 ? EXIT_FOUND : EXIT_SUCCESS;
	if (status == STATUS_BUSY && store_reason(store)[0] == '\0')
		(void)fputs("diundash: a worker is replaying the spool "
		    "already\n", stderr);
	else if (store_reason(store)[0] == '\0')
		(void)fputs("diundash: the spool cannot be used: check the "
		    "owner and the rights of its folder\n", stderr);
	else
		return command_trouble(store);
	return EXIT_TROUBLE;
}

static int
replay(const struct config *config)
{
	struct replay_count count;
	struct spool spool;
	struct store *store;
	enum status status;
	int code;

	if (!command_open_store(config, STORE_MIGRATE, &store))
		return EXIT_TROUBLE;
	spool_init(&spool, config->spool_path, config->db_path);
	status = replay_spool(&spool, store, clock_ms() + REPLAY_MS, &count);
	code = report(store, status, &count);
	spool_release(&spool);
	store_close(store);
	return code;
}

int
command_spool(const struct config *config, int argc, char **argv)
{
	if (argc == 1)
		return show(config);
	if (argc == 2 && strcmp(argv[1], "replay") == 0)
		return replay(config);
	return command_usage("spool takes replay, or nothing");
}
