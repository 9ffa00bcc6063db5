#!/usr/bin/perl
# lighttpd.t - all cases through lighttpd and the workers it starts
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Site;
use DiunDash::SiteCases;

need('lighttpd');
run_cases(sub { DiunDash::Site->new(kind => 'lighttpd', @_) });
run_site_cases('lighttpd', '', '/diun');

done_testing();
