/*
 * store.c - calls through the store's table
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include "store.h"

enum status
store_open(const struct store_options *options, struct store **out,
    char why[STORE_REASON_MAX])
{
	return store_sqlite_open(options, out, why);
}

void
store_close(struct store *store)
{
	if (store != NULL)
		store->ops->close(store);
}

const char *
store_reason(const struct store *store)
{
	return store->reason;
}

void
store_set_actor(struct store *store, const char *actor)
{
	(void)snprintf(store->actor, sizeof(store->actor), "%s", actor);
}

int64_t
store_generation(const struct store *store)
{
	return store->generation;
}

void
store_set_deadline(struct store *store, int64_t deadline)
{
	store->deadline = deadline;
}

bool
store_is_spent(const struct store *store)
{
	return store->is_spent;
}

const char *
store_damage(const struct store *store)
{
	return store->damage[0] != '\0' ? store->damage : NULL;
}

enum status
store_begin_read(struct store *store)
{
	return store->ops->begin_read(store);
}

void
store_end_read(struct store *store)
{
	store->ops->end_read(store);
}

enum status
store_get_revision(struct store *store, int64_t *revision)
{
	return store->ops->get_revision(store, revision);
}

enum status
store_knows_since(struct store *store, int64_t revision, bool *known)
{
	return store->ops->knows_since(store, revision, known);
}

enum status
store_upsert_event(struct store *store, const struct diun_event *event)
{
	return store->ops->upsert_event(store, event);
}

enum status
store_replay_event(struct store *store, const struct diun_event *event,
    const struct store_replay *replay)
{
	return store->ops->replay_event(store, event, replay);
}

enum status
store_get_updates(struct store *store, store_visit_update *visit, void *arg)
{
	return store->ops->get_updates(store, visit, arg);
}

enum status
store_get_updates_since(struct store *store, int64_t revision,
    store_visit_update *visit, void *arg)
{
	return store->ops->get_updates_since(store, revision, visit, arg);
}

enum status
store_get_removed_since(struct store *store, int64_t revision,
    store_visit_image *visit, void *arg)
{
	return store->ops->get_removed_since(store, revision, visit, arg);
}

enum status
store_acknowledge_host(struct store *store, const char *image,
    const char *hostname)
{
	return store->ops->acknowledge(store, image, hostname);
}

enum status
store_reopen_host(struct store *store, const char *image,
    const char *hostname)
{
	return store->ops->reopen(store, image, hostname);
}

enum status
store_acknowledge_update(struct store *store, const char *image)
{
	return store->ops->acknowledge(store, image, NULL);
}

enum status
store_reopen_update(struct store *store, const char *image)
{
	return store->ops->reopen(store, image, NULL);
}

enum status
store_acknowledge_all(struct store *store, int64_t *count)
{
	return store->ops->acknowledge_all(store, count);
}

enum status
store_acknowledge_by_tag(struct store *store, int64_t tag_id, int64_t *count)
{
	return store->ops->acknowledge_by_tag(store, tag_id, count);
}

enum status
store_remove_update(struct store *store, const char *image,
    const char *hostname)
{
	return store->ops->remove(store, image, hostname);
}

enum status
store_rename_host(struct store *store, const char *from, const char *to,
    int64_t *count)
{
	return store->ops->rename_host(store, from, to, count);
}

enum status
store_get_history(struct store *store, const struct history_filter *filter,
    store_visit_history *visit, void *arg)
{
	return store->ops->get_history(store, filter, visit, arg);
}

enum status
store_prune(struct store *store, const char *cutoff, int64_t limit,
    int64_t *count)
{
	return store->ops->prune(store, cutoff, limit, count);
}

enum status
store_list_tags(struct store *store, store_visit_tag *visit, void *arg)
{
	return store->ops->list_tags(store, visit, arg);
}

enum status
store_create_tag(struct store *store, const char *name, int64_t *id)
{
	return store->ops->create_tag(store, name, id);
}

enum status
store_rename_tag(struct store *store, int64_t id, const char *name)
{
	return store->ops->rename_tag(store, id, name);
}

enum status
store_delete_tag(struct store *store, int64_t id)
{
	return store->ops->delete_tag(store, id);
}

enum status
store_tag_exists(struct store *store, int64_t id, bool *exists)
{
	return store->ops->tag_exists(store, id, exists);
}

enum status
store_tags_changed_since(struct store *store, int64_t revision,
    bool *changed)
{
	return store->ops->tags_changed_since(store, revision, changed);
}

enum status
store_assign_tag(struct store *store, const char *image, int64_t tag_id)
{
	return store->ops->assign_tag(store, image, tag_id);
}

enum status
store_unassign_tag(struct store *store, const char *image)
{
	return store->ops->unassign_tag(store, image);
}

enum status
store_backup(struct store *store, const char *path)
{
	return store->ops->backup(store, path);
}

enum status
store_export(struct store *store, store_visit_row *visit, void *arg)
{
	return store->ops->export(store, visit, arg);
}

enum status
store_import(struct store *store, const char *json)
{
	return store->ops->import(store, json);
}

enum status
store_check(struct store *store, struct store_report *report)
{
	return store->ops->check(store, false, report);
}

enum status
store_check_full(struct store *store, struct store_report *report)
{
	return store->ops->check(store, true, report);
}

enum status
store_migration_state(struct store *store, struct migration_state *state)
{
	return store->ops->migration_state(store, state);
}

enum status
store_migrate_up(struct store *store)
{
	return store->ops->migrate_up(store);
}

enum status
store_migrate_down(struct store *store)
{
	return store->ops->migrate_down(store);
}

enum status
store_migrate_force(struct store *store, int64_t version)
{
	return store->ops->migrate_force(store, version);
}
