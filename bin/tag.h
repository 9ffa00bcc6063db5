/*
 * tag.h - tags by name, for the subcommands
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef TAG_H
#define TAG_H

#include "store.h"

/* The tag's id. false: there is none, or a fault; the line is printed. */
bool tag_find(struct store *store, const char *name, int64_t *id) MUST_USE;

#endif
