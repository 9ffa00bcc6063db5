/*
 * export.h - what an export is known by
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef EXPORT_H
#define EXPORT_H

/* The member "format" of an export's object; "schema" is its version. */
#define EXPORT_FORMAT "diundash export"

#endif
