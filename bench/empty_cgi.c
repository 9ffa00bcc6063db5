/*
 * empty_cgi.c - the smallest CGI program there can be
 *
 * The yardstick for a plain CGI request of diundash.fcgi: the same kind of
 * program, which does nothing.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

int
main(void)
{
	return puts("Content-Type: application/json\r\n\r\n{}") < 0;
}
