/*
 * options.h - the options of a subcommand
 *
 * "--name value", "--name=value" and flags, anywhere among the operands;
 * "--" ends them.
 *
 * Copyright (c) 2026 The diundash authors
 * SPDX-License-Identifier: ISC
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "compat.h"

/* One of the three pointers is set: where the option's value goes. */
struct option {
	const char *name;	/* "--limit" */
	const char **text;
	int64_t *number;	/* a whole number, not negative */
	bool *flag;
};

/*
 * Read the options out of argv[1..*argc). The operands that are left are
 * moved to argv[1] and on, and counted in *argc as before. EXIT_SUCCESS, or
 * EXIT_USAGE with the line printed; argv[0] is the subcommand's name.
 */
int options_read(const struct option *options, size_t count, int *argc,
    char **argv);

#endif
