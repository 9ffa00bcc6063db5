/*
 * tag.c - diundash tag: the user's labels
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "arena.h"
#include "command.h"
#include "options.h"
#include "reference.h"
#include "tag.h"
#include "tag_name.h"
#include "utf8.h"

struct search {
	const char *name;
	int64_t id;
};

static enum status
look(void *arg, const struct tag *tag)
{
	struct search *search = arg;

	if (strcmp(tag->name, search->name) == 0)
		search->id = tag->id;
	return STATUS_OK;
}

bool
tag_find(struct store *store, const char *name, int64_t *id)
{
	struct search search = { .name = name };

	if (store_list_tags(store, look, &search) != STATUS_OK) {
		(void)command_trouble(store);
		return false;
	}
	if (search.id == 0)
		(void)fprintf(stderr, "diundash: no such tag: %s\n", name);
	*id = search.id;
	return search.id != 0;
}

static enum status
print_tag(void *arg UNUSED, const struct tag *tag)
{
	(void)printf("%-6lld", (long long)tag->id);
	command_print_cell(0, tag->name);
	(void)putchar('\n');
	return STATUS_OK;
}

/* A name that is new: checked as the API does. false: the line is printed. */
static bool
check_name(struct arena *arena, const char *name, const char **out)
{
	const char *why = "the tag's name is not UTF-8";

	if (utf8_valid(name, strlen(name)) &&
	    tag_name_check(arena, name, out, &why) == STATUS_OK)
		return true;
	(void)fprintf(stderr, "diundash: %s\n", why);
	return false;
}

static int
outcome(struct store *store, enum status status)
{
	if (status == STATUS_OK)
		return EXIT_SUCCESS;
	if (status != STATUS_CONFLICT && status != STATUS_NOT_FOUND)
		return command_trouble(store);
	(void)fprintf(stderr, "diundash: %s\n", status == STATUS_CONFLICT
	    ? "a tag with this name exists" : "no such tag");
	return EXIT_TROUBLE;
}

static int
create(struct store *store, struct arena *arena, char **names)
{
	const char *name;
	int64_t id;

	if (!check_name(arena, names[0], &name))
		return EXIT_TROUBLE;
	return outcome(store, store_create_tag(store, name, &id));
}

static int
rename_tag(struct store *store, struct arena *arena, char **names)
{
	const char *name;
	int64_t id;

	if (!tag_find(store, names[0], &id) ||
	    !check_name(arena, names[1], &name))
		return EXIT_TROUBLE;
	return outcome(store, store_rename_tag(store, id, name));
}

static int
delete_tag(struct store *store, struct arena *arena UNUSED, char **names)
{
	int64_t id;

	if (!tag_find(store, names[0], &id))
		return EXIT_TROUBLE;
	return outcome(store, store_delete_tag(store, id));
}

static int
assign(struct store *store, struct arena *arena UNUSED, char **names)
{
	const char *why = "the image is not UTF-8";
	int64_t id;

	if (!utf8_valid(names[1], strlen(names[1])) ||
	    reference_check(names[1], &why) != STATUS_OK) {
		(void)fprintf(stderr, "diundash: %s\n", why);
		return EXIT_TROUBLE;
	}
	if (!tag_find(store, names[0], &id))
		return EXIT_TROUBLE;
	return outcome(store, store_assign_tag(store, names[1], id));
}

static int
unassign(struct store *store, struct arena *arena UNUSED, char **names)
{
	return outcome(store, store_unassign_tag(store, names[0]));
}

static int
list(struct store *store, struct arena *arena UNUSED, char **names UNUSED)
{
	return outcome(store, store_list_tags(store, print_tag, NULL));
}

static const struct {
	const char *name;
	int operands;
	int (*run)(struct store *store, struct arena *arena, char **names);
} actions[] = {
	{ "list", 0, list },
	{ "create", 1, create },
	{ "rename", 2, rename_tag },
	{ "delete", 1, delete_tag },
	{ "assign", 2, assign },
	{ "unassign", 1, unassign },
};

int
command_tag(const struct config *config, int argc, char **argv)
{
	struct store *store;
	struct arena arena;
	size_t i;
	int code;

	code = options_read(NULL, 0, &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	for (i = 0; i < COUNT_OF(actions); i++)
		if (argc > 1 && strcmp(argv[1], actions[i].name) == 0)
			break;
	if (i == COUNT_OF(actions) || argc != 2 + actions[i].operands)
		return command_usage("tag takes list, create NAME, rename "
		    "OLD NEW, delete NAME, assign NAME IMAGE, or unassign "
		    "IMAGE");
	if (!command_open_store(config, STORE_MUST_EXIST | STORE_MIGRATE,
	    &store))
		return EXIT_TROUBLE;
	arena_init(&arena);
	code = actions[i].run(store, &arena, argv + 2);
	arena_release(&arena);
	store_close(store);
	return code;
}
