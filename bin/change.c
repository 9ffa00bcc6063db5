/*
 * change.c - diundash ack, reopen, remove, rename-host: what is done by hand
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "options.h"
#include "tag.h"
#include "utf8.h"

/* One image of one host, or of all (hostname NULL). */
typedef enum status change_image(struct store *store, const char *image,
    const char *hostname);

/* Each image that is named; the first that fails ends it. */
static int
change_each(struct store *store, change_image *change, int argc, char **argv,
    const char *hostname)
{
	int i;

	for (i = 1; i < argc; i++) {
		switch (change(store, argv[i], hostname)) {
		case STATUS_OK:
			break;
		case STATUS_NOT_FOUND:
			(void)fprintf(stderr, "diundash: no such image%s: "
			    "%s\n", hostname == NULL ? ""
			    : ", or not on this host", argv[i]);
			return EXIT_TROUBLE;
		default:
			return command_trouble(store);
		}
	}
	return EXIT_SUCCESS;
}

static int
run_each(const struct config *config, change_image *change, int argc,
    char **argv)
{
	const char *hostname = NULL;
	const struct option options[] = {
		{ "--host", .text = &hostname },
	};
	struct store *store;
	int code;

	code = options_read(options, COUNT_OF(options), &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc < 2)
		return command_usage("%s: name an image", argv[0]);
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	code = change_each(store, change, argc, argv, hostname);
	store_close(store);
	return code;
}

int
command_reopen(const struct config *config, int argc, char **argv)
{
	return run_each(config, store_reopen_host, argc, argv);
}

int
command_remove(const struct config *config, int argc, char **argv)
{
	return run_each(config, store_remove_update, argc, argv);
}

/* All that is pending, or all of a tag's. */
static int
acknowledge_many(struct store *store, const char *tag)
{
	enum status status;
	int64_t id, count = 0;

	if (tag == NULL) {
		status = store_acknowledge_all(store, &count);
	} else {
		if (!tag_find(store, tag, &id))
			return EXIT_TROUBLE;
		status = store_acknowledge_by_tag(store, id, &count);
	}
	if (status != STATUS_OK)
		return command_trouble(store);
	(void)printf("acknowledged %lld images\n", (long long)count);
	return EXIT_SUCCESS;
}

int
command_ack(const struct config *config, int argc, char **argv)
{
	const char *hostname = NULL, *tag = NULL;
	bool all = false;
	const struct option options[] = {
		{ "--host", .text = &hostname },
		{ "--tag", .text = &tag },
		{ "--all", .flag = &all },
	};
	struct store *store;
	int code;

	code = options_read(options, COUNT_OF(options), &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if ((argc > 1) + all + (tag != NULL) != 1 ||
	    (argc == 1 && hostname != NULL))
		return command_usage("ack takes images (and --host), --tag "
		    "TAG, or --all");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	code = argc > 1 ? change_each(store, store_acknowledge_host, argc,
	    argv, hostname) : acknowledge_many(store, tag);
	store_close(store);
	return code;
}

/* May a host be called so? As the API has it. */
static bool
is_host_name(const char *name)
{
	size_t len = strlen(name);

	return name[strspn(name, " ")] != '\0' && len <= HOSTNAME_BYTES_MAX &&
	    utf8_valid(name, len) && !utf8_has_control(name);
}

int
command_rename_host(const struct config *config, int argc, char **argv)
{
	struct store *store;
	int64_t count;
	int code = EXIT_SUCCESS;

	code = options_read(NULL, 0, &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc != 3 || !is_host_name(argv[2]))
		return command_usage("rename-host takes the old name and the "
		    "new one, of at most 255 bytes");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	switch (store_rename_host(store, argv[1], argv[2], &count)) {
	case STATUS_OK:
		(void)printf("renamed the host of %lld images\n",
		    (long long)count);
		break;
	case STATUS_NOT_FOUND:
		(void)fprintf(stderr, "diundash: no such host: %s\n",
		    argv[1]);
		code = EXIT_TROUBLE;
		break;
	default:
		code = command_trouble(store);
	}
	store_close(store);
	return code;
}
