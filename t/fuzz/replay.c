/*
 * replay.c - takes the corpus of a fuzz target again, as a test
 *
 * t/fuzz/TARGET-t is TARGET.c with this instead of libFuzzer. It gives it
 * each file of t/fuzz/corpus/TARGET, or the files that it is called with.
 * What breaks a contract ends the program, after the line that names it.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "fuzz.h"

/* Larger files do not belong into a corpus. */
#define INPUT_MAX ((size_t)1024 * 1024)

static uint8_t *
read_input(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	uint8_t *data = mem_alloc(INPUT_MAX);

	if (file == NULL) {
		(void)printf("Bail out! cannot read %s: %s\n", path,
		    strerror(errno));
		exit(EXIT_FAILURE);
	}
	*size = fread(data, 1, INPUT_MAX, file);
	(void)fclose(file);
	/* To its own size, so that a byte too far is noticed. */
	return mem_resize(data, *size, 1);
}

static void
replay(const char *path)
{
	size_t size;
	uint8_t *data = read_input(path, &size);

	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* How many files there were; the present one is named should it end us. */
static int
replay_folder(const char *folder)
{
	struct dirent **entries;
	char path[PATH_MAX + NAME_MAX + 2];
	int count = scandir(folder, &entries, is_input, alphasort), i;

	for (i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entries[i]->d_name);
		(void)printf("# %s\n", entries[i]->d_name);
		(void)fflush(stdout);
		replay(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count;
}

int
main(int argc, char **argv)
{
	const char *source = getenv("DIUNDASH_SRC");
	const char *name = strrchr(argv[0], '/');
	char folder[PATH_MAX];
	int i, count;

	for (i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return EXIT_SUCCESS;
	name = name == NULL ? argv[0] : name + 1;
	(void)snprintf(folder, sizeof(folder), "%s/t/fuzz/corpus/%.*s",
	    source == NULL ? "." : source, (int)strlen(name) - 2, name);
	(void)puts("1..1");
	count = replay_folder(folder);
	/* Without a corpus nothing was tested. */
	(void)printf("%s 1 - all %d inputs of %s keep the contract\n",
	    count > 0 ? "ok" : "not ok", count, folder);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
