#!/usr/bin/perl
# upgrade.t - databases that others made are taken over with every row
#
# Made here by the sqlite3 command, as an existing installation of
# DiunDashboard left them: without a note of their version, with the one that
# golang-migrate keeps, and from before acknowledgements. What the newest
# version is, the program is asked.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use File::Basename;
use Test::More;

use DiunDash::Cases;
use DiunDash::Command;
use DiunDash::Env;
use DiunDash::FCGI;

need('sqlite3');

my @COLUMNS = qw(image diun_version hostname status provider hub_link
    mime_type digest created platform ctn_name ctn_id ctn_state ctn_status
    received_at);
my $UPDATES = "CREATE TABLE updates (\n  image TEXT PRIMARY KEY,\n"
    . join('', map { "  $_ TEXT NOT NULL DEFAULT '',\n" } @COLUMNS[ 1 .. 13 ])
    . "  received_at TEXT NOT NULL";
my $TAGS = <<'SQL';
CREATE TABLE tags (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE tag_assignments (
  image TEXT PRIMARY KEY,
  tag_id INTEGER NOT NULL REFERENCES tags(id) ON DELETE CASCADE
);
INSERT INTO tags (name) VALUES ('media'), ('gr' || char(252) || 'n'), ('x');
DELETE FROM tags WHERE name = 'x';
SQL
my $GOLANG = <<'SQL';
CREATE TABLE schema_migrations (version uint64, dirty bool);
CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
SQL

# So many rows that they do not fit on one page; each column has a value of
# its own, some are empty, some are not ASCII.
my $ROWS = 300;

sub rows_sql {
    my ($acknowledged) = @_;
    my @names = @COLUMNS;
    push @names, 'acknowledged_at' if $acknowledged;
    my $sql = "BEGIN;\n";
    for my $n (1 .. $ROWS) {
        my @v = ("docker.io/team/app$n:1.$n");
        push @v, $n % 7 ? "$_ $n \x{1F433}'" : '' for @COLUMNS[ 1 .. 13 ];
        $v[8] = "2025-12-31T23:59:${\ sprintf '%02d', $n % 60}.123456789Z";
        push @v, sprintf '2026-01-01T%02d:%02d:00Z', $n / 60, $n % 60;
        s/'/''/g for @v;
        @v = map { "'$_'" } @v;
        push @v, $n % 3 ? 'NULL' : "'2026-01-02 03:04:05'" if $acknowledged;
        $sql .= 'INSERT INTO updates (' . join(', ', @names) . ') VALUES ('
            . join(', ', @v) . ");\n";
        $sql .= "INSERT INTO tag_assignments VALUES ("
            . "'docker.io/team/app$n:1.$n', 1);\n" if $n % 5 == 0;
    }
    $sql .= "INSERT INTO tag_assignments VALUES ('not/seen:yet', 2);\n";
    return encode_utf8($sql . "COMMIT;\n");
}

# A database of that kind: o{acknowledged}, o{version} as golang-migrate
# notes it.
sub old_database {
    my (%o) = @_;
    my $db = scratch() . '/diun.db';
    sqlite($db, $UPDATES . ($o{acknowledged} ? ', acknowledged_at TEXT' : '')
        . ");\n$TAGS" . rows_sql($o{acknowledged})
        . (defined $o{version} ? "$GOLANG INSERT INTO schema_migrations"
            . " VALUES ($o{version});" : ''));
    return $db;
}

# Everything in it, column by column.
sub content {
    my ($db, $acknowledged) = @_;
    my @names = @COLUMNS;
    push @names, 'acknowledged_at' if $acknowledged;
    my $quoted = join " || ',' || ", map { "quote($_)" } @names;
    return sqlite($db, "SELECT $quoted FROM updates ORDER BY image;"
        . "SELECT id, name FROM tags ORDER BY id;"
        . "SELECT image, tag_id FROM tag_assignments ORDER BY image;"
        . "SELECT seq FROM sqlite_sequence WHERE name = 'tags';");
}

# (version, newest known), as the command tells.
sub versions {
    my ($db) = @_;
    my $r = command($db, 'migrate', 'status');
    return (-1, -1) if $r->{exit} != 0 || $r->{out}
        !~ /\Aversion (\d+), newest known (\d+)\n\z/;
    return ($1, $2);
}

my $empty = scratch() . '/diun.db';
command($empty, 'migrate', 'up');
my ($at, $NEWEST) = versions($empty);
is($at, $NEWEST, 'migrate up ends at the newest version');
cmp_ok($NEWEST, '>=', 1, "which is $NEWEST");
my $tables = "SELECT name FROM pragma_table_info('updates');"
    . "SELECT type, name, tbl_name FROM sqlite_schema ORDER BY 1, 2";
my $new_tables = sqlite($empty, $tables);

# The list says what the rows say.
sub serves {
    my ($t, $acknowledged) = @_;
    my $all = updates($t);
    is(scalar keys %{$all}, $ROWS, 'every image is listed');
    my $e = $all->{'docker.io/team/app1:1.1'};
    is($e->{event}{hostname}, "hostname 1 \x{1F433}'", 'with its host');
    is($e->{event}{metadata}{ctn_names}, "ctn_name 1 \x{1F433}'",
        'with its container');
    is($e->{received_at}, '2026-01-01T00:01:00Z', 'with its time');
    is($all->{'docker.io/team/app5:1.5'}{tag}{name}, 'media', 'with its tag');
    my $done = grep { $_->{acknowledged} } values %{$all};
    is($done, $acknowledged ? $ROWS / 3 : 0, "$done are acknowledged");
    hook($t, minimal('not/seen:yet'), 'a webhook');
    is(updates($t)->{'not/seen:yet'}{tag}{name}, "gr\x{FC}n",
        'finds the tag that waited for it');
    done_ok(ask($t, 'PATCH', path_of('docker.io/team/app1:1.1')), 204,
        'acknowledge');
    my $tag = json_ok(ask($t, 'POST', '/api/tags', body =>
            '{"name":"new"}'), 201, 'a new tag') || { id => 0 };
    is($tag->{id}, 4, 'has an id that never was in use');
    return;
}

for (
    [ 'without a version', acknowledged => 1 ],
    [ "at golang-migrate's version 1", acknowledged => 1,
        version => '1, 0' ],
    [ "at version 1, 'false' in words", acknowledged => 1,
        version => "1, 'false'" ],
    [ 'without acknowledged_at', acknowledged => 0 ],
) {
    my ($name, %o) = @{$_};
    subtest $name => sub {
        my $db = old_database(%o);
        my $before = content($db, $o{acknowledged});
        my ($version, $newest) = versions($db);
        is($version, defined $o{version} ? 1 : 0, 'its version is known');
        is(content($db, $o{acknowledged}), $before, 'asking changes nothing');
        my $t = DiunDash::FCGI->new(db => $db);
        is(ask($t, 'GET', '/healthz')->{status}, 200, 'a worker takes it');
        is(content($db, $o{acknowledged}), $before, 'every row is as it was');
        is(sqlite($db, 'SELECT count(acknowledged_at) FROM updates'),
            $o{acknowledged} ? $ROWS / 3 : 0, 'nothing is acknowledged more');
        is(sqlite($db, $tables), $new_tables, 'the tables of a new database');
        is(sqlite($db, "SELECT version, dirty IN (0, 'false') FROM "
                . 'schema_migrations'), "$NEWEST|1", 'one row says so');
        serves($t, $o{acknowledged});
        ok($t->stop, 'the worker ends well');
        unlike($t->log, qr/: (?:warning|error): /, 'no error in the log');
        is(command($db, 'check')->{exit}, 0, 'diundash check');
        # The same by the command.
        $db = old_database(%o);
        my $r = command($db, 'migrate', 'up');
        is($r->{exit}, 0, 'migrate up') or diag($r->{err});
        is($r->{out}, "version $NEWEST, newest known $NEWEST\n", 'says it');
        is(content($db, $o{acknowledged}), $before, 'every row is as it was');
    };
}

subtest 'down and up again' => sub {
    my $db = old_database(acknowledged => 1);
    my $before = content($db, 1);
    is(command($db, 'migrate', 'up')->{exit}, 0, 'up');
    for (my $v = $NEWEST - 1; $v >= 1; $v--) {
        my $r = command($db, 'migrate', 'down');
        is($r->{out}, "version $v, newest known $NEWEST\n", "down to $v");
        is(content($db, 1), $before, 'every row is as it was');
    }
    is(command($db, 'migrate', 'up')->{exit}, 0, 'and up again');
    is_deeply([ versions($db) ], [ $NEWEST, $NEWEST ], 'to the newest');
    is(content($db, 1), $before, 'every row is as it was');
    is(sqlite($db, $tables), $new_tables, 'the tables of a new database');
    for (my $v = $NEWEST - 1; $v >= 0; $v--) {
        my $r = command($db, 'migrate', 'down');
        is($r->{exit}, 0, "down to $v") or diag($r->{err});
    }
    is(sqlite($db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
            . "name NOT LIKE 'sqlite%' ORDER BY 1"), 'schema_migrations',
        'nothing is left but the note');
    is(sqlite($db, 'SELECT count(*) FROM schema_migrations'), 0,
        'which has no row, as golang-migrate has it');
    my $r = command($db, 'migrate', 'down');
    is($r->{exit}, 3, 'no further down');
    like($r->{err}, qr/\A[^\n]+\n\z/, 'says one line');
    my $t = DiunDash::FCGI->new(db => $db);
    hook($t, minimal('docker.io/a/b:1'), 'a worker starts anew');
    is(sqlite($db, $tables), $new_tables, 'with the tables of a new one');
    ok($t->stop, 'the worker ends well');
};

subtest 'refused' => sub {
    my $too_new = $NEWEST + 1;
    for ([ 'dirty', "1, 1", qr/dirty/, 1 ],
        [ 'dirty in words', "1, 'true'", qr/dirty/, 1 ],
        [ 'dirty and too new', "$too_new, 1", qr/dirty/, $too_new ],
        [ 'too new', "$too_new, 0", qr/newer/, $too_new ],
        [ 'far too new', '20260101000000, 0', qr/newer/, 20260101000000 ]) {
        my ($name, $version, $like, $number) = @{$_};
        my $db = old_database(acknowledged => 1, version => $version);
        my $dump = 'SELECT * FROM schema_migrations;'
            . ' SELECT sql FROM sqlite_schema';
        my $before = content($db, 1) . sqlite($db, $dump);
        my $t = DiunDash::FCGI->new(db => $db);
        for ([ GET => '/api/updates' ], [ GET => '/healthz' ],
            [ POST => '/api/tags', body => '{"name":"new"}' ]) {
            my ($method, $path, %o) = @{$_};
            my $r = ask($t, $method, $path, %o);
            is($r->{status}, 503, "$name: $method $path");
            my $text = error_ok($r, $name, $like);
            like($text, qr/\b$number\b/, "$name: names the version");
        }
        hook($t, minimal('docker.io/a/waits:1'), "$name: a webhook waits");
        for my $do ([qw(migrate up)], [qw(migrate down)], ['list']) {
            my $r = command($db, @{$do});
            is($r->{exit}, 3, "$name: @{$do}");
            is($r->{out}, '', 'nothing on standard output');
            like($r->{err}, qr/\Adiundash: [^\n]*$like[^\n]*\n\z/,
                'one line says why');
        }
        my $r = command($db, 'check');
        is($r->{exit}, 1, "$name: check finds it");
        like($r->{out}, $like, 'and says it');
        is(content($db, 1) . sqlite($db, $dump), $before,
            "$name: nothing was changed");
        # The cause removed: the same worker goes on.
        $r = command($db, 'migrate', 'force', 1);
        is($r->{exit}, 0, "$name: force 1") or diag($r->{err});
        hook($t, minimal('docker.io/a/b:1'), "$name: then it serves");
        my $spool = dirname($db) . '/spool/*.webhook';
        ok(until_true(sub { !(() = glob $spool) }),
            'what waited is taken in');
        is(scalar keys %{ updates($t) }, $ROWS + 2, 'all rows and those');
        ok($t->stop, 'the worker ends well');
    }
};

done_testing();
