/*
 * migrate_sqlite.h - the numbered steps, applied to a SQLite database
 *
 * Each step runs in one write transaction together with its record: lock,
 * read the version again, run the step, record it. A crash leaves the one
 * state or the other, and of several processes that start at once one does
 * the work and the others find it done.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef MIGRATE_SQLITE_H
#define MIGRATE_SQLITE_H

#include "db_sqlite.h"
#include "migrate.h"

/* The contracts are those of store_migration_state and so on. */
enum status migrate_sqlite_state(struct db *db,
    struct migration_state *state) MUST_USE;
enum status migrate_sqlite_up(struct db *db) MUST_USE;
enum status migrate_sqlite_down(struct db *db) MUST_USE;
enum status migrate_sqlite_force(struct db *db, int64_t version) MUST_USE;

#endif
