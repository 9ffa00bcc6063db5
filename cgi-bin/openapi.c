/*
 * openapi.c - /api/openapi.json: the API, described for programs
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "exchange.h"
#include "openapi.h"
#include "routes.h"

/* GET /api/openapi.json, which needs no database. */
enum status
openapi_show(struct exchange *exchange)
{
	struct response *response = exchange->response;

	if (!response_tag_fixed(response, openapi_document_etag,
	    request_header(exchange->request, "HTTP_IF_NONE_MATCH")))
		buf_add(&response->body, openapi_document,
		    openapi_document_len);
	return STATUS_OK;
}
