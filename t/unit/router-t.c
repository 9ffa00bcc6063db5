/*
 * router-t.c - tests of router.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "router.h"

static const struct route routes[] = {
	{ "GET", "/healthz", NULL, false },
	{ "POST", "/api/updates/acknowledge-all", NULL, false },
	{ "GET", "/api/updates", NULL, false },
	{ "PATCH", "/api/updates/{image*}", NULL, false },
	{ "GET", "/api/tags", NULL, false },
	{ "POST", "/api/tags", NULL, false },
	{ "PATCH", "/api/tags/{id}", NULL, false },
	{ "DELETE", "/api/tags/{id}", NULL, false },
	{ "POST", "/webhook", NULL, true },
	{ "GET", "/hosts/{host}/tags", NULL, false },
	{ "GET", "/images/{image*}/tags", NULL, false },
};

#define ROUTES routes, COUNT_OF(routes)

static void
the_first_route_that_fits_is_taken(void **state UNUSED)
{
	static const struct {
		const char *method, *path;
		size_t route;
		const char *argument;
	} rows[] = {
		{ "GET", "/healthz", 0, "" },
		{ "HEAD", "/healthz", 0, "" },
		{ "POST", "/api/updates/acknowledge-all", 1, "" },
		{ "GET", "/api/updates", 2, "" },
		{ "PATCH", "/api/updates/nginx", 3, "nginx" },
		{ "PATCH", "/api/updates/docker.io/library/nginx:1@sha256:a",
		  3, "docker.io/library/nginx:1@sha256:a" },
		{ "PATCH", "/api/updates/", 3, "" },
		{ "PATCH", "/api/updates/a/", 3, "a/" },
		{ "PATCH", "/api/updates//", 3, "/" },
		{ "PATCH", "/api/updates/acknowledge-all", 3,
		  "acknowledge-all" },
		{ "HEAD", "/api/tags", 4, "" },
		{ "POST", "/api/tags", 5, "" },
		{ "PATCH", "/api/tags/7", 6, "7" },
		{ "DELETE", "/api/tags/seven", 7, "seven" },
		{ "POST", "/webhook", 8, "" },
		{ "GET", "/hosts/a/tags", 9, "a" },
		{ "HEAD", "/hosts/tags/tags", 9, "tags" },
		{ "GET", "/images/a/b/tags", 10, "a/b" },
		{ "GET", "/images//tags", 10, "" },
		{ "GET", "/images/tags/tags/tags", 10, "tags/tags" },
	};
	struct route_match match;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].path, router_match(ROUTES, rows[i].method,
		    rows[i].path, &match) == STATUS_OK);
		check_row(rows[i].path, match.route ==
		    &routes[rows[i].route]);
		check_row(rows[i].path, match.argument_len ==
		    strlen(rows[i].argument));
		check_row(rows[i].path, strncmp(match.argument,
		    rows[i].argument, match.argument_len) == 0);
	}
}

static void
a_path_of_no_pattern_is_not_found(void **state UNUSED)
{
	static const char *const paths[] = {
		"", "/", "/api", "/api/", "/api/tag", "/api/tagss",
		"/api/tags/", "/api/tags/1/2", "/api/tags/1/", "/api//tags",
		"//api/tags", "/API/tags", "/healthz/", "/healthz2",
		"/webhook/x", "/api/update", "healthz", "/api/tags{id}",
		/* The slash before the argument is not the one behind it. */
		"/hosts/tags", "/images/tags", "/hosts//tags", "/hosts/a",
		"/hosts/a/b/tags", "/hosts/a/tags/", "/images/a/tag",
		"/tags", "/hosts/", "s/tags",
	};
	static const char *const methods[] = {
		"GET", "POST", "HEAD", "OPTIONS", "BREW"
	};
	struct route_match match;
	size_t i, k;

	for (i = 0; i < COUNT_OF(paths); i++)
		for (k = 0; k < COUNT_OF(methods); k++) {
			check_row(paths[i], router_match(ROUTES, methods[k],
			    paths[i], &match) == STATUS_NOT_FOUND);
			check_row(paths[i], match.route == NULL);
		}
}

