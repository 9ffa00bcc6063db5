/*
 * auth-t.c - tests of auth.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "auth.h"

static void
only_the_secret_itself_or_as_bearer_matches(void **state UNUSED)
{
	static const struct {
		const char *secret, *given;
		bool matches;
	} rows[] = {
		{ "s3cret", "s3cret", true },
		{ "s3cret", "Bearer s3cret", true },
		{ "s3cret", "bearer s3cret", true },
		{ "s3cret", "BEARER s3cret", true },
		{ "s3cret", "Bearer   s3cret", true },
		{ "s3cret", NULL, false },
		{ "s3cret", "", false },
		{ "s3cret", "s3cre", false },
		{ "s3cret", "s3crets", false },
		{ "s3cret", "S3cret", false },
		{ "s3cret", " s3cret", false },
		{ "s3cret", "s3cret ", false },
		{ "s3cret", "s3creu", false },
		{ "s3cret", "x3cret", false },
		{ "s3cret", "Bearer", false },
		{ "s3cret", "Bearer ", false },
		{ "s3cret", "Bearers3cret", false },
		{ "s3cret", "Bearer s3cret ", false },
		{ "s3cret", "Bearer Bearer s3cret", false },
		{ "s3cret", "Basic s3cret", false },
		{ "s3cret", "Bearer\ts3cret", false },
		/* Repeating a short secret is not the secret. */
		{ "a", "aa", false },
		{ "ab", "abab", false },
		{ "ab", "ab\001ab", false },
		{ "a", "", false },
		/* A secret that begins with the scheme's name. */
		{ "Bearer x", "Bearer x", true },
		{ "Bearer x", "Bearer Bearer x", true },
		{ "Bearer x", "x", false },
		{ "bl\xc3\xa4ulich", "bl\xc3\xa4ulich", true },
		{ "bl\xc3\xa4ulich", "bl\xc3\xa5ulich", false },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		if (auth_secret_matches(rows[i].secret, NULL,
		    rows[i].given) !=
		    rows[i].matches)
			fail_msg("secret '%s', given '%s'", rows[i].secret,
			    rows[i].given == NULL ? "(null)" : rows[i].given);
}

static void
of_two_secrets_each_matches_and_no_mixture(void **state UNUSED)
{
	static const struct {
		const char *given;
		bool matches;
	} rows[] = {
		{ "new-one", true },
		{ "old", true },
		{ "Bearer new-one", true },
		{ "Bearer old", true },
		{ NULL, false },
		{ "", false },
		{ "Bearer ", false },
		{ "new", false },
		{ "old-one", false },
		{ "new-oneold", false },
		{ "new-one\nold", false },
		{ "oldnew-one", false },
		{ "Basic old", false },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		const char *name = rows[i].given == NULL ? "(null)"
		    : rows[i].given;

		check_row(name, auth_secret_matches("new-one", "old",
		    rows[i].given) == rows[i].matches);
		check_row(name, auth_secret_matches("old", "new-one",
		    rows[i].given) == rows[i].matches);
	}
}

static void
each_wrong_byte_and_each_wrong_length_is_noticed(void **state UNUSED)
{
	const char secret[] = "0123456789abcdef0123456789abcdef";
	char given[sizeof(secret) + 8];
	size_t i, len = sizeof(secret) - 1;

	for (i = 0; i < len; i++) {
		memcpy(given, secret, sizeof(secret));
		given[i] = (char)(given[i] ^ 1);
		assert_false(auth_secret_matches(secret, NULL, given));
		memcpy(given, secret, sizeof(secret));
		given[i] = '\0';
		assert_false(auth_secret_matches(secret, NULL, given));
	}
	memcpy(given, secret, sizeof(secret));
	for (i = len; i < sizeof(given) - 1; i++) {
		given[i] = secret[i - len];
		given[i + 1] = '\0';
		assert_false(auth_secret_matches(secret, NULL, given));
	}
}

static void
sec_fetch_site_decides_and_else_origin_against_host(void **state UNUSED)
{
	static const struct {
		const char *name;
		struct auth_origin from;
		bool cross;
	} rows[] = {
		{ "no browser", { NULL, NULL, "nas", NULL }, false },
		{ "nothing at all", { NULL, NULL, NULL, NULL }, false },
		{ "same-origin", { "same-origin", NULL, "nas", NULL },
		  false },
		{ "none", { "none", NULL, "nas", NULL }, false },
		{ "same-site", { "same-site", NULL, "nas", NULL }, true },
		{ "cross-site", { "cross-site", NULL, "nas", NULL }, true },
		{ "an unknown word", { "sideways", NULL, "nas", NULL },
		  true },
		{ "an empty word", { "", NULL, "nas", NULL }, true },
		{ "other case", { "Same-Origin", NULL, "nas", NULL },
		  true },
		{ "Sec-Fetch-Site beats a bad Origin",
		  { "same-origin", "http://evil", "nas", NULL }, false },
		{ "Sec-Fetch-Site beats a good Origin",
		  { "cross-site", "http://nas", "nas", NULL }, true },
		{ "Origin is Host", { NULL, "http://nas", "nas", NULL },
		  false },
		{ "https too", { NULL, "https://nas:8443", "nas:8443", NULL },
		  false },
		{ "hosts have no case",
		  { NULL, "http://NAS.lan", "nas.LAN", NULL }, false },
		{ "another port", { NULL, "http://nas:81", "nas:80", NULL },
		  true },
		{ "another host", { NULL, "http://evil", "nas", NULL },
		  true },
		{ "Host as a prefix",
		  { NULL, "http://nas.evil", "nas", NULL }, true },
		{ "Host as a suffix",
		  { NULL, "http://evil.nas", "nas", NULL }, true },
		{ "user name trick",
		  { NULL, "http://nas@evil", "nas", NULL }, true },
		{ "null origin", { NULL, "null", "nas", NULL }, true },
		{ "empty origin", { NULL, "", "nas", NULL }, true },
		{ "no scheme", { NULL, "nas", "nas", NULL }, true },
		{ "no Host", { NULL, "http://nas", NULL, NULL }, true },
		{ "the proxy's name",
		  { NULL, "https://home.example", "127.0.0.1:8080",
		    "home.example" }, false },
		{ "not the proxy's name",
		  { NULL, "https://evil.example", "127.0.0.1:8080",
		    "home.example" }, true },
		{ "IPv6", { NULL, "http://[::1]:8080", "[::1]:8080", NULL },
		  false },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++)
		check_row(rows[i].name,
		    auth_is_cross_site(&rows[i].from) == rows[i].cross);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_secret_itself_or_as_bearer_matches),
		cmocka_unit_test(of_two_secrets_each_matches_and_no_mixture),
		cmocka_unit_test(
		    each_wrong_byte_and_each_wrong_length_is_noticed),
		cmocka_unit_test(
		    sec_fetch_site_decides_and_else_origin_against_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
