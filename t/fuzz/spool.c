/*
 * spool.c - fuzz target: spool.h, a file that waits
 *
 * Somebody, or a disk, has had its way with a file of the spool. What is read
 * from it keeps the contract of what a worker puts there, and, put there
 * again, comes back as it was.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "fuzz_folder.h"
#include "log.h"
#include "model.h"
#include "spool.h"
#include "utf8.h"

#define NAME "20260101T000000.000000000Z-00000000.webhook"

static struct spool spool;

static void
release_spool(void)
{
	spool_release(&spool);
}

static void
begin(void)
{
	fuzz_make_folder();
	must(atexit(release_spool) == 0);
	log_open("fuzz", LOG_TARGET_STDERR, LOG_LEVEL_ERROR);
	spool_init(&spool, fuzz_folder, "/d.db");
}

static void
write_file(const uint8_t *data, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", fuzz_folder, NAME);
	file = fopen(path, "we");
	must(file != NULL);
	must(fwrite(data, 1, size, file) == size);
	must(fclose(file) == 0);
}

static void
check_webhook(const struct spooled *webhook, const struct buf *text)
{
	const char *end = text->data + text->len;

	must(strlen(webhook->received_at) == strlen("2026-01-01T00:00:00Z"));
	must(utf8_valid(webhook->host, strlen(webhook->host)));
	must(!utf8_has_control(webhook->host));
	must(strlen(webhook->host) <= HOSTNAME_BYTES_MAX);
	must(!utf8_has_control(webhook->reason));
	must(webhook->body >= text->data);
	must(webhook->body + webhook->len == end);
}

static void
put_again(const struct spooled *webhook)
{
	char why[SPOOL_REASON_MAX];
	struct spool_list list;
	struct spooled again;
	struct buf text;

	must(spool_remove(&spool, NAME) == STATUS_OK);
	must(spool_put(&spool, webhook, why) == STATUS_OK);
	must(spool_list(&spool, &list) == STATUS_OK && list.waiting == 1);
	buf_init(&text, SIZE_MAX);
	must(spool_read(&spool, list.names[0], &text, &again) == STATUS_OK);
	must(strcmp(again.received_at, webhook->received_at) == 0);
	must(strcmp(again.host, webhook->host) == 0);
	must(strcmp(again.reason, webhook->reason) == 0);
	must(again.is_uncertain == webhook->is_uncertain);
	must(again.len == webhook->len);
	must(memcmp(again.body, webhook->body, again.len) == 0);
	must(spool_remove(&spool, list.names[0]) == STATUS_OK);
	buf_release(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct spooled webhook = { .reason = "" };
	enum status status;
	struct buf text;

	if (fuzz_folder[0] == '\0')
		begin();
	write_file(data, size);
	buf_init(&text, SIZE_MAX);
	status = spool_read(&spool, NAME, &text, &webhook);
	must(status == STATUS_OK || status == STATUS_INVALID);
	if (status == STATUS_OK) {
		check_webhook(&webhook, &text);
		put_again(&webhook);
	}
	buf_release(&text);
	return status == STATUS_OK || size < 400 ? 0 : -1;
}
