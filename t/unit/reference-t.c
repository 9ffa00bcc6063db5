/*
 * reference-t.c - tests of reference.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "model.h"
#include "reference.h"

#define HEX64 "0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

static void
the_key_leaves_the_digest_out(void **state UNUSED)
{
	static const struct {
		const char *image, *key, *digest;
	} rows[] = {
		{ "docker.io/library/nginx:latest",
		  "docker.io/library/nginx:latest", NULL },
		{ "docker.io/library/nginx", "docker.io/library/nginx",
		  NULL },
		{ "docker.io/library/nginx:1.27@sha256:" HEX64,
		  "docker.io/library/nginx:1.27", "sha256:" HEX64 },
		{ "docker.io/library/nginx@sha256:" HEX64,
		  "docker.io/library/nginx:latest", "sha256:" HEX64 },
		{ "nginx@sha256:ab", "nginx:latest", "sha256:ab" },
		{ "nginx:1@sha512:ab", "nginx:1", "sha512:ab" },
		/* A port is no tag. */
		{ "nas:5000/app", "nas:5000/app", NULL },
		{ "nas:5000/app@sha256:ab", "nas:5000/app:latest",
		  "sha256:ab" },
		{ "nas:5000/app:2@sha256:ab", "nas:5000/app:2",
		  "sha256:ab" },
		{ "[::1]:5000/app@sha256:ab", "[::1]:5000/app:latest",
		  "sha256:ab" },
		/* What is no digest stays. */
		{ "user@host/app:1", "user@host/app:1", NULL },
		{ "user@host:5000/app", "user@host:5000/app", NULL },
		{ "nginx@latest", "nginx@latest", NULL },
		{ "nginx@", "nginx@", NULL },
		{ "odd thing", "odd thing", NULL },
		/* The last "@" counts. */
		{ "user@host/app@sha256:ab", "user@host/app:latest",
		  "sha256:ab" },
	};
	struct arena arena;
	const char *digest;
	size_t i;

	arena_init(&arena);
	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row_text(rows[i].image,
		    reference_key(&arena, rows[i].image), rows[i].key);
		digest = reference_digest(rows[i].image);
		check_row(rows[i].image,
		    (digest == NULL) == (rows[i].digest == NULL));
		if (digest != NULL)
			check_row_text(rows[i].image, digest,
			    rows[i].digest);
	}
	arena_release(&arena);
}

static void
a_key_is_its_own_key(void **state UNUSED)
{
	static const char *const images[] = {
		"docker.io/library/nginx@sha256:ab", "nas:5000/app@sha256:ab",
		"nginx:1@sha256:ab", "nginx", "user@host/app@sha256:ab",
	};
	struct arena arena;
	const char *key;
	size_t i;

	arena_init(&arena);
	for (i = 0; i < COUNT_OF(images); i++) {
		key = reference_key(&arena, images[i]);
		check_row_text(images[i], reference_key(&arena, key), key);
	}
	arena_release(&arena);
}

static void
what_cannot_be_an_image_is_refused_with_a_reason(void **state UNUSED)
{
	static const struct {
		const char *image, *why;
	} rows[] = {
		{ "docker.io/library/nginx:latest", NULL },
		{ "x", NULL },
		{ "two words", NULL },
		{ "b\xc3\xbcro/app", NULL },
		{ "it's \"quoted\"", NULL },
		{ "", "empty" },
		{ " ", "empty" },
		{ "      ", "empty" },
		{ "@sha256:" HEX64, "without a name" },
		{ "@", "without a name" },
		{ "a\nb", "control" },
		{ "a\tb", "control" },
		{ "a\001", "control" },
		{ "a\x7f", "control" },
		{ "\xc2\x80", "control" },
		{ "@sha256:" HEX64, "name" },
		{ " @sha256:ab", "name" },
		{ "@", "name" },
	};
	const char *why;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		why = "";
		check_row(rows[i].image, reference_check(rows[i].image, &why)
		    == (rows[i].why == NULL ? STATUS_OK : STATUS_INVALID));
		if (rows[i].why != NULL)
			check_row(rows[i].image,
			    strstr(why, rows[i].why) != NULL);
	}
}

static void
an_image_has_at_most_1024_bytes(void **state UNUSED)
{
	char image[IMAGE_BYTES_MAX + 2];
	const char *why = "";

	memset(image, 'i', sizeof(image) - 1);
	image[IMAGE_BYTES_MAX + 1] = '\0';
	assert_int_equal(reference_check(image, &why), STATUS_INVALID);
	assert_non_null(strstr(why, "1024"));
	image[IMAGE_BYTES_MAX] = '\0';
	assert_int_equal(reference_check(image, &why), STATUS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_leaves_the_digest_out),
		cmocka_unit_test(a_key_is_its_own_key),
		cmocka_unit_test(
		    what_cannot_be_an_image_is_refused_with_a_reason),
		cmocka_unit_test(an_image_has_at_most_1024_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
