/*
 * status.h - what a fallible function returns
 *
 * Every outcome that a caller can act on is a value of one enum. The table
 * in status.c is the only place that knows which HTTP status a value means;
 * no handler writes an error's number.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_NOT_FOUND,	/* what was asked for does not exist */
	STATUS_CONFLICT,	/* the name is taken */
	STATUS_INVALID,		/* the input is wrong; the text says how */
	STATUS_TOO_LARGE,	/* over a stated limit */
	STATUS_UNAUTHORIZED,	/* the secret is missing or wrong */
	STATUS_DENIED,		/* understood and refused: cross-site */
	STATUS_BAD_METHOD,	/* the path exists, not with this method */
	STATUS_BAD_TYPE,	/* the body's media type is not JSON */
	STATUS_BUSY,		/* somebody else holds it; worth a retry */
	STATUS_UNAVAILABLE,	/* storage cannot be used; needs an admin */
	STATUS_GONE,		/* the peer left: nobody to answer */
	STATUS_INTERNAL		/* a fault of ours, logged where found */
};

/* A short English name of the value, for logs; never NULL. */
const char *status_text(enum status status);

/*
 * The HTTP status code (RFC 9110, section 15) that the value means to a
 * client: 200 for STATUS_OK, 0 for STATUS_GONE, where nobody listens.
 */
int status_http(enum status status);

#endif
