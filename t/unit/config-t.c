/*
 * config-t.c - tests of config.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include <limits.h>
#include <unistd.h>

#include "config.h"

/* An environment of one variable. */
static const char *set_name;
static char set_value[PATH_MAX + 100];

static char *
get(const char *name)
{
	return set_name != NULL && strcmp(name, set_name) == 0 ? set_value
	    : NULL;
}

static void
set(const char *name, const char *value)
{
	set_name = name;
	(void)snprintf(set_value, sizeof(set_value), "%s", value);
}

static void
an_empty_environment_gives_the_documented_defaults(void **state UNUSED)
{
	struct config config;
	char why[CONFIG_WHY_MAX];

	set(NULL, "");
	assert_int_equal(config_load(&config, get, why), STATUS_OK);
	assert_int_equal(config.db_path[0], '/');
	assert_non_null(strstr(config.db_path,
	    "/lib/diundash/diundash.db"));
	assert_null(config.webhook_secret);
	assert_null(config.base_path);
	assert_int_equal(config.body_limit, 1048576);
	assert_int_equal(config.busy_timeout_ms, 4000);
	assert_int_equal(config.io_timeout_ms, 5000);
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	assert_int_equal(config.log_target, LOG_TARGET_STDERR);
	config_release(&config);
	assert_null(config.db_path);
}

static const char *const names[] = {
	"DB_PATH", "WEBHOOK_SECRET", "DATABASE_URL", "DIUNDASH_BASE_PATH",
	"DIUNDASH_BODY_LIMIT", "DIUNDASH_BUSY_TIMEOUT",
	"DIUNDASH_IO_TIMEOUT", "DIUNDASH_LOG", "DIUNDASH_LOG_LEVEL",
	"DIUNDASH_REOPEN",
};

static void
a_variable_set_to_nothing_counts_as_not_set(void **state UNUSED)
{
	struct config config;
	char why[CONFIG_WHY_MAX];
	size_t i;

	for (i = 0; i < COUNT_OF(names); i++) {
		set(names[i], "");
		check_row(names[i],
		    config_load(&config, get, why) == STATUS_OK);
		check_row(names[i], config.webhook_secret == NULL &&
		    config.body_limit == 1048576);
		config_release(&config);
	}
}

