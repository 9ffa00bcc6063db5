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
	bool json;
	bool show_acknowledged;	/* which half a table pass prints */
	int64_t pending;
	struct json_writer *writer;
};

/*
 * Third-party text must not reach a terminal as it is. Two blanks at least
 * stand between two cells; the last one has the width 0.
 */
static void
print_cell(int width, const char *text)
{
	char clean[2048];
	int len = (int)log_scrub(clean, sizeof(clean), text);

	(void)fputs(clean, stdout);
	if (width > 0)
		(void)printf("%*s", len < width ? width - len + 2 : 2, "");
}

static enum status
list_entry(void *arg, const struct update_entry *entry)
{
	struct listing *listing = arg;

	if (listing->pending_only && entry->acknowledged)
		return STATUS_OK;
	if (listing->json) {
		listing->pending += !entry->acknowledged;
		entry_json_put(listing->writer, entry);
		return STATUS_OK;
	}
	if (entry->acknowledged != listing->show_acknowledged)
		return STATUS_OK;
	listing->pending += !entry->acknowledged;
	print_cell(12, entry->acknowledged ? "acknowledged" : "pending");
	print_cell(20, entry->received_at);
	print_cell(16, entry->event.hostname[0] == '\0' ? "-"
	    : entry->event.hostname);
	print_cell(12, entry->tag.id == 0 ? "-" : entry->tag.name);
	print_cell(0, entry->event.image);
	(void)putchar('\n');
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
	listing->writer = &writer;
	json_open_object(&writer, NULL);
	status = store_get_updates(store, list_entry, listing);
	json_close_object(&writer);
	if (status == STATUS_OK)
		(void)printf("%s\n", buf_text(&out));
	buf_release(&out);
	return status;
}

static enum status
list_table(struct store *store, struct listing *listing)
{
	enum status status;

	status = store_get_updates(store, list_entry, listing);
	if (status != STATUS_OK || listing->pending_only)
		return status;
	listing->show_acknowledged = true;
	return store_get_updates(store, list_entry, listing);
}

int
command_list(const struct config *config, int argc, char **argv)
{
	struct listing listing = { 0 };
	struct store *store;
	enum status status;
	int i, code = EXIT_SUCCESS;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--pending") == 0)
			listing.pending_only = true;
		else if (strcmp(argv[i], "--json") == 0)
			listing.json = true;
		else
			return command_usage("list: unknown argument '%s'",
			    argv[i]);
	}
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	status = listing.json ? list_json(store, &listing)
	    : list_table(store, &listing);
	if (status != STATUS_OK)
		code = command_trouble(store);
	else if (listing.pending_only && listing.pending > 0)
		code = EXIT_FOUND;
	store_close(store);
	return code;
}
