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
 *	STATUS_UNAVAILABLE	full, read-only, damaged, gone, too new, no
 *				memory
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
/* store_reason after STATUS_INTERNAL: all that a client is told. */
#define STORE_REASON_INTERNAL "an internal error: see the log"

struct store {
	const struct store_ops *ops;
	char reason[STORE_REASON_MAX];
	char actor[ACTOR_BYTES_MAX + 1];	/* see store_set_actor */
	int64_t generation;	/* see store_generation */
	int64_t deadline;	/* see store_set_deadline */
	bool is_spent;		/* see store_is_spent */
	char damage[STORE_REASON_MAX];	/* see store_damage; "" none */
};

/*
 * Receives one row at a time; the text is dead when it returns. Anything but
 * STATUS_OK ends the visit and becomes the operation's result. It must not
 * call the store.
 */
typedef enum status store_visit_update(void *arg,
    const struct update_entry *entry);
typedef enum status store_visit_tag(void *arg, const struct tag *tag);
typedef enum status store_visit_history(void *arg,
    const struct history_entry *entry);
typedef enum status store_visit_image(void *arg, const char *image);
/* A row of a table as a JSON object. */
typedef enum status store_visit_row(void *arg, const char *table,
    const char *json);

/* Which rows of history; a NULL is no restriction. */
struct history_filter {
	const char *image;
	const char *hostname;
	const char *action;
	int64_t before;		/* ids below this one; 0: from the newest */
	int64_t limit;		/* at most so many rows */
};

/* What a check of the whole store found; see store_check. */
struct store_report {
	bool sound;
	char finding[STORE_REASON_MAX];	/* the first fault, or "" */
	int64_t images;
	int64_t pending;
	int64_t hosts;
	int64_t tags;
	int64_t revision;
};

/* An event that had to wait; see store_replay_event. */
struct store_replay {
	const char *name;		/* of its own */
	const char *received_at;	/* RFC 3339, UTC */
	/*
	 * The attempt to store it failed as it was to become final. What the
	 * disk made of that, only the database can tell.
	 */
	bool is_uncertain;
};

struct store_ops {
	const char *name;	/* "sqlite" */
	void (*close)(struct store *);

	enum status (*begin_read)(struct store *);
	void (*end_read)(struct store *);
	enum status (*get_revision)(struct store *, int64_t *);
	enum status (*knows_since)(struct store *, int64_t, bool *);

	enum status (*upsert_event)(struct store *,
	    const struct diun_event *);
	enum status (*replay_event)(struct store *,
	    const struct diun_event *, const struct store_replay *);
	enum status (*get_updates)(struct store *, store_visit_update *,
	    void *);
	enum status (*get_updates_since)(struct store *, int64_t,
	    store_visit_update *, void *);
	enum status (*get_removed_since)(struct store *, int64_t,
	    store_visit_image *, void *);
	enum status (*acknowledge)(struct store *, const char *,
	    const char *);
	enum status (*reopen)(struct store *, const char *, const char *);
	enum status (*acknowledge_all)(struct store *, int64_t *);
	enum status (*acknowledge_by_tag)(struct store *, int64_t,
	    int64_t *);
	enum status (*remove)(struct store *, const char *, const char *);
	enum status (*rename_host)(struct store *, const char *,
	    const char *, int64_t *);

	enum status (*get_history)(struct store *,
	    const struct history_filter *, store_visit_history *, void *);
	enum status (*prune)(struct store *, const char *, int64_t,
	    int64_t *);

	enum status (*list_tags)(struct store *, store_visit_tag *, void *);
	enum status (*create_tag)(struct store *, const char *, int64_t *);
	enum status (*rename_tag)(struct store *, int64_t, const char *);
	enum status (*delete_tag)(struct store *, int64_t);
	enum status (*tag_exists)(struct store *, int64_t, bool *);
	enum status (*tags_changed_since)(struct store *, int64_t, bool *);
	enum status (*assign_tag)(struct store *, const char *, int64_t);
	enum status (*unassign_tag)(struct store *, const char *);

	enum status (*backup)(struct store *, const char *);
	enum status (*export)(struct store *, store_visit_row *, void *);
	enum status (*import)(struct store *, const char *);
	enum status (*check)(struct store *, bool, struct store_report *);
	enum status (*migration_state)(struct store *,
	    struct migration_state *);
	enum status (*migrate_up)(struct store *);
	enum status (*migrate_down)(struct store *);
	enum status (*migrate_force)(struct store *, int64_t);
};

