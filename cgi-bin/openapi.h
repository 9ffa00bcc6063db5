/*
 * openapi.h - the description of the API, as it is compiled in
 *
 * doc/openapi.json, turned into C by build-aux/embed-file.sh.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef OPENAPI_H
#define OPENAPI_H

#include "compat.h"

extern const char openapi_document[];
extern const size_t openapi_document_len;
extern const char openapi_document_etag[];	/* of its content */

#endif
