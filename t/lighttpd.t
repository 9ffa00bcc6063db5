#!/usr/bin/perl
# lighttpd.t - the same cases through real lighttpd and its four workers
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Server;

need('lighttpd');
run_cases(sub { DiunDash::Server->new(kind => 'lighttpd', @_) });

done_testing();
