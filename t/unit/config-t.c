/*
 * config-t.c - tests of config.h
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "unit.h"

#include "config.h"
#include "scratch.h"

/* An environment of one variable, or of two. */
static const char *set_name, *also_name;
static char set_value[PATH_MAX + 100], also_value[100];

static char *
get(const char *name)
{
	if (set_name != NULL && strcmp(name, set_name) == 0)
		return set_value;
	return also_name != NULL && strcmp(name, also_name) == 0 ? also_value
	    : NULL;
}

static void
set(const char *name, const char *value)
{
	also_name = NULL;
	set_name = name;
	(void)snprintf(set_value, sizeof(set_value), "%s", value);
}

static void
also_set(const char *name, const char *value)
{
	also_name = name;
	(void)snprintf(also_value, sizeof(also_value), "%s", value);
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
	assert_null(config.webhook_secret_previous);
	assert_null(config.webhook_secret_file);
	assert_null(config.spool_path);
	assert_null(config.base_path);
	/* No file is named: nothing to read. */
	assert_int_equal(config_read_secret(&config, why), STATUS_OK);
	assert_null(config.webhook_secret);
	assert_int_equal(config.body_limit, 1048576);
	assert_int_equal(config.busy_timeout_ms, 4000);
	assert_int_equal(config.io_timeout_ms, 5000);
	assert_int_equal(config.log_level, LOG_LEVEL_INFO);
	assert_int_equal(config.log_target, LOG_TARGET_STDERR);
	config_release(&config);
	assert_null(config.db_path);
}

static const char *const names[] = {
	"DB_PATH", "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE",
	"WEBHOOK_SECRET_PREVIOUS", "DATABASE_URL", "DIUNDASH_BASE_PATH",
	"DIUNDASH_BODY_LIMIT", "DIUNDASH_BUSY_TIMEOUT",
	"DIUNDASH_IO_TIMEOUT", "DIUNDASH_LOG", "DIUNDASH_LOG_LEVEL",
	"DIUNDASH_REOPEN", "DIUNDASH_SPOOL",
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
		{ "WEBHOOK_SECRET_PREVIOUS", " secret" },
		{ "WEBHOOK_SECRET_PREVIOUS", "topsecret" },
		{ "WEBHOOK_SECRET_FILE", "secret" },
		{ "WEBHOOK_SECRET_FILE", "./secret" },
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
		{ "DIUNDASH_SPOOL", "spool" },
		{ "DIUNDASH_SPOOL", "file:///spool" },
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
	path[PATH_MAX - 128] = '\0';
	set("DB_PATH", path);
	assert_int_equal(config_load(&config, get, why), STATUS_INVALID);
	set("DIUNDASH_SPOOL", path);
	assert_int_equal(config_load(&config, get, why), STATUS_INVALID);
	path[PATH_MAX - 129] = '\0';
	set("DIUNDASH_SPOOL", path);
	assert_int_equal(config_load(&config, get, why), STATUS_OK);
	assert_string_equal(config.spool_path, path);
	config_release(&config);
	set("DB_PATH", path);
	assert_int_equal(config_load(&config, get, why), STATUS_OK);
	assert_string_equal(config.db_path, path);
	config_release(&config);
	/* Behind the present folder it is longer. */
	set("DB_PATH", path + 1);
	assert_int_equal(config_load(&config, get, why), STATUS_INVALID);
	assert_string_equal(why, "DB_PATH is too long");
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

	LOAD("WEBHOOK_SECRET_FILE", "/run/secrets/webhook");
	assert_string_equal(config.webhook_secret_file,
	    "/run/secrets/webhook");
	assert_null(config.webhook_secret);
	config_release(&config);

	LOAD("DIUNDASH_SPOOL", "/srv/spool");
	assert_string_equal(config.spool_path, "/srv/spool");
	config_release(&config);
	LOAD("DIUNDASH_SPOOL", "/srv/spool///");
	assert_string_equal(config.spool_path, "/srv/spool");
	config_release(&config);
	LOAD("DIUNDASH_SPOOL", "/");
	assert_string_equal(config.spool_path, "/");
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
two_secrets_come_together_only_where_that_makes_sense(void **state UNUSED)
{
	static const struct {
		const char *name, *also;
		bool good;
	} rows[] = {
		{ "WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", true },
		{ "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE", false },
		{ "WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_SECRET_FILE", false },
	};
	struct config config;
	char why[CONFIG_WHY_MAX];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		set(rows[i].name, "topsecret");
		also_set(rows[i].also, "/topsecret");
		check_row(rows[i].also, (config_load(&config, get, why) ==
		    STATUS_OK) == rows[i].good);
		if (rows[i].good) {
			assert_string_equal(config.webhook_secret,
			    "topsecret");
			assert_string_equal(config.webhook_secret_previous,
			    "/topsecret");
			config_release(&config);
			continue;
		}
		check_row(rows[i].also, strstr(why, rows[i].name) != NULL);
		check_row(rows[i].also, strstr(why, rows[i].also) != NULL);
		check_row(rows[i].also, strstr(why, "topsecret") == NULL);
	}
}

