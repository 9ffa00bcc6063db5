/*
 * refusal.h - a malloc(3) that refuses on demand, for the whole process
 *
 * malloc, calloc and realloc of this program stand before those of the C
 * library, so that what SQLite, json-c, libfcgi and the C library itself ask
 * for comes here, too. A child that inherits this is refused what its parent
 * has chosen, and both see what came of it.
 *
 * A sanitizer has a malloc of its own, and other C libraries have other names
 * for what lies beneath: there, REFUSAL_IS_MISSING.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>

#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
#define REFUSAL_IS_MISSING
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REFUSAL_IS_MISSING
#endif
#endif

/* Of so many it is known whose they are. */
#define REFUSAL_NOTES 10000

/* What parent and child both see. */
struct refusal_seen {
	long allocations;	/* while they were counted */
	long refused;		/* how many of them */
	bool is_over;		/* there is memory again */
	bool is_foreign[REFUSAL_NOTES];	/* each: asked for by the library */
};

static struct refusal_seen *refusal_seen;

static struct {
	bool is_on;		/* this process is counted */
	bool is_lasting;	/* all that follow are refused, too */
	long at;		/* the number of the first, from 1; 0: none */
	const void *library;	/* whose allocations are noted then */
} refusal;

/* `symbol` is anything of the library whose allocations are to be noted. */
static int UNUSED
refusal_init(const void *symbol)
{
	Dl_info info;

	refusal_seen = mmap(NULL, sizeof(*refusal_seen),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (refusal_seen == MAP_FAILED || dladdr(symbol, &info) == 0)
		return -1;
	refusal.library = info.dli_fbase;
	return 0;
}

/* What the next child is refused, once it sets refusal.is_on. */
static void UNUSED
refusal_plan(long at, bool is_lasting)
{
	(void)memset(refusal_seen, 0, sizeof(*refusal_seen));
	refusal.at = at;
	refusal.is_lasting = is_lasting;
}

#ifndef REFUSAL_IS_MISSING
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool
refusal_decide(const void *caller)
{
	Dl_info info;
	long number;

	if (!refusal.is_on || refusal_seen->is_over)
		return false;
	number = ++refusal_seen->allocations;
	if (refusal.at == 0) {
		if (number < REFUSAL_NOTES)
			refusal_seen->is_foreign[number] =
			    dladdr(caller, &info) != 0 &&
			    info.dli_fbase == refusal.library;
		return false;
	}
	if (number < refusal.at ||
	    (number > refusal.at && !refusal.is_lasting))
		return false;
	refusal_seen->refused++;
	errno = ENOMEM;
	return true;
}

#define REFUSED() refusal_decide(__builtin_return_address(0))

void *
malloc(size_t size)
{
	return REFUSED() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return REFUSED() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return REFUSED() ? NULL : __libc_realloc(old, size);
}
#endif

#endif
