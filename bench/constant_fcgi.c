/*
 * constant_fcgi.c - a FastCGI worker that answers a constant
 *
 * usage: constant_fcgi BYTES      (a listening socket on descriptor 0)
 *
 * The yardstick for the worker: the plain libfcgi loop, an answer of the same
 * size, and 304 for any If-None-Match. What is beyond this is what diundash
 * itself costs.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "bench.h"

#include <fcgiapp.h>

int
main(int argc, char **argv)
{
	static const char head[] = "Content-Type: application/json\r\n"
	    "Cache-Control: no-cache\r\nETag: \"constant\"\r\n";
	FCGX_Request request;
	char skip[4096], *body;
	int len;

	if (argc != 2) {
		(void)fputs("usage: constant_fcgi BYTES\n", stderr);
		return 2;
	}
	len = (int)number(argv[1]);
	body = malloc((size_t)len + 1);
	if (body == NULL || FCGX_Init() != 0 ||
	    FCGX_InitRequest(&request, 0, 0) != 0)
		give_up("start");
	memset(body, 'x', (size_t)len);
	while (FCGX_Accept_r(&request) == 0) {
		while (FCGX_GetStr(skip, sizeof(skip), request.in) > 0)
			continue;
		if (FCGX_GetParam("HTTP_IF_NONE_MATCH", request.envp) != NULL)
			(void)FCGX_PutS("Status: 304 Not Modified\r\n",
			    request.out);
		(void)FCGX_PutStr(head, (int)sizeof(head) - 1, request.out);
		if (FCGX_GetParam("HTTP_IF_NONE_MATCH", request.envp) != NULL) {
			(void)FCGX_PutS("\r\n", request.out);
		} else {
			(void)FCGX_FPrintF(request.out,
			    "Content-Length: %d\r\n\r\n", len);
			(void)FCGX_PutStr(body, len, request.out);
		}
		FCGX_Finish_r(&request);
	}
	free(body);
	return 0;
}
