/*
 * config.c - what the environment says, checked
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "mem.h"
#include "number.h"
#include "utf8.h"

#define KIB INT64_C(1024)
#define MIB (KIB * 1024)

/* Two secrets and their newlines: no HTTP header is longer. */
#define SECRET_FILE_MAX 8192

/*
 * A parser puts a non-empty value into *config, or says in one line what is
 * wrong with it and returns false.
 */
struct variable {
	const char *name;
	bool (*parse)(struct config *config, const char *value,
	    char why[CONFIG_WHY_MAX]);
	const char *help;
};

static bool PRINTF_LIKE(2, 3)
wrong(char why[CONFIG_WHY_MAX], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, CONFIG_WHY_MAX, fmt, args);
	va_end(args);
	return false;
}

static void
replace(char **to, char *value)
{
	free(*to);
	*to = value;
}

/* For more, names of files beside the database and in the spool. */
#define PATH_LIMIT (PATH_MAX - 128)

static bool
parse_db_path(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	char cwd[PATH_MAX], *path;
	size_t cwd_len, len = strlen(value);

	if (strncmp(value, "file:", 5) == 0 || value[0] == ':')
		return wrong(why, "DB_PATH must be the path of a file, not a "
		    "URI");
	if (value[len - 1] == '/')
		return wrong(why, "DB_PATH names a folder: add the file's "
		    "name, such as diundash.db");
	if (len >= PATH_LIMIT)
		return wrong(why, "DB_PATH is too long");
	if (value[0] == '/') {
		replace(&config->db_path, mem_strdup(value));
		return true;
	}
	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return wrong(why, "DB_PATH is relative and the current "
		    "folder is unknown: use an absolute path");
	cwd_len = strlen(cwd);
	if (cwd_len + 1 + len >= PATH_LIMIT)
		return wrong(why, "DB_PATH is too long");
	path = mem_alloc(cwd_len + 1 + len + 1);
	(void)memcpy(path, cwd, cwd_len);
	path[cwd_len] = '/';
	(void)memcpy(path + cwd_len + 1, value, len + 1);
	replace(&config->db_path, path);
	return true;
}

/* Put `value`, not empty, into *to, if a header can carry it. */
static bool
take_secret(const char *name, const char *value, char **to,
    char why[CONFIG_WHY_MAX])
{
	if (utf8_has_control(value) || value[0] == ' ' ||
	    value[strlen(value) - 1] == ' ')
		return wrong(why, "%s must not begin or end with a space or "
		    "hold control characters: no HTTP header can carry it",
		    name);
	replace(to, mem_strdup(value));
	return true;
}

static bool
parse_secret(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	return take_secret("WEBHOOK_SECRET", value, &config->webhook_secret,
	    why);
}

static bool
parse_previous_secret(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	return take_secret("WEBHOOK_SECRET_PREVIOUS", value,
	    &config->webhook_secret_previous, why);
}

static bool
parse_secret_file(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	if (value[0] != '/')
		return wrong(why, "WEBHOOK_SECRET_FILE must be an absolute "
		    "path");
	replace(&config->webhook_secret_file, mem_strdup(value));
	return true;
}

static bool
parse_spool(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	size_t len = strlen(value);

	if (value[0] != '/' || len >= PATH_LIMIT)
		return wrong(why, "DIUNDASH_SPOOL must be the absolute path "
		    "of a folder");
	replace(&config->spool_path, mem_strdup(value));
	/* Names of files are put behind it, after a slash. */
	while (len > 1 && config->spool_path[len - 1] == '/')
		config->spool_path[--len] = '\0';
	return true;
}

static bool
parse_database_url(struct config *config UNUSED, const char *value,
    char why[CONFIG_WHY_MAX])
{
	return wrong(why, "DATABASE_URL asks for '%.*s', which this build "
	    "does not have: unset it and set DB_PATH to a SQLite file",
	    (int)strcspn(value, ":"), value);
}

static bool
parse_body_limit(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	int64_t number;

	if (!number_parse(value, 64 * MIB, &number) || number < KIB)
		return wrong(why, "DIUNDASH_BODY_LIMIT must be a number of "
		    "bytes from 1024 to 67108864");
	config->body_limit = (size_t)number;
	return true;
}

static bool
parse_timeout(const char *name, const char *value, int *out,
    char why[CONFIG_WHY_MAX])
{
	int64_t number;

	if (!number_parse(value, 60000, &number) || number < 1)
		return wrong(why, "%s must be a number of milliseconds from "
		    "1 to 60000", name);
	*out = (int)number;
	return true;
}

static bool
parse_busy_timeout(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	return parse_timeout("DIUNDASH_BUSY_TIMEOUT", value,
	    &config->busy_timeout_ms, why);
}

static bool
parse_io_timeout(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	return parse_timeout("DIUNDASH_IO_TIMEOUT", value,
	    &config->io_timeout_ms, why);
}

