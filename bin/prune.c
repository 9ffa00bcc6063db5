/*
 * prune.c - diundash prune: delete old history
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "clock.h"
#include "command.h"
#include "number.h"

/* Rows in one transaction: short, so that workers can write in between. */
#define ROWS_AT_ONCE 1000

/* Is `text` a number and a unit, such as 180d? In seconds. */
static bool
parse_age(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{ 'h', 3600 },
		{ 'd', INT64_C(86400) },
		{ 'w', INT64_C(7) * 86400 },
		{ 'y', INT64_C(365) * 86400 },
	};
	size_t len = strlen(text), i;
	char digits[8];
	int64_t number;

	if (len < 2 || len > sizeof(digits))
		return false;
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)len - 1, text);
	for (i = 0; i < COUNT_OF(units); i++)
		if (units[i].unit == text[len - 1] &&
		    number_parse(digits, 999999, &number)) {
			*seconds = number * units[i].seconds;
			return true;
		}
	return false;
}

static int
prune(struct store *store, const char *cutoff)
{
	int64_t count, total = 0;

	do {
		if (store_prune(store, cutoff, ROWS_AT_ONCE, &count) !=
		    STATUS_OK)
			return command_trouble(store);
		total += count;
	} while (count == ROWS_AT_ONCE);
	(void)printf("deleted %lld rows of history from before %s\n",
	    (long long)total, cutoff);
	return EXIT_SUCCESS;
}

int
command_prune(const struct config *config, int argc, char **argv)
{
	char cutoff[CLOCK_TEXT_SIZE];
	struct store *store;
	int64_t seconds;
	int code;

	if (argc != 3 || strcmp(argv[1], "--older-than") != 0 ||
	    !parse_age(argv[2], &seconds))
		return command_usage("prune takes --older-than and an age "
		    "such as 180d (h, d, w, y)");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	clock_before(seconds, cutoff);
	code = prune(store, cutoff);
	store_close(store);
	return code;
}
