/*
 * gateway_watch.h - a connection that does not outlive its time
 *
 * The read or write that a peer keeps waiting is inside libfcgi, which takes
 * one that was interrupted or has timed out for the end of the data. So the
 * connection is never given a timeout, and no signal interrupts it: a timer
 * looks now and then, by a signal after which the kernel goes on with the
 * read or write, and shuts the connection down when its time is over. From
 * then on each read and write returns at once.
 *
 * The timer runs while a connection is watched, and is not set anew for each:
 * it costs a busy worker one signal for as many requests as it serves in the
 * time that one may take, and an idle worker nothing. One connection in a
 * process is watched at a time.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef GATEWAY_WATCH_H
#define GATEWAY_WATCH_H

#include "compat.h"

/*
 * Prepare: install the handler of the signal GATEWAY_WATCH_SIGNAL, unblock
 * it, and make the timer. False, with errno set, when the system refuses.
 */
bool gateway_watch_open(void) MUST_USE;
void gateway_watch_close(void);

/* SIGALRM is taken: by the wait for the writers' lock. */
#define GATEWAY_WATCH_SIGNAL SIGRTMIN

/* Watch the connection `fd`, whose time is over in limit_ms. */
void gateway_watch_begin(int fd, int limit_ms);

/*
 * Only what the peer keeps waiting is cut: say so before each read and write,
 * and after it.
 */
void gateway_watch_peer(bool waiting);

/* Give it at least ms from now. */
void gateway_watch_allow(int ms);

/* Was the connection cut? */
bool gateway_watch_has_cut(void);

/* It is closed, or about to be used by nobody: stop watching. */
void gateway_watch_end(void);

#endif
