#!/usr/bin/perl
# apache-fcgid.t - all cases through Apache's mod_fcgid
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

need('apache2');
run_cases(sub { DiunDash::Site->new(kind => 'apache-fcgid', @_) });
run_site_cases('apache-fcgid', '', '/diun');

done_testing();
