/*
 * unit.h - the first include of every unit test, instead of compat.h
 *
 * A unit test is one program per module, t/unit/MODULE-t.c, with cmocka. It
 * prints TAP. The name of a test function states the fact that it asserts.
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

#endif
