/*
 * etag.c - fuzz target: etag.h, If-None-Match
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "buf.h"
#include "etag.h"
#include "fuzz.h"

/* Is it "*" with nothing but blanks around? */
static bool
is_star(const char *header)
{
	header += strspn(header, " \t");
	return *header == '*' && header[1 + strspn(header + 1, " \t")] == '\0';
}

/* Does the tag stand in it as a whole, with a suffix or without? */
static bool
holds(const char *header, const char *etag)
{
	static const char *const suffixes[] = {
		"", "-gzip", "-br", "-deflate", "-zstd",
	};
	char wanted[ETAG_SIZE + 16];
	size_t i;

	for (i = 0; i < COUNT_OF(suffixes); i++) {
		(void)snprintf(wanted, sizeof(wanted), "%.*s%s\"",
		    (int)strlen(etag) - 1, etag, suffixes[i]);
		if (strstr(header, wanted) != NULL)
			return true;
	}
	return false;
}

static void
check_header(const char *header, const char *etag)
{
	bool matches = etag_matches(header, etag);
	struct buf longer;

	must(!matches || is_star(header) || holds(header, etag));
	/* Another tag in front changes nothing, but for "*". */
	buf_init(&longer, SIZE_MAX / 2);
	buf_add_text(&longer, "W/\"x\", ");
	buf_add_text(&longer, header);
	must(is_star(header) ||
	    etag_matches(buf_text(&longer), etag) == matches);
	/* What stands behind the tag is not looked at. */
	buf_clear(&longer);
	buf_add_text(&longer, etag);
	buf_add_text(&longer, header);
	must(etag_matches(buf_text(&longer), etag));
	buf_release(&longer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char etag[ETAG_SIZE], *header = fuzz_text(data, size);

	etag_make(etag, 0);
	check_header(header, etag);
	etag_make(etag, INT64_MAX);
	check_header(header, etag);
	must(!etag_matches(NULL, etag));
	free(header);
	return 0;
}
