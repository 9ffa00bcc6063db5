#!/usr/bin/perl
# doc-migrate.t - the commands of doc/migrate.md, run as they are written
#
# On a database as a DiunDashboard leaves it: the same tables, and the
# bookkeeping of golang-migrate. Each ```sh example``` prints what the ```text```
# block behind it says, or nothing; ... stands for any text.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::Env;

need('sqlite3');
my $dir = scratch();
my ($old, $db) = ("$dir/old.db", "$dir/new.db");

# As the program that diundash replaces makes it.
my @columns = qw(diun_version hostname status provider hub_link mime_type
    digest created platform ctn_name ctn_id ctn_state ctn_status);
sqlite($old, <<"SQL");
PRAGMA journal_mode = WAL;
CREATE TABLE schema_migrations (version uint64, dirty bool);
CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
INSERT INTO schema_migrations VALUES (1, false);
CREATE TABLE updates (image TEXT PRIMARY KEY,
@{[ map { "$_ TEXT NOT NULL DEFAULT ''," } @columns ]}
    received_at TEXT NOT NULL, acknowledged_at TEXT);
CREATE TABLE tags (id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE);
CREATE TABLE tag_assignments (image TEXT PRIMARY KEY, tag_id INTEGER NOT NULL
    REFERENCES tags(id) ON DELETE CASCADE);
INSERT INTO updates (image, hostname, digest, received_at, acknowledged_at)
VALUES ('docker.io/library/nginx:latest', '8f2a6c1d9b30', 'sha256:1',
    '2026-03-23T10:00:00Z', NULL),
('docker.io/library/redis:7', '8f2a6c1d9b30', 'sha256:2',
    '2026-03-22T10:00:00Z', '2026-03-22 12:00:00');
INSERT INTO tags (name) VALUES ('media');
INSERT INTO tag_assignments VALUES ('docker.io/library/nginx:latest', 1);
SQL

sub content {
    my ($file) = @_;
    return sqlite($file, "SELECT image, digest, received_at,
        coalesce(acknowledged_at, '-') FROM updates ORDER BY image;
        SELECT * FROM tags; SELECT * FROM tag_assignments;
        SELECT version, dirty IN (1, 'true') FROM schema_migrations;");
}
my $before = content($old);

my @examples;    # [line, command, output]
my @blocks = split /^ *```/m, slurp("$SRC/doc/migrate.md");
my $line = 1;
for my $i (0 .. $#blocks) {
    my ($kind, $text) = split /\n/, $blocks[$i], 2;
    if ($i % 2 && $kind eq 'sh example') {
        push @examples, [ $line, $text, '' ];
    } elsif ($i % 2 && $kind eq 'text') {
        $examples[-1][2] = $text;
    }
    $line += $blocks[$i] =~ tr/\n//;
}
cmp_ok(scalar @examples, '>', 5, 'the commands are found');

my ($bin) = $COMMAND =~ m{(.*)/};
for my $example (@examples) {
    my ($number, $command, $output) = @{$example};
    s/^ {3}//mg for $command, $output;
    my $r = run([ '/bin/sh', '-c', $command ], env => { OLD => $old,
        DB => $db, PATH => "$bin:$ENV{PATH}" });
    chomp $command;
    is($r->{err}, '', "line $number: $command: no complaint");
    is($r->{exit}, 0, '... done');
    my $regex = join '.*', map { quotemeta } split /\Q...\E/, $output, -1;
    like($r->{out}, qr/\A$regex\z/, '... and prints what is said');
}

is(content($old), $before, 'the old file is as it was');
my $after = content($db);
is($after, $before, 'there and back, nothing that it had is lost');
is(sqlite($db, "SELECT DISTINCT hostname FROM updates"), 'nas',
    'and the host has its name');

done_testing();
