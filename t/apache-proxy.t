#!/usr/bin/perl
# apache-proxy.t - all cases through Apache's mod_proxy_fcgi
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
run_cases(sub { DiunDash::Site->new(kind => 'apache-proxy', @_) });
run_site_cases('apache-proxy', '', '/diun');

done_testing();
