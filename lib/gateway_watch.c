/*
 * gateway_watch.c - a connection that does not outlive its time
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "clock.h"
#include "gateway_watch.h"

/* When its time is over, but it is we who keep the peer waiting. */
#define LOOK_AGAIN_MS 250

/*
 * The handler reads all of it at any moment, so each member is written at
 * once and in this order; `base` only while nothing is watched.
 */
static struct {
	timer_t timer;
	int64_t base;			/* clock_ms() at the beginning */
	volatile sig_atomic_t limit;	/* milliseconds after base */
	volatile sig_atomic_t waiting;	/* in a read or write */
	volatile sig_atomic_t cut;
	volatile sig_atomic_t fd;	/* -1: nothing is watched */
	volatile sig_atomic_t armed;	/* the timer runs */
} watch = { .fd = -1 };

static void
arm(int64_t ms)
{
	const struct itimerspec once = {
		.it_value = {
			.tv_sec = (time_t)(ms / 1000),
			.tv_nsec = (long)(ms % 1000) * 1000000,
		},
	};

	(void)timer_settime(watch.timer, 0, &once, NULL);
}

/* Everything called here may be called in a handler: see signal-safety(7). */
static void
look(int signal_number UNUSED)
{
	int saved = errno;
	int64_t left;

	if (watch.fd < 0 || watch.cut) {
		watch.armed = 0;
		return;
	}
	left = watch.base + watch.limit - clock_ms();
	if (left > 0) {
		arm(left);
	} else if (!watch.waiting) {
		arm(LOOK_AGAIN_MS);
	} else {
		watch.cut = 1;
		watch.armed = 0;
		(void)shutdown(watch.fd, SHUT_RDWR);
	}
	errno = saved;
}

bool
gateway_watch_open(void)
{
	struct sigaction action = {
		.sa_handler = look, .sa_flags = SA_RESTART,
	};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = GATEWAY_WATCH_SIGNAL,
	};
	sigset_t ours;

	watch.fd = -1;
	watch.armed = 0;
	(void)sigfillset(&action.sa_mask);
	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, GATEWAY_WATCH_SIGNAL);
	return timer_create(CLOCK_MONOTONIC, &event, &watch.timer) == 0 &&
	    sigaction(GATEWAY_WATCH_SIGNAL, &action, NULL) == 0 &&
	    sigprocmask(SIG_UNBLOCK, &ours, NULL) == 0;
}

void
gateway_watch_close(void)
{
	watch.fd = -1;
	(void)timer_delete(watch.timer);
}

void
gateway_watch_begin(int fd, int limit_ms)
{
	watch.base = clock_ms();
	watch.limit = limit_ms;
	watch.waiting = 0;
	watch.cut = 0;
	watch.fd = fd;
	/* Only now: a tick before this line found nothing and ended it. */
	if (!watch.armed) {
		watch.armed = 1;
		arm(limit_ms);
	}
}

void
gateway_watch_peer(bool waiting)
{
	watch.waiting = waiting;
}

void
gateway_watch_allow(int ms)
{
	int64_t limit = clock_ms() - watch.base + ms;

	if (limit > watch.limit)
		watch.limit = (sig_atomic_t)limit;
}

bool
gateway_watch_has_cut(void)
{
	return watch.cut != 0;
}

void
gateway_watch_end(void)
{
	watch.fd = -1;
}
