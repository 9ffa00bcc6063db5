#!/usr/bin/perl
# nginx-path.t - all cases through nginx, under a sub-path
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

need('nginx');
run_cases(sub { DiunDash::Site->new(kind => 'nginx', base => '/diun', @_) });

done_testing();
