/*
 * store.h - where updates and tags are kept: the contract
 *
 * A store is safe to use from many processes at once, each with a store
 * object of its own, opened after any fork. An operation that changes
 * something is one transaction: it is on disk when STATUS_OK is returned,
 * and nothing of it happened otherwise, except that after STATUS_UNAVAILABLE
 * from a failing disk it is unknown; all writes may be repeated.
 *
 * Besides what it says itself, each operation may return
 *
 *	STATUS_BUSY		others kept it locked for the whole budget
 *	STATUS_UNAVAILABLE	full, read-only, damaged, gone, too new
 *	STATUS_INTERNAL		a fault of ours
 *
 * and then store_reason() has one line about it. The last two are logged.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef STORE_H
#define STORE_H

#include "migrate.h"
#include "model.h"
#include "status.h"

#define STORE_REASON_MAX 256

struct store {
	const struct store_ops *ops;
	char reason[STORE_REASON_MAX];
};

/*
 * Receives one row at a time; the text is dead when it returns. Anything but
 * STATUS_OK ends the visit and becomes the operation's result. It must not
 * call the store.
 */
typedef enum status store_visit_update(void *arg,
    const struct update_entry *entry);
typedef enum status store_visit_tag(void *arg, const struct tag *tag);

/* What a check of the whole store found; see store_check. */
struct store_report {
	bool sound;
	char finding[STORE_REASON_MAX];	/* the first fault, or "" */
	int64_t images;
	int64_t pending;
	int64_t tags;
};

struct store_ops {
	const char *name;	/* "sqlite" */
	void (*close)(struct store *);

	enum status (*upsert_event)(struct store *,
	    const struct diun_event *);
	enum status (*get_updates)(struct store *, store_visit_update *,
	    void *);
	enum status (*acknowledge_update)(struct store *, const char *);
	enum status (*reopen_update)(struct store *, const char *);
	enum status (*acknowledge_all)(struct store *, int64_t *);
	enum status (*acknowledge_by_tag)(struct store *, int64_t,
	    int64_t *);

	enum status (*list_tags)(struct store *, store_visit_tag *, void *);
	enum status (*create_tag)(struct store *, const char *, int64_t *);
	enum status (*rename_tag)(struct store *, int64_t, const char *);
	enum status (*delete_tag)(struct store *, int64_t);
	enum status (*tag_exists)(struct store *, int64_t, bool *);
	enum status (*assign_tag)(struct store *, const char *, int64_t);
	enum status (*unassign_tag)(struct store *, const char *);

	enum status (*check)(struct store *, struct store_report *);
	enum status (*migration_state)(struct store *,
	    struct migration_state *);
	enum status (*migrate_up)(struct store *);
	enum status (*migrate_down)(struct store *);
	enum status (*migrate_force)(struct store *, int64_t);
};

enum store_flags {
	STORE_MIGRATE = 1 << 0,		/* bring the schema up to date */
	STORE_MUST_EXIST = 1 << 1	/* do not create the file */
};

struct store_options {
	const char *path;	/* the database file, absolute */
	int busy_timeout_ms;	/* the budget of each operation */
	unsigned flags;		/* enum store_flags */
};

/*
 * Open the store. Without STORE_MIGRATE its schema is taken as it is, for
 * the migration commands alone. STATUS_OK with *out to be closed; else one
 * line in `why` that says what to do.
 */
enum status store_open(const struct store_options *options,
    struct store **out, char why[STORE_REASON_MAX]) MUST_USE;

/* Takes NULL. */
void store_close(struct store *store);

/* One line about the last failure, fit for a client; "" if there was none. */
const char *store_reason(const struct store *store);

/*
 * Keep the event as the newest of its image. A row that exists keeps its tag
 * and becomes pending again.
 */
enum status store_upsert_event(struct store *store,
    const struct diun_event *event) MUST_USE;

/* Visit every image with its tag, in one snapshot, in no special order. */
enum status store_get_updates(struct store *store, store_visit_update *visit,
    void *arg) MUST_USE;

/*
 * Mark the image as dealt with, or as pending again. Repeating it is no
 * error. NOT_FOUND: no such image.
 */
enum status store_acknowledge_update(struct store *store, const char *image)
    MUST_USE;
enum status store_reopen_update(struct store *store, const char *image)
    MUST_USE;

/* Mark all images, or those with a tag; *count is how many were pending. */
enum status store_acknowledge_all(struct store *store, int64_t *count)
    MUST_USE;
/* NOT_FOUND: no such tag. */
enum status store_acknowledge_by_tag(struct store *store, int64_t tag_id,
    int64_t *count) MUST_USE;

/* Visit every tag, by name. */
enum status store_list_tags(struct store *store, store_visit_tag *visit,
    void *arg) MUST_USE;

/* *id is the new tag's. CONFLICT: the name is taken. */
enum status store_create_tag(struct store *store, const char *name,
    int64_t *id) MUST_USE;

/* NOT_FOUND: no such tag. CONFLICT: another tag has the name. */
enum status store_rename_tag(struct store *store, int64_t id,
    const char *name) MUST_USE;

/* Its images become untagged. NOT_FOUND: no such tag. */
enum status store_delete_tag(struct store *store, int64_t id) MUST_USE;

enum status store_tag_exists(struct store *store, int64_t id, bool *exists)
    MUST_USE;

/*
 * Give the image the tag instead of the one it has. The image need not be
 * known yet. NOT_FOUND: no such tag.
 */
enum status store_assign_tag(struct store *store, const char *image,
    int64_t tag_id) MUST_USE;

/* Nothing assigned is no error. */
enum status store_unassign_tag(struct store *store, const char *image)
    MUST_USE;

/*
 * Look for damage: the file's structure, dangling references, the schema's
 * version. STATUS_OK with *report filled, whatever was found.
 */
enum status store_check(struct store *store, struct store_report *report)
    MUST_USE;

enum status store_migration_state(struct store *store,
    struct migration_state *state) MUST_USE;

/*
 * Apply all steps that are missing. UNAVAILABLE: the database is dirty, or
 * newer than we know.
 */
enum status store_migrate_up(struct store *store) MUST_USE;

/*
 * Undo the newest step, and with it the data that it made room for.
 * NOT_FOUND: nothing is applied.
 */
enum status store_migrate_down(struct store *store) MUST_USE;

/*
 * Record `version` (0: nothing applied) as clean without running anything.
 * NOT_FOUND: we know no such version.
 */
enum status store_migrate_force(struct store *store, int64_t version)
    MUST_USE;

/* The backends' constructors, called by store_open. */
enum status store_sqlite_open(const struct store_options *options,
    struct store **out, char why[STORE_REASON_MAX]) MUST_USE;

#endif
