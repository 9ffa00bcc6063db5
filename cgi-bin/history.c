/*
 * history.c - /api/history: what came, what was done, by whom and when
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "entry_json.h"
#include "exchange.h"
#include "routes.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000

/* A page of rows, and the id to go on before. */
struct page {
	struct json_writer writer;
	int64_t rows;
	int64_t last;
};

static enum status
read_filter(struct exchange *exchange, struct history_filter *filter)
{
	enum status status;

	*filter = (struct history_filter){ .limit = LIMIT_DEFAULT };
	status = exchange_query_text(exchange, "image", &filter->image);
	if (status == STATUS_OK)
		status = exchange_query_host(exchange, &filter->hostname);
	if (status == STATUS_OK)
		status = exchange_query_text(exchange, "action",
		    &filter->action);
	if (status == STATUS_OK)
		status = exchange_query_number(exchange, "before", INT64_MAX,
		    &filter->before);
	if (status == STATUS_OK)
		status = exchange_query_number(exchange, "limit", LIMIT_MAX,
		    &filter->limit);
	return status;
}

static enum status
put_row(void *arg, const struct history_entry *entry)
{
	struct page *page = arg;

	entry_json_put_history(&page->writer, entry);
	page->rows++;
	page->last = entry->id;
	return STATUS_OK;
}

/* GET /api/history?image=&host=&action=&before=&limit= */
enum status
history_list(struct exchange *exchange)
{
	struct history_filter filter;
	struct page page = { 0 };
	enum status status;
	int64_t revision;
	bool current = false;

	status = read_filter(exchange, &filter);
	if (status == STATUS_OK)
		status = exchange_tag(exchange, &revision, &current);
	if (status != STATUS_OK || current)
		return status;
	status = exchange_begin_snapshot(exchange, &revision);
	if (status != STATUS_OK)
		return status;
	json_writer_init(&page.writer, &exchange->response->body);
	json_open_object(&page.writer, NULL);
	json_open_array(&page.writer, "history");
	status = store_get_history(exchange->store, &filter, put_row, &page);
	json_close_array(&page.writer);
	/* A full page may have more behind it; id 1 has nothing before it. */
	if (page.rows == filter.limit && page.last > 1)
		json_put_int64(&page.writer, "before", page.last);
	else
		json_put_null(&page.writer, "before");
	json_close_object(&page.writer);
	return exchange_end_snapshot(exchange, status,
	    &exchange->response->body);
}
