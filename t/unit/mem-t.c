/*
 * mem-t.c - tests of mem.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "log.h"
#include "mem.h"
#include "scratch.h"

static int
setup(void **state UNUSED)
{
	return scratch_make();
}

static int
teardown(void **state UNUSED)
{
	return scratch_remove();
}

static void
nothing_is_also_memory(void **state UNUSED)
{
	char *bytes = mem_alloc(0), *zeros = mem_zalloc(0);

	assert_non_null(bytes);
	assert_non_null(zeros);
	bytes = mem_resize(bytes, 0, 8);
	assert_non_null(bytes);
	free(bytes);
	free(zeros);
}

/* A web server that is never handed what is in its buffer. */
static void
lose_line(void *arg UNUSED, const char *line UNUSED, size_t len UNUSED)
{
}

/* More than there can be, which a compiler must not know. */
static volatile size_t too_much = SIZE_MAX / 2;

static void *
resize_overflowing(void)
{
	return mem_resize(NULL, SIZE_MAX, 2);
}

static void *
resize_too_large(void)
{
	return mem_resize(NULL, too_much, 1);
}

static void *
alloc_too_large(void)
{
	return mem_alloc(too_much);
}

static void *
zalloc_too_large(void)
{
	return mem_zalloc(too_much);
}

static void *(*const wants[])(void) = {
	resize_overflowing, resize_too_large, alloc_too_large,
	zalloc_too_large,
};
static size_t wanted;	/* index in wants */

static int
want_too_much(void)
{
	int log = open(scratch_path("log"), O_WRONLY | O_CREAT | O_TRUNC,
	    0600);

	(void)dup2(log, STDERR_FILENO);
	(void)signal(SIGABRT, count_and_abort);
	log_open("unit", LOG_TARGET_SERVER, LOG_LEVEL_ERROR);
	log_set_sink(lose_line, NULL);
	free(wants[wanted]());
	return 0;
}

static void
without_memory_the_process_aborts_and_says_why_on_stderr(void **state UNUSED)
{
	const char *sanitized = getenv("DIUNDASH_SANITIZED");
	size_t count = COUNT_OF(wants);
	char line[256] = "";
	FILE *log;

	/* A sanitizer ends the process by itself where the rest is asked. */
	if (sanitized != NULL && strcmp(sanitized, "1") == 0)
		count = 1;
	for (wanted = 0; wanted < count; wanted++) {
		assert_int_equal(in_child(want_too_much), 128 + SIGABRT);
		log = fopen(scratch_path("log"), "re");
		assert_non_null(log);
		assert_non_null(fgets(line, sizeof(line), log));
		assert_non_null(strstr(line, "error: out of memory: "));
		assert_null(fgets(line, sizeof(line), log));
		assert_int_equal(fclose(log), 0);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_also_memory),
		TEST(without_memory_the_process_aborts_and_says_why_on_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