static void
a_value_that_cannot_be_right_is_refused_by_name(void **state UNUSED)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "DB_PATH", "file:diundash.db" },
		{ "DB_PATH", "file:///var/lib/diundash.db" },
		{ "DB_PATH", ":memory:" },
		{ "DB_PATH", "/var/lib/diundash/" },
		{ "DB_PATH", "folder/" },
		{ "DB_PATH", "/" },
		{ "WEBHOOK_SECRET", " secret" },
		{ "WEBHOOK_SECRET", "secret " },
		{ "WEBHOOK_SECRET", " " },
		{ "WEBHOOK_SECRET", "sec\nret" },
		{ "WEBHOOK_SECRET", "sec\x7fret" },
		{ "WEBHOOK_SECRET", "secret\n" },
		{ "DATABASE_URL", "postgres://user:topsecret@host/db" },
		{ "DATABASE_URL", "mysql:x" },
		{ "DIUNDASH_BASE_PATH", "sub" },
		{ "DIUNDASH_BASE_PATH", "/sub/" },
		{ "DIUNDASH_BASE_PATH", "//sub" },
		{ "DIUNDASH_BASE_PATH", "/a//b" },
		{ "DIUNDASH_BASE_PATH", "/a?b" },
		{ "DIUNDASH_BASE_PATH", "/a#b" },
		{ "DIUNDASH_BASE_PATH", "/a%20b" },
		{ "DIUNDASH_BASE_PATH", "/a\tb" },
		{ "DIUNDASH_BODY_LIMIT", "1023" },
		{ "DIUNDASH_BODY_LIMIT", "67108865" },
		{ "DIUNDASH_BODY_LIMIT", "0" },
		{ "DIUNDASH_BODY_LIMIT", "-2000" },
		{ "DIUNDASH_BODY_LIMIT", "1M" },
		{ "DIUNDASH_BODY_LIMIT", "2000.5" },
		{ "DIUNDASH_BODY_LIMIT", " 2000" },
		{ "DIUNDASH_BODY_LIMIT", "99999999999999999999999999" },
		{ "DIUNDASH_BUSY_TIMEOUT", "0" },
		{ "DIUNDASH_BUSY_TIMEOUT", "60001" },
		{ "DIUNDASH_BUSY_TIMEOUT", "4s" },
		{ "DIUNDASH_BUSY_TIMEOUT", "-1" },
		{ "DIUNDASH_IO_TIMEOUT", "0" },
		{ "DIUNDASH_IO_TIMEOUT", "60001" },
		{ "DIUNDASH_IO_TIMEOUT", "x" },
		{ "DIUNDASH_LOG", "file" },
		{ "DIUNDASH_LOG", "STDERR" },
		{ "DIUNDASH_LOG", "stderr " },
		{ "DIUNDASH_LOG_LEVEL", "warning" },
		{ "DIUNDASH_LOG_LEVEL", "Info" },
		{ "DIUNDASH_LOG_LEVEL", "3" },
		{ "DIUNDASH_REOPEN", "never" },
		{ "DIUNDASH_REOPEN", "Digest" },
	};
	struct config config;
	char why[CONFIG_WHY_MAX];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		set(rows[i].name, rows[i].value);
		why[0] = '\0';
		check_row(rows[i].value,
		    config_load(&config, get, why) == STATUS_INVALID);
		check_row(rows[i].value, strstr(why, rows[i].name) == why);
		check_row(rows[i].value, strchr(why, '\n') == NULL);
		check_row(rows[i].value, strstr(why, "topsecret") == NULL);
		check_row(rows[i].value, config.db_path == NULL);
	}
}

static void
the_longest_path_is_refused_and_a_long_one_taken(void **state UNUSED)
{
	char path[PATH_MAX + 1], why[CONFIG_WHY_MAX];
	struct config config;

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[PATH_MAX] = '\0';
	set("DB_PATH", path);
	assert_int_equal(config_load(&config, get, why), STATUS_INVALID);
	path[PATH_MAX - 17] = '\0';
	set("DB_PATH", path);
	assert_int_equal(config_load(&config, get, why), STATUS_OK);
	assert_string_equal(config.db_path, path);
	config_release(&config);
}

