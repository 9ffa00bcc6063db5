/*
 * store_suite.h - what every store must do, whatever it is made of
 *
 * The cases speak of store.h alone. A backend says how to open a store and
 * how to make its data vanish; store-t.c lists the backends and runs all
 * cases for each.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef STORE_SUITE_H
#define STORE_SUITE_H

#include "store.h"

struct backend {
	const char *name;
	/* Open the store, with its schema up to date. */
	enum status (*open)(struct store **out, char why[STORE_REASON_MAX]);
	/* Forget all data. Every store is closed. 0 when it worked. */
	int (*wipe)(void);
};

/* Run all cases for each backend; the number of those that failed. */
int store_suite_run(const struct backend *backends, size_t count);

#endif
