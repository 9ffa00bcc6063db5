#!/usr/bin/perl
# cgi.t - the program as plain CGI, under an empty environment, no server
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Env;

run_cases(sub { DiunDash::CGI->new(@_) });

done_testing();
