/*
 * unit.h - the first include of every unit test, instead of compat.h
 *
 * A unit test is one program per module, t/unit/MODULE-t.c, with cmocka. It
 * prints TAP. The name of a test function states the fact that it asserts.
 * Where inputs vary they stand in a table, and a failure names the row.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef UNIT_H
#define UNIT_H

#include "compat.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Fail with the name of the table's row when the condition does not hold. */
#define check_row(row, condition)					\
	do {								\
		if (!(condition))					\
			fail_msg("row '%s': not true: %s", (row),	\
			    #condition);				\
	} while (0)

#define check_row_text(row, got, wanted)				\
	do {								\
		if (strcmp((got), (wanted)) != 0)			\
			fail_msg("row '%s': got '%s', wanted '%s'",	\
			    (row), (got), (wanted));			\
	} while (0)

#endif