static void
each_variable_reaches_its_member(void **state UNUSED)
{
	struct config config;
	char why[CONFIG_WHY_MAX], cwd[PATH_MAX], path[PATH_MAX + 16];

#define LOAD(name, value)						\
	do {								\
		set(name, value);					\
		assert_int_equal(config_load(&config, get, why),	\
		    STATUS_OK);						\
	} while (0)

	LOAD("DB_PATH", "/srv/d.db");
	assert_string_equal(config.db_path, "/srv/d.db");
	config_release(&config);

	LOAD("DB_PATH", "here.db");
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	(void)snprintf(path, sizeof(path), "%s/here.db", cwd);
	assert_string_equal(config.db_path, path);
	config_release(&config);

	LOAD("WEBHOOK_SECRET", "with space inside");
	assert_string_equal(config.webhook_secret, "with space inside");
	config_release(&config);

	LOAD("DIUNDASH_BASE_PATH", "/a/b");
	assert_string_equal(config.base_path, "/a/b");
	config_release(&config);

	LOAD("DIUNDASH_BASE_PATH", "/");
	assert_string_equal(config.base_path, "");
	config_release(&config);

	LOAD("DIUNDASH_BODY_LIMIT", "1024");
	assert_int_equal(config.body_limit, 1024);
	config_release(&config);

	LOAD("DIUNDASH_BODY_LIMIT", "67108864");
	assert_int_equal(config.body_limit, 67108864);
	config_release(&config);

	LOAD("DIUNDASH_BUSY_TIMEOUT", "1");
	assert_int_equal(config.busy_timeout_ms, 1);
	assert_int_equal(config.io_timeout_ms, 5000);
	config_release(&config);

	LOAD("DIUNDASH_IO_TIMEOUT", "60000");
	assert_int_equal(config.io_timeout_ms, 60000);
	assert_int_equal(config.busy_timeout_ms, 4000);
	config_release(&config);

	LOAD("DIUNDASH_LOG", "syslog");
	assert_int_equal(config.log_target, LOG_TARGET_SYSLOG);
	config_release(&config);
	LOAD("DIUNDASH_LOG", "server");
	assert_int_equal(config.log_target, LOG_TARGET_SERVER);
	config_release(&config);
	LOAD("DIUNDASH_LOG", "stderr");
	assert_int_equal(config.log_target, LOG_TARGET_STDERR);
	config_release(&config);

	LOAD("DIUNDASH_REOPEN", "digest");
	assert_true(config.reopen_digest);
	config_release(&config);
	LOAD("DIUNDASH_REOPEN", "always");
	assert_false(config.reopen_digest);
	config_release(&config);

	LOAD("DIUNDASH_LOG_LEVEL", "error");
	assert_int_equal(config.log_level, LOG_LEVEL_ERROR);
	config_release(&config);
	LOAD("DIUNDASH_LOG_LEVEL", "warn");
	assert_int_equal(config.log_level, LOG_LEVEL_WARN);
	config_release(&config);
	LOAD("DIUNDASH_LOG_LEVEL", "debug");
	assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
	config_release(&config);
}

static void
an_option_is_checked_as_the_environment_is(void **state UNUSED)
{
	struct config config;
	char why[CONFIG_WHY_MAX];

	set(NULL, "");
	assert_int_equal(config_load(&config, get, why), STATUS_OK);
	assert_int_equal(config_set(&config, "DB_PATH", "/tmp/x.db", why),
	    STATUS_OK);
	assert_string_equal(config.db_path, "/tmp/x.db");
	assert_int_equal(config_set(&config, "DB_PATH", "/tmp/y.db", why),
	    STATUS_OK);
	assert_string_equal(config.db_path, "/tmp/y.db");
	assert_int_equal(config_set(&config, "DB_PATH", "", why),
	    STATUS_INVALID);
	assert_non_null(strstr(why, "DB_PATH"));
	assert_int_equal(config_set(&config, "DB_PATH", "dir/", why),
	    STATUS_INVALID);
	assert_string_equal(config.db_path, "/tmp/y.db");
	assert_int_equal(config_set(&config, "NO_SUCH", "x", why),
	    STATUS_INVALID);
	assert_non_null(strstr(why, "NO_SUCH"));
	config_release(&config);
}

static void
help_has_a_line_for_each_variable(void **state UNUSED)
{
	char *text = NULL, word[64];
	size_t size = 0, i, lines = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	config_print_help(out);
	assert_int_equal(fclose(out), 0);
	for (i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(word, sizeof(word), "  %s ", names[i]);
		check_row(names[i], strstr(text, word) != NULL);
	}
	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, COUNT_OF(names));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_empty_environment_gives_the_documented_defaults),
		cmocka_unit_test(a_variable_set_to_nothing_counts_as_not_set),
		cmocka_unit_test(
		    a_value_that_cannot_be_right_is_refused_by_name),
		cmocka_unit_test(
		    the_longest_path_is_refused_and_a_long_one_taken),
		cmocka_unit_test(each_variable_reaches_its_member),
		cmocka_unit_test(an_option_is_checked_as_the_environment_is),
		cmocka_unit_test(help_has_a_line_for_each_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
