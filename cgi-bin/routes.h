/*
 * routes.h - the table of everything the worker answers, and the handlers
 *
 * A handler is documented beside its resource; the table is the overview.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef ROUTES_H
#define ROUTES_H

#include "router.h"

extern const struct route routes[];
extern const size_t routes_count;

/* webhook.c */
enum status webhook_receive(struct exchange *exchange);
enum status webhook_receive_other(struct exchange *exchange);

/* updates.c */
enum status updates_list(struct exchange *exchange);
enum status updates_change(struct exchange *exchange);
enum status updates_acknowledge_all(struct exchange *exchange);
enum status updates_acknowledge_by_tag(struct exchange *exchange);

/* tags.c */
enum status tags_list(struct exchange *exchange);
enum status tags_create(struct exchange *exchange);
enum status tags_rename(struct exchange *exchange);
enum status tags_delete(struct exchange *exchange);

/* tag_assignments.c */
enum status tag_assignments_put(struct exchange *exchange);
enum status tag_assignments_delete(struct exchange *exchange);

/* health.c */
enum status health_show(struct exchange *exchange);

#endif
