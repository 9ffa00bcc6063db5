#!/usr/bin/perl
# caddy.t - all cases through Caddy
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

need('caddy');
run_cases(sub { DiunDash::Site->new(kind => 'caddy', @_) });
run_site_cases('caddy', '', '/diun');

done_testing();
