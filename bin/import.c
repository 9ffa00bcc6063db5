/*
 * import.c - diundash import: an export, or what Diun would have sent
 *
 * A file holds JSON objects, one after the other. One that says it is an
 * export fills an empty database. Every other one is taken for a webhook
 * body of Diun and stored as if it came now.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>

#include "buf.h"
#include "command.h"
#include "event.h"
#include "export.h"
#include "json.h"
#include "options.h"

/* As much as SQLite's parser is given at once. */
#define IMPORT_MAX ((size_t)100 * 1024 * 1024)

struct importing {
	struct store *store;
	struct arena arena;
	const char *name;	/* of the file, for messages */
	int64_t events;
	bool restored;
};

static bool
read_all(FILE *file, struct buf *out)
{
	char *room;
	size_t got;

	do {
		room = buf_reserve(out, 65536);
		if (room == NULL)
			return false;
		got = fread(room, 1, 65536, file);
		out->len += got;
		room[got] = '\0';
	} while (got > 0);
	return !ferror(file);
}

static bool
read_file(const char *path, struct buf *out)
{
	bool is_stdin = strcmp(path, "-") == 0, done = false;
	FILE *file = is_stdin ? stdin : fopen(path, "re");

	if (file != NULL)
		done = read_all(file, out);
	if (!done)
		(void)fprintf(stderr, "diundash: cannot read '%s': %s\n",
		    path, out->status != STATUS_OK ? "it is larger than 100 "
		    "MiB" : strerror(errno));
	if (file != NULL && !is_stdin)
		(void)fclose(file);
	return done;
}

/*
 * The length of the object that text[len] begins with, or len when it has no
 * end; what it is exactly, the parser finds out.
 */
static size_t
object_length(const char *text, size_t len)
{
	bool in_string = false;
	size_t depth = 0, i;

	for (i = 0; i < len; i++) {
		if (in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				in_string = false;
			continue;
		}
		if (text[i] == '"')
			in_string = true;
		else if (text[i] == '{')
			depth++;
		else if (text[i] == '}' && (depth == 0 || --depth == 0))
			return i + 1;
	}
	return len;
}

static int
refuse(const struct importing *importing, const char *why)
{
	(void)fprintf(stderr, "diundash: %s, object %lld: %s\n",
	    importing->name, (long long)importing->events + 1, why);
	return EXIT_TROUBLE;
}

/* An export of the schema that we have. */
static int
restore(struct importing *importing, struct json_object *object,
    const char *text, size_t len)
{
	struct migration_state state;
	int64_t schema = 0;

	if (store_migration_state(importing->store, &state) != STATUS_OK)
		return command_trouble(importing->store);
	if (json_get_int64(object, "schema", &schema) != STATUS_OK ||
	    schema != state.version)
		return refuse(importing, "the export is of another version: "
		    "import it with the diundash that made it");
	switch (store_import(importing->store,
	    arena_strndup(&importing->arena, text, len))) {
	case STATUS_OK:
		importing->restored = true;
		return EXIT_SUCCESS;
	case STATUS_CONFLICT:
		return refuse(importing, "the database is not empty: import "
		    "an export into a new one (--db)");
	default:
		return command_trouble(importing->store);
	}
}

static int
import_event(struct importing *importing, const char *text, size_t len)
{
	const char *why = "it is no event";
	struct diun_event event;

	if (event_parse(&importing->arena, text, len, &event, &why) !=
	    STATUS_OK)
		return refuse(importing, why);
	if (store_upsert_event(importing->store, &event) != STATUS_OK)
		return command_trouble(importing->store);
	importing->events++;
	return EXIT_SUCCESS;
}

static int
import_object(struct importing *importing, const char *text, size_t len)
{
	const char *why = "it is no JSON object", *format = "";
	struct json_object *object;

	if (json_parse_object(&importing->arena, text, len, &object, &why) !=
	    STATUS_OK)
		return refuse(importing, why);
	if (json_get_text(&importing->arena, object, "format", &format,
	    NULL) == STATUS_OK && strcmp(format, EXPORT_FORMAT) == 0)
		return restore(importing, object, text, len);
	return import_event(importing, text, len);
}

static int
import(struct importing *importing, const char *text, size_t len)
{
	static const char space[] = " \t\r\n";
	int code = EXIT_SUCCESS;
	size_t step;

	for (;;) {
		step = strspn(text, space);
		text += step;
		len -= step;
		if (len == 0 || code != EXIT_SUCCESS)
			break;
		step = object_length(text, len);
		code = import_object(importing, text, step);
		arena_reset(&importing->arena);
		text += step;
		len -= step;
	}
	if (importing->restored)
		(void)puts("took in the export");
	if (importing->events > 0 ||
	    (code == EXIT_SUCCESS && !importing->restored))
		(void)printf("stored %lld events\n",
		    (long long)importing->events);
	return code;
}

int
command_import(const struct config *config, int argc, char **argv)
{
	struct importing importing = { 0 };
	struct buf text;
	int code;

	code = options_read(NULL, 0, &argc, argv);
	if (code != EXIT_SUCCESS)
		return code;
	if (argc != 2)
		return command_usage("import takes a file, or - for standard "
		    "input");
	buf_init(&text, IMPORT_MAX);
	importing.name = argv[1];
	code = EXIT_TROUBLE;
	if (read_file(argv[1], &text) &&
	    command_open_store(config, STORE_MIGRATE, &importing.store)) {
		arena_init(&importing.arena);
		code = import(&importing, buf_text(&text), text.len);
		arena_release(&importing.arena);
		store_close(importing.store);
	}
	buf_release(&text);
	return code;
}