/* Make the file with this text and mode. */
static void
write_file(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static enum status
read_secret(struct config *config, const char *path,
    char why[CONFIG_WHY_MAX])
{
	enum status status;

	set("WEBHOOK_SECRET_FILE", path);
	assert_int_equal(config_load(config, get, why), STATUS_OK);
	status = config_read_secret(config, why);
	if (status != STATUS_OK) {
		assert_non_null(strstr(why, "WEBHOOK_SECRET_FILE"));
		assert_null(strchr(why, '\n'));
		assert_null(strstr(why, "topsecret"));
	}
	return status;
}

static void
the_file_has_the_secret_and_perhaps_the_previous_one(void **state UNUSED)
{
	static const struct {
		const char *text, *secret, *previous;
	} rows[] = {
		{ "one", "one", NULL },
		{ "one\n", "one", NULL },
		{ "one\r\n", "one", NULL },
		{ "one\n\n", "one", NULL },
		{ "one\ntwo", "one", "two" },
		{ "one\ntwo\n", "one", "two" },
		{ "one\r\ntwo\r\n", "one", "two" },
		{ "with space\n#no comment\n", "with space",
		  "#no comment" },
		/* Wrong ones. */
		{ "", NULL, NULL },
		{ "\n", NULL, NULL },
		{ "\r\n", NULL, NULL },
		{ "\ntopsecret\n", NULL, NULL },
		{ "topsecret\n\ntopsecret\n", NULL, NULL },
		{ "topsecret\ntopsecret\ntopsecret\n", NULL, NULL },
		{ " topsecret\n", NULL, NULL },
		{ "topsecret \n", NULL, NULL },
		{ "topsecret\nx\ttopsecret\n", NULL, NULL },
		{ "topsecret\rtopsecret\n", NULL, NULL },
	};
	const char *path = scratch_path("secret");
	char why[CONFIG_WHY_MAX];
	struct config config;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		write_file(path, rows[i].text, strlen(rows[i].text), 0600);
		check_row(rows[i].text, (read_secret(&config, path, why) ==
		    STATUS_OK) == (rows[i].secret != NULL));
		if (rows[i].secret != NULL)
			check_row_text(rows[i].text, config.webhook_secret,
			    rows[i].secret);
		if (rows[i].previous != NULL)
			check_row_text(rows[i].text,
			    config.webhook_secret_previous, rows[i].previous);
		else if (rows[i].secret != NULL)
			check_row(rows[i].text,
			    config.webhook_secret_previous == NULL);
		config_release(&config);
	}
}

static void
what_is_no_text_of_two_lines_is_no_secret(void **state UNUSED)
{
	const char *path = scratch_path("secret");
	static char large[20000];
	char why[CONFIG_WHY_MAX];
	struct config config;

	memset(large, 's', sizeof(large));
	write_file(path, large, sizeof(large), 0600);
	assert_int_equal(read_secret(&config, path, why), STATUS_INVALID);
	config_release(&config);
	write_file(path, large, 4000, 0600);
	assert_int_equal(read_secret(&config, path, why), STATUS_OK);
	assert_int_equal(strlen(config.webhook_secret), 4000);
	config_release(&config);
	write_file(path, "topsecret\0x", 11, 0600);
	assert_int_equal(read_secret(&config, path, why), STATUS_INVALID);
	config_release(&config);
}

