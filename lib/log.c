/*
 * log.c - one line per event, to stderr, syslog or the web server
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#include "compat.h"

#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

#include "log.h"

static struct {
	const char *program;
	enum log_target target;
	enum log_level level;
	log_sink *sink;
	void *arg;
} logger = { "diundash", LOG_TARGET_STDERR, LOG_LEVEL_INFO, NULL, NULL };

static const struct {
	const char *word;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR },
	[LOG_LEVEL_WARN] = { "warning", LOG_WARNING },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO },
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

void
log_open(const char *program, enum log_target target, enum log_level level)
{
	logger.program = program;
	logger.target = target;
	logger.level = level;
	if (target == LOG_TARGET_SYSLOG)
		openlog(program, LOG_PID, LOG_DAEMON);
}

void
log_set_sink(log_sink *sink, void *arg)
{
	logger.sink = sink;
	logger.arg = arg;
}

size_t
log_scrub(char *out, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = 0;

	if (size == 0)
		return 0;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f) {
			if (len + 1 >= size)
				break;
			out[len++] = (char)c;
		} else {
			if (len + 4 >= size)
				break;
			out[len++] = '\\';
			out[len++] = 'x';
			out[len++] = hex[c >> 4];
			out[len++] = hex[c & 15];
		}
	}
	out[len] = '\0';
	return len;
}

/*
 * Write the whole line at once, so that the lines of several workers on one
 * descriptor do not mix. A log that cannot be written is nobody's to fix.
 */
static void
write_stderr(char *line, size_t len)
{
	ssize_t n;

	line[len] = '\n';
	n = write(STDERR_FILENO, line, len + 1);
	line[len] = '\0';
	(void)n;
}

static void PRINTF_LIKE(2, 0)
log_line(enum log_level level, const char *fmt, va_list args)
{
	char raw[LOG_LINE_MAX / 2];
	char line[LOG_LINE_MAX];
	size_t len;
	int n;

	if (level > logger.level)
		return;
	(void)vsnprintf(raw, sizeof(raw), fmt, args);
	if (logger.target == LOG_TARGET_SYSLOG) {
		(void)log_scrub(line, sizeof(line), raw);
		syslog(levels[level].priority, "%s", line);
		return;
	}
	n = snprintf(line, sizeof(line), "%s[%ld]: %s: ", logger.program,
	    (long)getpid(), levels[level].word);
	len = (size_t)n;
	len += log_scrub(line + len, sizeof(line) - len - 1, raw);
	if (logger.target == LOG_TARGET_SERVER && logger.sink != NULL)
		logger.sink(logger.arg, line, len);
	else
		write_stderr(line, len);
}

#define LOG_FUNCTION(name, level)			\
	void						\
	name(const char *fmt, ...)			\
	{						\
		va_list args;				\
							\
		va_start(args, fmt);			\
		log_line(level, fmt, args);		\
		va_end(args);				\
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
