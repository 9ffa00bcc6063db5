#!/usr/bin/perl
# nginx.t - the same cases through real nginx and four workers on one socket
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

need('nginx');
run_cases(sub { DiunDash::Server->new(kind => 'nginx', @_) });

done_testing();