/* The index of `value` among `words`, or -1. */
static int
find_word(const char *value, const char *const *words, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	return -1;
}

static bool
parse_log_level(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	static const char *const words[] = {
		[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug",
	};
	int found = find_word(value, words, COUNT_OF(words));

	if (found < 0)
		return wrong(why, "DIUNDASH_LOG_LEVEL must be error, warn, "
		    "info or debug");
	config->log_level = (enum log_level)found;
	return true;
}

static bool
parse_log(struct config *config, const char *value, char why[CONFIG_WHY_MAX])
{
	static const char *const words[] = {
		[LOG_TARGET_STDERR] = "stderr",
		[LOG_TARGET_SYSLOG] = "syslog",
		[LOG_TARGET_SERVER] = "server",
	};
	int found = find_word(value, words, COUNT_OF(words));

	if (found < 0)
		return wrong(why, "DIUNDASH_LOG must be stderr, syslog or "
		    "server");
	config->log_target = (enum log_target)found;
	return true;
}

static bool
parse_base_path(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	size_t len = strlen(value);

	/* "/" alone says: no sub-path, and do not look for one. */
	if (value[0] != '/' || (len > 1 && value[len - 1] == '/') ||
	    strpbrk(value, "?#%") != NULL || strstr(value, "//") != NULL ||
	    utf8_has_control(value))
		return wrong(why, "DIUNDASH_BASE_PATH must be a path such as "
		    "/diun, without a slash at its end");
	replace(&config->base_path, mem_strdup(len == 1 ? "" : value));
	return true;
}

static bool
parse_reopen(struct config *config, const char *value,
    char why[CONFIG_WHY_MAX])
{
	static const char *const words[] = { "always", "digest" };
	int found = find_word(value, words, COUNT_OF(words));

	if (found < 0)
		return wrong(why, "DIUNDASH_REOPEN must be always or digest");
	config->reopen_digest = found == 1;
	return true;
}

static const struct variable variables[] = {
	{ "DB_PATH", parse_db_path,
	  "the database file (" DEFAULT_DB_PATH ")" },
	{ "WEBHOOK_SECRET", parse_secret,
	  "what Diun must send as Authorization (none)" },
	{ "WEBHOOK_SECRET_FILE", parse_secret_file,
	  "a file with the secret, instead (none)" },
	{ "WEBHOOK_SECRET_PREVIOUS", parse_previous_secret,
	  "another secret, taken as well (none)" },
	{ "DATABASE_URL", parse_database_url,
	  "another database; not in this build" },
	{ "DIUNDASH_BASE_PATH", parse_base_path,
	  "the sub-path it is served under (found by itself)" },
	{ "DIUNDASH_BODY_LIMIT", parse_body_limit,
	  "greatest request body, in bytes (1048576)" },
	{ "DIUNDASH_BUSY_TIMEOUT", parse_busy_timeout,
	  "longest wait for a busy database, in ms (4000)" },
	{ "DIUNDASH_IO_TIMEOUT", parse_io_timeout,
	  "a request is answered or dropped by then (5000)" },
	{ "DIUNDASH_LOG", parse_log,
	  "where messages go: stderr, syslog or server (stderr)" },
	{ "DIUNDASH_LOG_LEVEL", parse_log_level,
	  "error, warn, info or debug (info)" },
	{ "DIUNDASH_REOPEN", parse_reopen,
	  "what reopens: always, or a new digest only (always)" },
	{ "DIUNDASH_SPOOL", parse_spool,
	  "what cannot be stored now (spool beside the database)" },
};

static const struct variable *
find_variable(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(variables); i++)
		if (strcmp(variables[i].name, name) == 0)
			return &variables[i];
	return NULL;
}

enum status
config_set(struct config *config, const char *name, const char *value,
    char why[CONFIG_WHY_MAX])
{
	const struct variable *variable = find_variable(name);

	if (variable == NULL || value[0] == '\0') {
		(void)wrong(why, "%s must not be empty", name);
		return STATUS_INVALID;
	}
	return variable->parse(config, value, why) ? STATUS_OK
	    : STATUS_INVALID;
}

/* What no variable can check by itself. */
static bool
check_secrets(const struct config *config, char why[CONFIG_WHY_MAX])
{
	if (config->webhook_secret_file != NULL &&
	    config->webhook_secret != NULL)
		return wrong(why, "WEBHOOK_SECRET_FILE and WEBHOOK_SECRET are "
		    "both set: unset one of them");
	if (config->webhook_secret_file != NULL &&
	    config->webhook_secret_previous != NULL)
		return wrong(why, "WEBHOOK_SECRET_PREVIOUS is set beside "
		    "WEBHOOK_SECRET_FILE: unset it, and make it the second "
		    "line of the file");
	if (config->webhook_secret_previous != NULL &&
	    config->webhook_secret == NULL)
		return wrong(why, "WEBHOOK_SECRET_PREVIOUS is set without "
		    "WEBHOOK_SECRET");
	return true;
}

