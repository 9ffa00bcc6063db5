#!/usr/bin/perl
# nginx.t - all cases through nginx as conf/nginx sets it up
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

need('nginx');
run_cases(sub { DiunDash::Site->new(kind => 'nginx', @_) });
run_site_cases('nginx', '', '/diun');

done_testing();
