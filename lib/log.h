/*
 * log.h - one line per event, to stderr, syslog or the web server
 *
 * A message is one line of lower-case text without a full stop, what failed
 * first: "cannot open '%s': %s". Control characters and bytes that are not
 * ASCII are written as \xHH, so that no input can forge a line or colour a
 * terminal. A line is written by a single call and cut at LOG_LINE_MAX.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef LOG_H
#define LOG_H

#include "compat.h"

#define LOG_LINE_MAX 4096

enum log_level { LOG_LEVEL_NONE = -1, LOG_LEVEL_ERROR, LOG_LEVEL_WARN,
		 LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_target {
	LOG_TARGET_STDERR,	/* descriptor 2 */
	LOG_TARGET_SYSLOG,	/* syslog(3), facility daemon */
	LOG_TARGET_SERVER	/* the sink, while one is set; else stderr */
};

/* Receives one finished line without its newline; len excludes the NUL. */
typedef void log_sink(void *arg, const char *line, size_t len);

/* Name the program (kept, not copied) and say where lines go. */
void log_open(const char *program, enum log_target target,
    enum log_level level);

/* Where LOG_TARGET_SERVER lines go; NULL ends it. Set around a request. */
void log_set_sink(log_sink *sink, void *arg);

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Copy `text` into out[size], with every byte below 0x20, 0x7f and above
 * written as \xHH. Cuts what does not fit; always ends with a NUL when size
 * is not 0. Returns the length written.
 */
size_t log_scrub(char *out, size_t size, const char *text);

#endif