enum status
config_load(struct config *config, char *(*get)(const char *name),
    char why[CONFIG_WHY_MAX])
{
	size_t i;

	*config = (struct config){
		.db_path = mem_strdup(DEFAULT_DB_PATH),
		.body_limit = MIB,
		.busy_timeout_ms = 4000,
		.io_timeout_ms = 5000,
		.log_level = LOG_LEVEL_INFO,
		.log_target = LOG_TARGET_STDERR,
	};
	for (i = 0; i < COUNT_OF(variables); i++) {
		const char *value = get(variables[i].name);

		/* Set to nothing is how many tools say "not set". */
		if (value == NULL || value[0] == '\0')
			continue;
		if (!variables[i].parse(config, value, why)) {
			config_release(config);
			return STATUS_INVALID;
		}
	}
	if (!check_secrets(config, why)) {
		config_release(config);
		return STATUS_INVALID;
	}
	return STATUS_OK;
}

/*
 * The whole of the file into text[SECRET_FILE_MAX], with a NUL behind it. A
 * link is followed, as containers and systemd make them; what is no file is
 * refused, so that a pipe cannot hold the start.
 */
static bool
read_secret_file(const char *path, char *text, char why[CONFIG_WHY_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat file;
	ssize_t n = 0;
	size_t len = 0;
	bool good = false;

	if (fd < 0 || fstat(fd, &file) != 0) {
		(void)wrong(why, "WEBHOOK_SECRET_FILE: cannot open '%s': %s",
		    path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(file.st_mode)) {
		(void)wrong(why, "WEBHOOK_SECRET_FILE: '%s' is not a file",
		    path);
		goto out;
	}
	while (len < SECRET_FILE_MAX &&
	    (n = read(fd, text + len, SECRET_FILE_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0)
		(void)wrong(why, "WEBHOOK_SECRET_FILE: cannot read '%s': %s",
		    path, strerror(errno));
	else if (len == SECRET_FILE_MAX)
		(void)wrong(why, "WEBHOOK_SECRET_FILE: '%s' is too long for "
		    "two secrets", path);
	else if (memchr(text, '\0', len) != NULL)
		(void)wrong(why, "WEBHOOK_SECRET_FILE: '%s' is not a text",
		    path);
	else
		good = true;
	if (good)
		text[len] = '\0';
	if (good && (file.st_mode & S_IROTH) != 0)
		log_warn("everybody can read the secret in '%s': chmod o-r",
		    path);
out:
	if (fd >= 0)
		(void)close(fd);
	return good;
}

/* End the line at `text`, without what ends it; what follows it. */
static char *
cut_line(char *text)
{
	char *end = text + strcspn(text, "\n"), *rest = end;

	if (*end == '\n')
		rest++;
	if (end > text && end[-1] == '\r')
		end--;
	*end = '\0';
	return rest;
}

static bool
take_secret_lines(struct config *config, char *text,
    char why[CONFIG_WHY_MAX])
{
	char **const to[] = {
		&config->webhook_secret, &config->webhook_secret_previous,
	};
	char *line = text, *rest = cut_line(text);
	size_t i;

	if (line[0] == '\0')
		return wrong(why, "WEBHOOK_SECRET_FILE: '%s' has no secret in "
		    "its first line", config->webhook_secret_file);
	for (i = 0; line[0] != '\0' && i < COUNT_OF(to); i++) {
		if (!take_secret("WEBHOOK_SECRET_FILE: a line", line, to[i],
		    why))
			return false;
		line = rest;
		rest = cut_line(line);
	}
	if (line[0] != '\0' || rest[0] != '\0')
		return wrong(why, "WEBHOOK_SECRET_FILE: '%s' has more than a "
		    "line for the secret and one for the previous one",
		    config->webhook_secret_file);
	return true;
}

enum status
config_read_secret(struct config *config, char why[CONFIG_WHY_MAX])
{
	char text[SECRET_FILE_MAX];
	bool good;

	if (config->webhook_secret_file == NULL)
		return STATUS_OK;
	good = read_secret_file(config->webhook_secret_file, text, why) &&
	    take_secret_lines(config, text, why);
	/* Leave no copy behind. */
	explicit_bzero(text, sizeof(text));
	return good ? STATUS_OK : STATUS_INVALID;
}

void
config_release(struct config *config)
{
	free(config->db_path);
	free(config->webhook_secret);
	free(config->webhook_secret_previous);
	free(config->webhook_secret_file);
	free(config->spool_path);
	free(config->base_path);
	*config = (struct config){ 0 };
}

void
config_print_help(FILE *out)
{
	size_t i;

	for (i = 0; i < COUNT_OF(variables); i++)
		(void)fprintf(out, "  %-24s %s\n", variables[i].name,
		    variables[i].help);
}
