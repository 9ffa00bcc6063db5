#!/usr/bin/perl
# soak.t - mixed load, restarts and migrations of copies, for a while
#
# scripts/soak for 20 seconds; for an hour with DIUNDASH_LONG=1.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use DiunDash::Env;

my $long = ($ENV{DIUNDASH_LONG} || '') eq '1';
$ENV{DIUNDASH_SRC} = $SRC;
$ENV{DIUNDASH_BUILD} = $BUILD;
exec $^X, "$SRC/scripts/soak", '--rate', $long ? 100 : 40,
    $long ? 3600 : 20 or die "cannot start scripts/soak: $!";
