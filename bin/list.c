/*
 * list.c - diundash list: what is known, and what is pending
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "entry_json.h"
#include "response.h"

struct listing {
	bool pending_only;
	bool show_acknowledged;	/* which half a table pass prints */
	int64_t pending;	/* images */
	struct entry_writer writer;
	char image[IMAGE_BYTES_MAX + 1];	/* the one a table pass is at */
};

static enum status
put_entry(void *arg, const struct update_entry *entry)
{
	struct listing *listing = arg;

	if (listing->pending_only && entry->acknowledged)
		return STATUS_OK;
	listing->pending += entry->is_first && !entry->acknowledged;
	entry_writer_put(&listing->writer, entry);
	return STATUS_OK;
}

static enum status
list_json(struct store *store, struct listing *listing)
{
	struct json_writer writer;
	enum status status;
	struct buf out;

	buf_init(&out, RESPONSE_BODY_MAX);
	json_writer_init(&writer, &out);
	json_open_object(&writer, NULL);
	entry_writer_init(&listing->writer, &writer);
	status = store_get_updates(store, put_entry, listing);
	entry_writer_end(&listing->writer);
	json_close_object(&writer);
	if (status == STATUS_OK)
		(void)printf("%s\n", buf_text(&out));
	buf_release(&out);
	return status;
}

/* A line for each image and host. */
static enum status
print_entry(void *arg, const struct update_entry *entry)
{
	const struct host_update *host = &entry->host;
	struct listing *listing = arg;
	bool acknowledged = host->acknowledged_at[0] != '\0';

	/* An image's name comes with the first of its hosts only. */
	if (entry->is_first)
		(void)snprintf(listing->image, sizeof(listing->image), "%s",
		    entry->event.image);
	if (acknowledged != listing->show_acknowledged)
		return STATUS_OK;
	listing->pending += !acknowledged;
	command_print_cell(12, acknowledged ? "acknowledged" : "pending");
	command_print_cell(20, host->received_at);
	command_print_cell(16, host->hostname[0] == '\0' ? "-"
	    : host->hostname);
	command_print_cell(12, entry->tag.id == 0 ? "-" : entry->tag.name);
	command_print_cell(0, listing->image);
	(void)putchar('\n');
	return STATUS_OK;
}

static enum status
list_table(struct store *store, struct listing *listing)
{
	enum status status;

	status = store_get_updates(store, print_entry, listing);
	if (status != STATUS_OK || listing->pending_only)
		return status;
	listing->show_acknowledged = true;
	return store_get_updates(store, print_entry, listing);
}

int
command_list(const struct config *config, int argc, char **argv)
{
	struct listing listing = { 0 };
	struct store *store;
	enum status status;
	bool json = false;
	int i, code = EXIT_SUCCESS;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--pending") == 0)
			listing.pending_only = true;
		else if (strcmp(argv[i], "--json") == 0)
			json = true;
		else
			return command_usage("list: unknown argument '%s'",
			    argv[i]);
	}
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	status = json ? list_json(store, &listing)
	    : list_table(store, &listing);
	if (status != STATUS_OK)
		code = command_trouble(store);
	else if (listing.pending_only && listing.pending > 0)
		code = EXIT_FOUND;
	store_close(store);
	return code;
}
