/*
 * auth.c - who may send webhooks, and which browser requests to refuse
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <strings.h>

#include "auth.h"

/* Compare without an early end: every byte of `given` is looked at. */
static bool
equal_in_constant_time(const char *secret, const char *given)
{
	size_t secret_len = strlen(secret), len = strlen(given), i;
	volatile unsigned char differ = secret_len != len;

	for (i = 0; i < len; i++)
		differ |= (unsigned char)(given[i] ^
		    secret[i % (secret_len + 1)]);
	return differ == 0;
}

static bool
equals_either(const char *secret, const char *previous, const char *given)
{
	bool current = equal_in_constant_time(secret, given);
	bool former = equal_in_constant_time(previous, given);

	return current | former;
}

bool
auth_secret_matches(const char *secret, const char *previous,
    const char *given)
{
	static const char scheme[] = "Bearer ";
	bool whole, bearer = false;

	if (given == NULL)
		return false;
	/* Without a previous one, the same work. */
	if (previous == NULL)
		previous = secret;
	whole = equals_either(secret, previous, given);
	if (strncasecmp(given, scheme, sizeof(scheme) - 1) == 0) {
		given += sizeof(scheme) - 1;
		given += strspn(given, " ");
		bearer = equals_either(secret, previous, given);
	}
	return whole | bearer;
}

static bool
is_host(const char *authority, const char *host)
{
	return host != NULL && strcasecmp(authority, host) == 0;
}

bool
auth_is_cross_site(const struct auth_origin *from)
{
	const char *authority;

	if (from->fetch_site != NULL)
		return strcmp(from->fetch_site, "same-origin") != 0 &&
		    strcmp(from->fetch_site, "none") != 0;
	if (from->origin == NULL)
		return false;
	/* Origin is scheme://host[:port], or "null". */
	authority = strstr(from->origin, "://");
	if (authority == NULL)
		return true;
	authority += 3;
	return !is_host(authority, from->host) &&
	    !is_host(authority, from->forwarded_host);
}
