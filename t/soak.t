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

$ENV{DIUNDASH_SRC} = $SRC;
$ENV{DIUNDASH_BUILD} = $BUILD;
exec $^X, "$SRC/scripts/soak", '--rate', $LONG ? 100 : 40,
    $LONG ? 3600 : 20 or die "cannot start scripts/soak: $!";
