#!/usr/bin/perl
# start.t - eight workers start at once where there is no database
#
# Each worker has a socket of its own, so that each of them can be asked. A
# pipe holds all back until all are there. 50 rounds, ten in an instrumented
# build.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use POSIX ();
use Test::More;

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;

need('sqlite3');

my $ROUNDS = $SANITIZED ? 10 : $LONG ? 1200 : 50;
my $WORKERS = 8;

# What one start alone makes.
my $alone = scratch() . '/alone.db';
is(run([ $COMMAND, 'migrate', 'up' ], env => { DB_PATH => $alone })->{exit},
    0, 'diundash migrate up makes a database');
my $dump = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
    . " ORDER BY 1, 2; SELECT * FROM schema_migrations;";
my $schema = sqlite($alone, $dump);
my ($newest) = sqlite($alone, 'SELECT version FROM schema_migrations');
like($newest, qr/\A[1-9]\d*\z/, 'of some version');

# The list in an answer, or an empty one.
sub list_of {
    my ($r) = @_;
    my $list = eval { json_of($r->{body}) };
    return ref $list eq 'HASH' ? $list : {};
}

sub round {
    my ($name) = @_;
    my $dir = scratch();
    my $db = "$dir/diun.db";
    POSIX::mkfifo("$dir/gate", 0600) or die "cannot make a pipe: $!";
    open(my $gate, '+<', "$dir/gate") or die "cannot open the pipe: $!";
    my @targets = map { DiunDash::FCGI->new(db => $db, wrapper =>
                [ '/bin/sh', '-c', 'read x <"$0" && exec "$1"',
                "$dir/gate" ]) } 1 .. $WORKERS;
    syswrite $gate, "\n" x $WORKERS;
    my @wrong;
    for my $i (0 .. $#targets) {
        my $r = $targets[$i]->request('POST', '/webhook',
            body => minimal("docker.io/a/i$i:1"));
        push @wrong, "worker $i: " . ($r->{error} || "$r->{status} $r->{body}")
            if $r->{error} || $r->{status} != 200;
    }
    for my $t (@targets) {
        my $r = $t->request('GET', '/api/updates');
        push @wrong, 'a list of ' . substr($r->{body} || $r->{error}, 0, 80)
            if keys %{ list_of($r) } != $WORKERS;
    }
    is_deeply(\@wrong, [], "$name: all answer, and see the same");
    my $clean = grep { $_->stop } @targets;
    is($clean, $WORKERS, "$name: all ended with 0");
    my $log = join '', map { $_->log } @targets;
    unlike($log, qr/: (?:warning|error): |Sanitizer|runtime error/,
        "$name: no error in a log");
    my @made = $log =~ /schema version (\d+)/g;
    # Two workers may have taken a step each.
    is_deeply([ sort { $a <=> $b } @made ], [ 1 .. $newest ],
        "$name: each step of the schema was made once");
    is(sqlite($db, $dump), $schema, "$name: one schema");
    is(sqlite($db, 'PRAGMA integrity_check'), 'ok', "$name: sound");
    return;
}

for my $n (1 .. $ROUNDS) {
    round("start $n");
    last if !Test::More->builder->is_passing;
}

done_testing();
