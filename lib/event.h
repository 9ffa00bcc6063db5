/*
 * event.h - a Diun webhook body becomes a struct diun_event
 *
 * Required: a JSON object with a non-empty string `image`. Everything else
 * may be absent or null and is then "" (`created`: CREATED_UNKNOWN). Unknown
 * members and unknown values of `status` are no error: Diun's bodies have
 * grown over the years and will again. A member we know that has another
 * type is an error that names it. What metadata holds beyond that is kept.
 *
 * Two things are told from the event itself. `diun notif test` sends a fixed
 * digest and, since 4.4.1, a fixed image. And a reference that is pinned to
 * the very digest that the event reports means that the host runs it.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef EVENT_H
#define EVENT_H

#include "arena.h"
#include "model.h"
#include "status.h"

/*
 * STATUS_OK: *event is filled, its text in the arena. STATUS_INVALID: *why
 * is one line for the person who set Diun up. U+0000 inside a value becomes
 * U+FFFD; inside `image` it is an error. UNAVAILABLE: too little memory; so is
 * *why, and it is logged.
 */
enum status event_parse(struct arena *arena, const char *data, size_t len,
    struct diun_event *event, const char **why) MUST_USE;

#endif
