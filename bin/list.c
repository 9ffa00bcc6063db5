/*
 * list.c - diundash list: what is known, and what is pending
 *
 * The filters are those of the page. A table has a line for each image and
 * host; JSON is what the API has of the images that have such a line.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "entry_json.h"
#include "mem.h"
#include "options.h"
#include "response.h"

/* A line of the table; the text is owned. */
struct line {
	char *image;
	char *hostname;
	char *tag;
	char *received_at;
	bool acknowledged;
};

struct listing {
	const char *text, *host, *tag, *sort;
	bool pending, acknowledged, untagged;
	char image[IMAGE_BYTES_MAX + 1];	/* the one a pass is at */
	struct line *lines;
	size_t count;
	struct entry_writer writer;
	bool is_wanted;		/* the image that a JSON pass is at */
};

/* Are all words of `text` somewhere in the three, whatever their case? */
static bool
has_words(const char *text, const char *image, const char *hostname,
    const char *containers)
{
	char word[256];
	size_t len;

	while (*(text += strspn(text, " ")) != '\0') {
		len = strcspn(text, " ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (strcasestr(image, word) == NULL &&
		    strcasestr(hostname, word) == NULL &&
		    strcasestr(containers, word) == NULL)
			return false;
		text += len;
	}
	return true;
}

static bool
fits(const struct listing *listing, const struct update_entry *entry)
{
	const struct host_update *host = &entry->host;
	bool acknowledged = host->acknowledged_at[0] != '\0';

	if ((listing->pending && acknowledged) ||
	    (listing->acknowledged && !acknowledged))
		return false;
	if (listing->host != NULL &&
	    strcmp(listing->host, host->hostname) != 0)
		return false;
	if ((listing->untagged && entry->tag.id != 0) ||
	    (listing->tag != NULL && (entry->tag.id == 0 ||
	    strcmp(listing->tag, entry->tag.name) != 0)))
		return false;
	return listing->text == NULL || has_words(listing->text,
	    listing->image, host->hostname, host->containers);
}

static enum status
collect(void *arg, const struct update_entry *entry)
{
	struct listing *listing = arg;
	struct line *line;

	/* An image's name comes with the first of its hosts only. */
	if (entry->is_first)
		(void)snprintf(listing->image, sizeof(listing->image), "%s",
		    entry->event.image);
	if (!fits(listing, entry))
		return STATUS_OK;
	if ((listing->count & (listing->count - 1)) == 0)
		listing->lines = mem_resize(listing->lines,
		    listing->count == 0 ? 1 : 2 * listing->count,
		    sizeof(*line));
	line = &listing->lines[listing->count++];
	*line = (struct line){
		.image = mem_strdup(listing->image),
		.hostname = mem_strdup(entry->host.hostname),
		.tag = mem_strdup(entry->tag.name),
		.received_at = mem_strdup(entry->host.received_at),
		.acknowledged = entry->host.acknowledged_at[0] != '\0',
	};
	return STATUS_OK;
}

static int
by_registry(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = strcmp(x->image, y->image);

	return order != 0 ? order : strcmp(x->hostname, y->hostname);
}

static const char *
last_part(const char *image)
{
	const char *slash = strrchr(image, '/');

	return slash == NULL ? image : slash + 1;
}

/* What is pending comes first, then the order that is asked for. */
static int
by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = x->acknowledged - y->acknowledged;

	if (order == 0)
		order = strcasecmp(last_part(x->image), last_part(y->image));
	return order != 0 ? order : by_registry(a, b);
}

static int
by_pending_and_registry(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = x->acknowledged - y->acknowledged;

	return order != 0 ? order : by_registry(a, b);
}

static int
by_date(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int order = x->acknowledged - y->acknowledged;

	if (order == 0)
		order = strcmp(y->received_at, x->received_at);
	return order != 0 ? order : by_registry(a, b);
}

static const struct {
	const char *name;
	int (*compare)(const void *, const void *);
} orders[] = {
	{ "date", by_date },
	{ "name", by_name },
	{ "registry", by_pending_and_registry },
};

static void
print_table(const struct listing *listing)
{
	size_t i;

	for (i = 0; i < listing->count; i++) {
		const struct line *line = &listing->lines[i];

		command_print_cell(12, line->acknowledged ? "acknowledged"
		    : "pending");
		command_print_cell(20, line->received_at);
		command_print_cell(16, line->hostname[0] == '\0' ? "-"
		    : line->hostname);
		command_print_cell(12, line->tag[0] == '\0' ? "-"
		    : line->tag);
		command_print_cell(0, line->image);
		(void)putchar('\n');
	}
}

static int
compare_image(const void *image, const void *line)
{
	return strcmp(image, ((const struct line *)line)->image);
}

/* The images that have a line, which are sorted by image. */
static enum status
put_entry(void *arg, const struct update_entry *entry)
{
	struct listing *listing = arg;

	if (entry->is_first)
		listing->is_wanted = listing->count > 0 &&
		    bsearch(entry->event.image, listing->lines,
		    listing->count, sizeof(*listing->lines),
		    compare_image) != NULL;
	if (listing->is_wanted)
		entry_writer_put(&listing->writer, entry);
	return STATUS_OK;
}

static enum status
print_json(struct store *store, struct listing *listing)
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

/* Both passes see the same moment. */
static enum status
list(struct store *store, struct listing *listing, size_t order, bool json)
{
	enum status status = store_begin_read(store);

	if (status != STATUS_OK)
		return status;
	status = store_get_updates(store, collect, listing);
	if (status == STATUS_OK && listing->count > 0)
		qsort(listing->lines, listing->count,
		    sizeof(*listing->lines), json ? by_registry
		    : orders[order].compare);
	if (status == STATUS_OK && json)
		status = print_json(store, listing);
	else if (status == STATUS_OK)
		print_table(listing);
	store_end_read(store);
	return status;
}

static void
release(struct listing *listing)
{
	size_t i;

	for (i = 0; i < listing->count; i++) {
		free(listing->lines[i].image);
		free(listing->lines[i].hostname);
		free(listing->lines[i].tag);
		free(listing->lines[i].received_at);
	}
	free(listing->lines);
}

int
command_list(const struct config *config, int argc, char **argv)
{
	struct listing listing = { .sort = "date" };
	bool json = false;
	const struct option options[] = {
		{ "--pending", .flag = &listing.pending },
		{ "--acknowledged", .flag = &listing.acknowledged },
		{ "--text", .text = &listing.text },
		{ "--host", .text = &listing.host },
		{ "--tag", .text = &listing.tag },
		{ "--untagged", .flag = &listing.untagged },
		{ "--sort", .text = &listing.sort },
		{ "--json", .flag = &json },
	};
	struct store *store;
	size_t order = 0;
	int code;

	code = options_read(options, COUNT_OF(options), &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc > 1)
		return command_usage("list takes options only");
	while (strcmp(listing.sort, orders[order].name) != 0)
		if (++order == COUNT_OF(orders))
			return command_usage("list: --sort takes date, name "
			    "or registry");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	if (list(store, &listing, order, json) != STATUS_OK)
		code = command_trouble(store);
	else if (listing.pending && listing.count > 0)
		code = EXIT_FOUND;
	release(&listing);
	store_close(store);
	return code;
}
