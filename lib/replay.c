/*
 * replay.c - from the spool into the store, when it can be written again
 *
 * A file is removed after the transaction that stores it; the store knows
 * its name from then on, so that nothing is stored twice when we end between
 * the two.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "arena.h"
#include "event.h"
#include "log.h"
#include "replay.h"

struct replaying {
	struct spool *spool;
	struct store *store;
	struct replay_count *count;
	struct arena arena;
	struct buf text;
};

static enum status
set_aside(struct replaying *replaying, const char *name)
{
	replaying->count->damaged++;
	return spool_set_aside(replaying->spool, name);
}

static enum status
replay_file(struct replaying *replaying, const char *name)
{
	const char *why = "it is no event";
	struct store_replay as = { .name = name };
	struct spooled webhook;
	struct diun_event event;
	enum status status;

	status = spool_read(replaying->spool, name, &replaying->text,
	    &webhook);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_INVALID)
		return set_aside(replaying, name);
	if (status != STATUS_OK)
		return status;
	status = event_parse(&replaying->arena, webhook.body, webhook.len,
	    &event, &why);
	/* It is not the webhook's fault that there is no memory. */
	if (status == STATUS_UNAVAILABLE)
		return status;
	if (status != STATUS_OK) {
		log_error("'%s' in the spool is damaged: %s", name, why);
		return set_aside(replaying, name);
	}
	if (webhook.host[0] != '\0')
		event.hostname = webhook.host;
	as.received_at = webhook.received_at;
	as.is_uncertain = webhook.is_uncertain;
	status = store_replay_event(replaying->store, &event, &as);
	if (status != STATUS_OK)
		return status;
	replaying->count->stored++;
	return spool_remove(replaying->spool, name);
}

/* As many as one list holds. */
static enum status
replay_list(struct replaying *replaying, int64_t until)
{
	struct spool_list list;
	enum status status;
	size_t i;

	status = spool_list(replaying->spool, &list);
	replaying->count->left = list.waiting;
	for (i = 0; i < list.count && status == STATUS_OK; i++) {
		if (clock_ms() >= until)
			break;
		status = replay_file(replaying, list.names[i]);
		arena_reset(&replaying->arena);
		if (status == STATUS_OK)
			replaying->count->left--;
	}
	return status;
}

enum status
replay_spool(struct spool *spool, struct store *store, int64_t until,
    struct replay_count *count)
{
	struct replaying replaying = {
		.spool = spool, .store = store, .count = count,
	};
	enum status status;

	*count = (struct replay_count){ 0 };
	if (!spool_may_wait(spool))
		return STATUS_OK;
	status = spool_lock(spool);
	if (status != STATUS_OK)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	arena_init(&replaying.arena);
	buf_init(&replaying.text, SIZE_MAX);
	do
		status = replay_list(&replaying, until);
	while (status == STATUS_OK && count->left > 0 && clock_ms() < until);
	buf_release(&replaying.text);
	arena_release(&replaying.arena);
	spool_unlock(spool);
	if (count->stored > 0)
		log_info("stored %lld webhooks that had waited, %lld wait "
		    "still", (long long)count->stored,
		    (long long)count->left);
	return status;
}