static void
another_method_is_refused_with_those_allowed(void **state UNUSED)
{
	static const struct {
		const char *method, *path, *allow;
	} rows[] = {
		{ "POST", "/healthz", "GET, HEAD, OPTIONS" },
		{ "OPTIONS", "/healthz", "GET, HEAD, OPTIONS" },
		{ "PUT", "/api/tags", "GET, HEAD, POST, OPTIONS" },
		{ "OPTIONS", "/api/tags", "GET, HEAD, POST, OPTIONS" },
		{ "GET", "/api/tags/1", "PATCH, DELETE, OPTIONS" },
		{ "HEAD", "/api/tags/1", "PATCH, DELETE, OPTIONS" },
		{ "GET", "/webhook", "POST, OPTIONS" },
		{ "HEAD", "/webhook", "POST, OPTIONS" },
		{ "GET", "/api/updates/acknowledge-all",
		  "POST, PATCH, OPTIONS" },
		{ "get", "/healthz", "GET, HEAD, OPTIONS" },
		{ "GETX", "/healthz", "GET, HEAD, OPTIONS" },
		{ "", "/healthz", "GET, HEAD, OPTIONS" },
		{ "\r\n", "/healthz", "GET, HEAD, OPTIONS" },
	};
	struct route_match match;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		check_row(rows[i].path, router_match(ROUTES, rows[i].method,
		    rows[i].path, &match) == STATUS_BAD_METHOD);
		check_row_text(rows[i].path, match.allow, rows[i].allow);
		check_row(rows[i].path, match.route == NULL);
	}
}

static void
the_base_is_given_or_found(void **state UNUSED)
{
	static const struct {
		const char *base, *path, *rest;
	} rows[] = {
		/* Given. */
		{ "", "/api/tags", "/api/tags" },
		{ "", "/other", "/other" },
		{ "", "/", "/" },
		{ "/sub", "/sub/api/tags", "/api/tags" },
		{ "/sub", "/sub/", "/" },
		{ "/sub", "/sub", NULL },
		{ "/sub", "/sub2/api/tags", NULL },
		{ "/sub", "/api/tags", NULL },
		{ "/sub", "/", NULL },
		{ "/sub", "/SUB/api", NULL },
		{ "/a/b", "/a/b/healthz", "/healthz" },
		/* Found. */
		{ NULL, "/api/tags", "/api/tags" },
		{ NULL, "/healthz", "/healthz" },
		{ NULL, "/webhook", "/webhook" },
		{ NULL, "/sub/api/tags", "/api/tags" },
		{ NULL, "/cgi-bin/diundash.fcgi/api/tags/3", "/api/tags/3" },
		{ NULL, "/a/b/c/webhook", "/webhook" },
		{ NULL, "/api/updates/nas/api/x", "/api/updates/nas/api/x" },
		{ NULL, "/sub/api", "/api" },
		{ NULL, "/sub", NULL },
		{ NULL, "/sub/", NULL },
		{ NULL, "/", NULL },
		{ NULL, "", NULL },
		{ NULL, "//api/tags", NULL },
		{ NULL, "/sub//api/tags", NULL },
		{ NULL, "/apis/tags", NULL },
		{ NULL, "/ap", NULL },
	};
	const char *rest;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		rest = router_strip_base(ROUTES, rows[i].path, rows[i].base);
		check_row(rows[i].path,
		    (rest == NULL) == (rows[i].rest == NULL));
		if (rest != NULL)
			check_row_text(rows[i].path, rest, rows[i].rest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_route_that_fits_is_taken),
		cmocka_unit_test(a_path_of_no_pattern_is_not_found),
		cmocka_unit_test(another_method_is_refused_with_those_allowed),
		cmocka_unit_test(the_base_is_given_or_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
