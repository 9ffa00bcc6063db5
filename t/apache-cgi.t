#!/usr/bin/perl
# apache-cgi.t - all cases through Apache as plain CGI, by the .htaccess
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
run_cases(sub { DiunDash::Site->new(kind => 'apache-cgi', @_) });
run_site_cases('apache-cgi', '', '/diun');

done_testing();
