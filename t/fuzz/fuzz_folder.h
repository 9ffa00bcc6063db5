/*
 * fuzz_folder.h - a folder for the files of a fuzz target
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

/* A folder for the files of this process; removed at its orderly end. */
static char fuzz_folder[PATH_MAX / 4];

static int
fuzz_remove_one(const char *path, const struct stat *info UNUSED,
    int type UNUSED, struct FTW *ftw UNUSED)
{
	return remove(path);
}

static void
fuzz_remove_folder(void)
{
	(void)nftw(fuzz_folder, fuzz_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static UNUSED void
fuzz_make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(fuzz_folder, sizeof(fuzz_folder),
	    "%s/diundash-fuzz.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	must(mkdtemp(fuzz_folder) != NULL);
	must(atexit(fuzz_remove_folder) == 0);
}

#endif