enum store_flags {
	STORE_MIGRATE = 1 << 0,		/* bring the schema up to date */
	STORE_MUST_EXIST = 1 << 1,	/* do not create the file */
	STORE_REOPEN_DIGEST = 1 << 2,	/* see store_upsert_event */
	STORE_SHORT_LIVED = 1 << 3,	/* opened anew for each request */
	STORE_VERIFY = 1 << 4		/* look for damage; see store_damage */
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
 * Who makes the changes that follow: a user's name, or the command; "" when
 * nobody knows. Copied, and cut at ACTOR_BYTES_MAX. What Diun sends is
 * always recorded as ACTOR_DIUN's.
 */
void store_set_actor(struct store *store, const char *actor);

/*
 * A number that changes when the store lets go of its database and opens
 * another in its place. What was remembered of the old one is then void.
 */
int64_t store_generation(const struct store *store);

/*
 * No operation waits for others beyond this moment of clock_ms(), however
 * much of its budget is left; 0: the budget alone counts.
 */
void store_set_deadline(struct store *store, int64_t deadline);

/*
 * Has the disk failed in a way after which only a new process can be trusted
 * with it, or was the database moved away from under an event? Then the
 * process does well to end.
 */
bool store_is_spent(const struct store *store);

/*
 * What STORE_VERIFY found when the database was opened, or NULL. It looks at
 * the structure of the file, for a second at most. A damaged database is
 * read, as far as it can be, and no longer written.
 */
const char *store_damage(const struct store *store);

/*
 * Until store_end_read, all reading operations see one moment. No writing in
 * between. After anything but STATUS_OK there is nothing to end.
 */
enum status store_begin_read(struct store *store) MUST_USE;
void store_end_read(struct store *store);

/*
 * The number of the newest change, 0 when there was none. As long as it
 * stands, nothing else has changed, whichever process looks.
 */
enum status store_get_revision(struct store *store, int64_t *revision)
    MUST_USE;

/*
 * Can the *_since operations tell all that came after `revision`? Not when
 * it was pruned, or is yet to come.
 */
enum status store_knows_since(struct store *store, int64_t revision,
    bool *known) MUST_USE;

/*
 * Keep the event as the newest of its image and host, and of its image. A
 * row that exists keeps its tag. It becomes pending again, unless the host
 * runs this digest already (event->is_current), which acknowledges it; or,
 * with STORE_REOPEN_DIGEST, unless the host has acknowledged this digest.
 * Of events with one host, image and digest the containers are united. Of a
 * test (event->is_test) there will be a row of history and nothing else.
 */
enum status store_upsert_event(struct store *store,
    const struct diun_event *event) MUST_USE;

/*
 * Store an event or a test that had to wait. Each name is stored once:
 * repeating it changes nothing and is no error. Where something newer came
 * from the same host about the same image, the event becomes history only.
 */
enum status store_replay_event(struct store *store,
    const struct diun_event *event, const struct store_replay *replay)
    MUST_USE;

/*
 * Visit every image, or those that changed after `revision`, in no special
 * order; each has one row for each of its hosts.
 */
enum status store_get_updates(struct store *store, store_visit_update *visit,
    void *arg) MUST_USE;
enum status store_get_updates_since(struct store *store, int64_t revision,
    store_visit_update *visit, void *arg) MUST_USE;

/* Visit the images that were removed after `revision` and did not return. */
enum status store_get_removed_since(struct store *store, int64_t revision,
    store_visit_image *visit, void *arg) MUST_USE;

/*
 * Mark the image as dealt with, or as pending again: by one host, or, with
 * hostname NULL, by all. Repeating it changes nothing and is no error.
 * NOT_FOUND: no such image, or no such host of it.
 */
enum status store_acknowledge_host(struct store *store, const char *image,
    const char *hostname) MUST_USE;
enum status store_reopen_host(struct store *store, const char *image,
    const char *hostname) MUST_USE;
enum status store_acknowledge_update(struct store *store, const char *image)
    MUST_USE;
enum status store_reopen_update(struct store *store, const char *image)
    MUST_USE;

/*
 * Forget an image that no longer runs, and its tag; or, unless hostname is
 * NULL, that it runs on this host, and with the last host the image. History
 * keeps it. NOT_FOUND: no such image, or no such host of it.
 */
enum status store_remove_update(struct store *store, const char *image,
    const char *hostname) MUST_USE;

/*
 * Call a host by another name, in history too. Where the new name exists,
 * the two become one, and of each image the newer event counts. *count is
 * how many images had the old name. NOT_FOUND: there is no such host.
 */
enum status store_rename_host(struct store *store, const char *from,
    const char *to, int64_t *count) MUST_USE;

/* Visit rows of history, the newest first. */
enum status store_get_history(struct store *store,
    const struct history_filter *filter, store_visit_history *visit,
    void *arg) MUST_USE;

/*
 * Delete the oldest rows of history, those before `cutoff` (RFC 3339, UTC),
 * but `limit` at most and never the newest; *count is how many. To be called
 * until it is less than `limit`, so that others can write in between.
 */
enum status store_prune(struct store *store, const char *cutoff,
    int64_t limit, int64_t *count) MUST_USE;

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

/* Was a tag created, renamed or deleted after `revision`? */
enum status store_tags_changed_since(struct store *store, int64_t revision,
    bool *changed) MUST_USE;

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
 * Copy the whole store into a new file at `path`, while others go on
 * writing. CONFLICT: there is one already. UNAVAILABLE: it cannot be
 * written; then there is none.
 */
enum status store_backup(struct store *store, const char *path) MUST_USE;

/*
 * Visit every row of every table, table by table, at one moment; and take
 * such rows in, all or none: {"tags":[...],"updates":[...],...}, checked JSON
 * text. CONFLICT: the store is not empty. INVALID: the rows do not fit
 * together, and store_reason says so.
 */
enum status store_export(struct store *store, store_visit_row *visit,
    void *arg) MUST_USE;
enum status store_import(struct store *store, const char *json) MUST_USE;

/*
 * Look for damage: the file's structure, dangling references, and that an
 * image is pending exactly when one of its hosts is. The full check also
 * holds every index against its table and parses all JSON. For the newest
 * schema. STATUS_OK with *report filled, whatever was found.
 */
enum status store_check(struct store *store, struct store_report *report)
    MUST_USE;
enum status store_check_full(struct store *store,
    struct store_report *report) MUST_USE;

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
