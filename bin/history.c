/*
 * history.c - diundash history: what came, what was done, by whom and when
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "entry_json.h"
#include "options.h"
#include "response.h"

#define LIMIT_DEFAULT 50

/* A row; what is about an image shows it, the rest its detail. */
static enum status
print_row(void *arg UNUSED, const struct history_entry *entry)
{
	(void)printf("%-8lld", (long long)entry->id);
	command_print_cell(20, entry->at);
	command_print_cell(12, entry->action);
	command_print_cell(12, entry->actor[0] == '\0' ? "-" : entry->actor);
	command_print_cell(16, entry->hostname[0] == '\0' ? "-"
	    : entry->hostname);
	command_print_cell(0, entry->image[0] == '\0' ? entry->detail
	    : entry->image);
	(void)putchar('\n');
	return STATUS_OK;
}

static enum status
put_row(void *arg, const struct history_entry *entry)
{
	entry_json_put_history(arg, entry);
	return STATUS_OK;
}

static enum status
print_json(struct store *store, const struct history_filter *filter)
{
	struct json_writer writer;
	enum status status;
	struct buf out;

	buf_init(&out, RESPONSE_BODY_MAX);
	json_writer_init(&writer, &out);
	json_open_array(&writer, NULL);
	status = store_get_history(store, filter, put_row, &writer);
	json_close_array(&writer);
	if (status == STATUS_OK)
		(void)printf("%s\n", buf_text(&out));
	buf_release(&out);
	return status;
}

int
command_history(const struct config *config, int argc, char **argv)
{
	struct history_filter filter = { .limit = LIMIT_DEFAULT };
	bool json = false;
	const struct option options[] = {
		{ "--image", .text = &filter.image },
		{ "--host", .text = &filter.hostname },
		{ "--action", .text = &filter.action },
		{ "--before", .number = &filter.before },
		{ "--limit", .number = &filter.limit },
		{ "--json", .flag = &json },
	};
	struct store *store;
	enum status status;
	int code;

	code = options_read(options, COUNT_OF(options), &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc > 1)
		return command_usage("history takes options only");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	status = json ? print_json(store, &filter)
	    : store_get_history(store, &filter, print_row, NULL);
	if (status != STATUS_OK)
		code = command_trouble(store);
	store_close(store);
	return code;
}
