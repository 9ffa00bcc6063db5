/*
 * export.c - diundash export: everything as JSON, or the list as CSV
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "export.h"
#include "options.h"

struct exporting {
	const char *table;	/* the one that is being written, or NULL */
};

/* Rows come table by table. */
static enum status
write_row(void *arg, const char *table, const char *json)
{
	struct exporting *exporting = arg;
	bool is_new = exporting->table == NULL ||
	    strcmp(exporting->table, table) != 0;

	if (is_new)
		(void)printf("%s,\n\"%s\":[\n", exporting->table == NULL ? ""
		    : "]", table);
	(void)printf("%s%s\n", is_new ? "" : ",", json);
	exporting->table = table;
	return STATUS_OK;
}

static enum status
export_json(struct store *store)
{
	struct exporting exporting = { 0 };
	struct migration_state state;
	enum status status;

	status = store_migration_state(store, &state);
	if (status != STATUS_OK)
		return status;
	(void)printf("{\"format\":\"" EXPORT_FORMAT "\",\"schema\":%lld",
	    (long long)state.version);
	status = store_export(store, write_row, &exporting);
	(void)printf("%s}\n", exporting.table == NULL ? "" : "]");
	return status;
}

/*
 * A field of RFC 4180. What a spreadsheet would take for a formula gets an
 * apostrophe in front.
 */
static void
put_field(const char *text, char end)
{
	bool quote = strpbrk(text, "\",\r\n") != NULL;

	if (quote)
		(void)putchar('"');
	if (text[0] != '\0' && strchr("=+-@\t", text[0]) != NULL)
		(void)putchar('\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)putchar('"');
		(void)putchar(*text);
	}
	if (quote)
		(void)putchar('"');
	(void)putchar(end);
}

/* An image's name comes with the first of its hosts only. */
static enum status
write_record(void *arg, const struct update_entry *entry)
{
	const struct host_update *host = &entry->host;
	char *image = arg;

	if (entry->is_first)
		(void)snprintf(image, IMAGE_BYTES_MAX + 1, "%s",
		    entry->event.image);
	put_field(image, ',');
	put_field(host->hostname, ',');
	put_field(host->acknowledged_at[0] == '\0' ? "pending"
	    : "acknowledged", ',');
	put_field(host->digest, ',');
	put_field(host->status, ',');
	put_field(host->provider, ',');
	put_field(host->platform, ',');
	put_field(host->created, ',');
	put_field(host->received_at, ',');
	put_field(host->first_pending_at, ',');
	put_field(host->acknowledged_at, ',');
	put_field(host->acknowledged_by, ',');
	put_field(entry->tag.id == 0 ? "" : entry->tag.name, '\n');
	return STATUS_OK;
}

static enum status
export_csv(struct store *store)
{
	char image[IMAGE_BYTES_MAX + 1] = "";

	(void)puts("image,hostname,state,digest,status,provider,platform,"
	    "created,received_at,first_pending_at,acknowledged_at,"
	    "acknowledged_by,tag");
	return store_get_updates(store, write_record, image);
}

int
command_export(const struct config *config, int argc, char **argv)
{
	bool json = false, csv = false;
	const struct option options[] = {
		{ "--json", .flag = &json },
		{ "--csv", .flag = &csv },
	};
	struct store *store;
	enum status status;
	int code;

	code = options_read(options, COUNT_OF(options), &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc > 1 || json == csv)
		return command_usage("export takes --json or --csv");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	status = json ? export_json(store) : export_csv(store);
	if (status != STATUS_OK)
		code = command_trouble(store);
	store_close(store);
	return code;
}
