/*
 * options.c - the options of a subcommand
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "command.h"
#include "number.h"
#include "options.h"

static const struct option *
find(const struct option *options, size_t count, const char *name,
    size_t len)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strlen(options[i].name) == len &&
		    memcmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

/* Put a value where it belongs. */
static int
take(const struct option *option, const char *value, const char *command)
{
	if (option->text != NULL)
		*option->text = value;
	else if (!number_parse(value, INT64_MAX, option->number))
		return command_usage("%s: %s needs a whole number", command,
		    option->name);
	return EXIT_SUCCESS;
}

int
options_read(const struct option *options, size_t count, int *argc,
    char **argv)
{
	const struct option *option;
	int i, left = 1, code;

	for (i = 1; i < *argc; i++) {
		const char *word = argv[i], *equals = strchr(word, '=');

		if (strcmp(word, "--") == 0) {
			while (++i < *argc)
				argv[left++] = argv[i];
			break;
		}
		if (word[0] != '-' || word[1] == '\0') {
			argv[left++] = argv[i];
			continue;
		}
		option = find(options, count, word, equals != NULL
		    ? (size_t)(equals - word) : strlen(word));
		if (option == NULL || (option->flag != NULL &&
		    equals != NULL))
			return command_usage("%s: unknown option '%s'",
			    argv[0], word);
		if (option->flag != NULL) {
			*option->flag = true;
			continue;
		}
		if (equals == NULL && ++i == *argc)
			return command_usage("%s: %s needs a value", argv[0],
			    word);
		code = take(option, equals != NULL ? equals + 1 : argv[i],
		    argv[0]);
		if (code != EXIT_SUCCESS)
			return code;
	}
	*argc = left;
	return EXIT_SUCCESS;
}
