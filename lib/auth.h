/*
 * auth.h - who may send webhooks, and which browser requests to refuse
 *
 * Login is the web server's business. Here are the two checks that only we
 * can make: the webhook's shared secret, and that a change was not asked for
 * by somebody else's page in the user's browser.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef AUTH_H
#define AUTH_H

#include "compat.h"

/*
 * Is the Authorization value `given` the secret, or the one before it, itself
 * or after "Bearer" (RFC 6750, section 2.1; the scheme in any case)? Always
 * compared with both; the time taken depends on the length of `given` alone.
 * `previous` and `given` may be NULL.
 */
bool auth_secret_matches(const char *secret, const char *previous,
    const char *given) MUST_USE;

/* What a browser says about where a request comes from; NULL when absent. */
struct auth_origin {
	const char *fetch_site;		/* Sec-Fetch-Site */
	const char *origin;		/* Origin */
	const char *host;		/* Host */
	const char *forwarded_host;	/* X-Forwarded-Host, by a proxy */
};

/*
 * Did a browser mark the request as coming from another site? Sec-Fetch-Site
 * decides where it is sent: same-origin and none are ours. Without it, an
 * Origin must name the Host (or the proxy's). Without both, the client is no
 * browser, or not one that could be abused.
 */
bool auth_is_cross_site(const struct auth_origin *from) MUST_USE;

#endif
