/*
 * fuzz_thread.h - code that waits for requests, in a thread of its own
 *
 * A worker asks for its next request, a fuzzer hands one over: each wants to
 * be the one that calls. So the worker gets a thread.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef FUZZ_THREAD_H
#define FUZZ_THREAD_H

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "fuzz.h"

static UNUSED void
fuzz_wait(sem_t *semaphore)
{
	while (sem_wait(semaphore) != 0)
		must(errno == EINTR);
}

/* libFuzzer's alarm is for its own thread. */
static UNUSED void
fuzz_leave_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	/* A fault of our own must still be noticed. */
	(void)sigdelset(&all, SIGSEGV);
	(void)sigdelset(&all, SIGBUS);
	(void)sigdelset(&all, SIGFPE);
	(void)sigdelset(&all, SIGILL);
	(void)sigdelset(&all, SIGABRT);
	/* And that of gateway_watch.h. */
	(void)sigdelset(&all, SIGRTMIN);
	must(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
}

static UNUSED void
fuzz_start(void *(*run)(void *), void *arg)
{
	sigset_t theirs;
	pthread_t thread;

	(void)sigemptyset(&theirs);
	(void)sigaddset(&theirs, SIGRTMIN);
	must(pthread_sigmask(SIG_BLOCK, &theirs, NULL) == 0);
	must(pthread_create(&thread, NULL, run, arg) == 0);
	must(pthread_detach(thread) == 0);
}

#endif