static void
what_cannot_be_read_is_refused_and_does_not_wait(void **state UNUSED)
{
	const char *path = scratch_path("secret"), *link;
	char why[CONFIG_WHY_MAX];
	struct config config;

	assert_int_equal(read_secret(&config, scratch_path("none"), why),
	    STATUS_INVALID);
	assert_non_null(strstr(why, "No such file"));
	config_release(&config);
	assert_int_equal(read_secret(&config, scratch, why), STATUS_INVALID);
	config_release(&config);
	assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
	assert_int_equal(read_secret(&config, scratch_path("pipe"), why),
	    STATUS_INVALID);
	config_release(&config);
	/* A link is what containers and systemd put there. */
	write_file(path, "one\n", 4, 0600);
	link = scratch_path("link");
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(read_secret(&config, link, why), STATUS_OK);
	assert_string_equal(config.webhook_secret, "one");
	config_release(&config);
}

/* 0: refused as it should be. */
static int
read_without_permission(void)
{
	char why[CONFIG_WHY_MAX];
	struct config config;

	if (!become_nobody())
		return 1;
	set("WEBHOOK_SECRET_FILE", scratch_path("secret"));
	if (config_load(&config, get, why) != STATUS_OK)
		return 2;
	if (config_read_secret(&config, why) != STATUS_INVALID)
		return 3;
	return strstr(why, "Permission denied") != NULL ? 0 : 4;
}

static void
a_file_that_is_not_for_us_is_refused(void **state UNUSED)
{
	write_file(scratch_path("secret"), "topsecret\n", 10, 0000);
	assert_int_equal(chmod(scratch, 0711), 0);
	assert_int_equal(in_child(read_without_permission), 0);
}

/* What reading the secret writes to descriptor 2. */
static size_t
log_of_reading(const char *path, char *text, size_t size)
{
	int old = dup(STDERR_FILENO), ends[2];
	char why[CONFIG_WHY_MAX];
	struct config config;
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	assert_int_equal(read_secret(&config, path, why), STATUS_OK);
	config_release(&config);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	(void)close(old);
	(void)close(ends[1]);
	n = read(ends[0], text, size - 1);
	(void)close(ends[0]);
	text[n < 0 ? 0 : n] = '\0';
	return strlen(text);
}

static void
only_a_file_that_everybody_can_read_is_worth_a_warning(void **state UNUSED)
{
	static const struct {
		mode_t mode;
		bool warned;
	} rows[] = {
		{ 0600, false }, { 0640, false }, { 0440, false },
		{ 0644, true }, { 0444, true },
	};
	const char *path = scratch_path("secret");
	char text[1024];
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		write_file(path, "topsecret\n", 10, rows[i].mode);
		assert_int_equal(log_of_reading(path, text, sizeof(text)) > 0,
		    rows[i].warned);
		if (rows[i].warned)
			assert_non_null(strstr(text, path));
		assert_null(strstr(text, "topsecret"));
		assert_int_equal(unlink(path), 0);
	}
}

static int
set_up(void **state UNUSED)
{
	return scratch_make();
}

static int
clean_up(void **state UNUSED)
{
	return scratch_remove();
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

#define FILES(test) cmocka_unit_test_setup_teardown(test, set_up, clean_up)

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
		cmocka_unit_test(
		    two_secrets_come_together_only_where_that_makes_sense),
		FILES(the_file_has_the_secret_and_perhaps_the_previous_one),
		FILES(what_is_no_text_of_two_lines_is_no_secret),
		FILES(what_cannot_be_read_is_refused_and_does_not_wait),
		FILES(a_file_that_is_not_for_us_is_refused),
		FILES(only_a_file_that_everybody_can_read_is_worth_a_warning),
		cmocka_unit_test(an_option_is_checked_as_the_environment_is),
		cmocka_unit_test(help_has_a_line_for_each_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
