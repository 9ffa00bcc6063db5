#!/usr/bin/perl
# change.t - diundash: what is done by hand, and what is looked at
#
# ack, reopen, remove, tag, rename-host, prune, and the filters of list and
# history. The API is asked what came of it.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Command;
use DiunDash::Env;

need('sqlite3');

my $WEB = 'docker.io/library/nginx:1.27';
my $DB = 'docker.io/library/postgres:16';
my $OWN = 'registry.example/shop/Cart:2';

# Three images, one of them on two hosts, and a tag.
sub fleet {
    my $t = DiunDash::CGI->new;
    hook($t, minimal($WEB, hostname => $_)) for qw(nas pi);
    hook($t, minimal($DB, hostname => 'nas'));
    hook($t, minimal($OWN, hostname => 'pi'));
    my $db = $t->db;
    # One after the other.
    sqlite($db, 'UPDATE host_updates SET received_at = '
            . "printf('2026-03-23T10:00:%02dZ', 10 * event_id)");
    prints(command($db, 'tag', 'create', 'shop'), qr/\A\z/, 'tag create');
    prints(command($db, 'tag', 'assign', 'shop', $OWN), qr/\A\z/,
        'tag assign');
    return $t;
}

# The hosts of an image that are pending.
sub pending {
    my ($t, $image) = @_;
    my $entry = updates($t)->{$image} or return undef;
    return join ' ', sort map { $_->{hostname} }
        grep { !$_->{acknowledged} } @{ $entry->{hosts} };
}

sub lines { return [ map { (split)[-1] } split /\n/, $_[0]{out} ] }

subtest 'ack and reopen' => sub {
    my $t = fleet();
    my $db = $t->db;
    prints(command($db, 'ack', $WEB, '--host', 'pi'), qr/\A\z/, 'one host');
    is(pending($t, $WEB), 'nas', 'the other is still pending');
    prints(command($db, 'ack', $WEB, $DB), qr/\A\z/, 'two images');
    is(pending($t, $_), '', "$_ is dealt with") for $WEB, $DB;
    is(pending($t, $OWN), 'pi', 'and the third is not');
    is(updates($t)->{$DB}{hosts}[0]{acknowledged_by}, 'diundash',
        'by this command');
    prints(command($db, 'reopen', '--host=nas', $WEB), qr/\A\z/, 'reopen');
    is(pending($t, $WEB), 'nas', 'on one host');
    prints(command($db, 'reopen', $WEB), qr/\A\z/, 'reopen on all');
    is(pending($t, $WEB), 'nas pi', 'is pending on both');
    prints(command($db, 'ack', '--tag', 'shop'),
        qr/\Aacknowledged 1 images\n\z/, 'ack --tag');
    is(pending($t, $OWN), '', 'the tag\'s image');
    prints(command($db, 'ack', '--all'), qr/\Aacknowledged 1 images\n\z/,
        'ack --all');
    prints(command($db, 'ack', '--all'), qr/\Aacknowledged 0 images\n\z/,
        'and there is no more');
    for (qw(ack reopen remove)) {
        complains(command($db, $_, 'docker.io/no/such:1'), 3,
            qr{no such image: docker\.io/no/such:1$}, "$_ of no image");
        complains(command($db, $_, $DB, '--host', 'pi'), 3,
            qr{not on this host: \Q$DB\E$}, "$_ on the wrong host");
        complains(command($db, $_), 2, qr/see diundash --help$/,
            "$_ of nothing");
    }
    complains(command($db, 'ack', '--tag', 'none'), 3,
        qr/no such tag: none$/, 'no such tag');
    complains(command($db, @{$_}), 2, qr/see diundash --help$/, "'@{$_}'")
        for [ 'ack', $DB, '--all' ], [ 'ack', '--all', '--tag', 'shop' ],
        [ 'ack', '--all', '--host', 'pi' ], [ 'ack', '--all=yes' ],
        [ 'ack', '--host' ], [ 'reopen', $DB, '--all' ], [ 'ack', '--hostel', 'pi', $DB ];
    prints(command($db, 'reopen', $DB), qr/\A\z/, 'an image');
    complains(command($db, 'ack', 'docker.io/no/such:1', $DB), 3,
        qr/no such image/, 'the first of two is unknown');
    is(pending($t, $DB), 'nas', 'nothing after it was done');
};

subtest 'remove' => sub {
    my $t = fleet();
    my $db = $t->db;
    prints(command($db, 'remove', $WEB, '--host', 'nas'), qr/\A\z/,
        'from a host');
    is_deeply([ map { $_->{hostname} } @{ updates($t)->{$WEB}{hosts} } ],
        ['pi'], 'the other host has it');
    prints(command($db, 'remove', $WEB, $OWN), qr/\A\z/, 'two images');
    is_deeply([ keys %{ updates($t) } ], [$DB], 'are gone');
    like(command($db, 'history', '--image', $OWN)->{out}, qr/ remove/,
        'and in history');
    prints(command($db, 'remove', '--', $DB), qr/\A\z/,
        'what follows -- is no option');
    is(updates_text($t), "{}", 'nothing left');
};

subtest 'tag' => sub {
    my $t = fleet();
    my $db = $t->db;
    prints(command($db, 'tag', 'create', ' media '), qr/\A\z/, 'create');
    prints(command($db, 'tag', 'list'), qr/\A2 +media\n1 +shop\n\z/,
        'list, by name, without the spaces');
    complains(command($db, qw(tag create shop)), 3,
        qr/a tag with this name exists$/, 'a name that is taken');
    complains(command($db, qw(tag rename media shop)), 3,
        qr/a tag with this name exists$/, 'a new name that is taken');
    complains(command($db, qw(tag create), ''), 3, qr/name/, 'no name');
    complains(command($db, 'tag', 'create', 'x' x 1000), 3, qr/name/,
        'a long name');
    complains(command($db, 'tag', 'create', "\xff"), 3, qr/not UTF-8$/,
        'a name that is not UTF-8');
    complains(command($db, qw(tag rename shop), "a\nb"), 3, qr/name/,
        'a control character');
    prints(command($db, qw(tag rename media films)), qr/\A\z/, 'rename');
    prints(command($db, qw(tag assign films), $OWN), qr/\A\z/,
        'assign another');
    is(updates($t)->{$OWN}{tag}{name}, 'films', 'an image has one tag');
    complains(command($db, qw(tag assign films), "a\xff:1"), 3,
        qr/not UTF-8$/, 'an image that is not UTF-8');
    complains(command($db, qw(tag assign films), ''), 3, qr/image/,
        'no image');
    for ([qw(rename none x)], [qw(delete none)], [ 'assign', 'none', $OWN ]) {
        complains(command($db, 'tag', @{$_}), 3, qr/no such tag: none$/,
            "$_->[0] of no tag");
    }
    prints(command($db, qw(tag unassign), $OWN), qr/\A\z/, 'unassign');
    is(updates($t)->{$OWN}{tag}, undef, 'has none');
    prints(command($db, qw(tag unassign), $OWN), qr/\A\z/, 'again');
    prints(command($db, qw(tag assign films), $OWN), qr/\A\z/, 'assign');
    prints(command($db, qw(tag delete films)), qr/\A\z/, 'delete');
    is(updates($t)->{$OWN}{tag}, undef, 'its image has none');
    complains(command($db, 'tag', @{$_}), 2, qr/see diundash --help$/,
        "'tag @{$_}'")
        for [], ['nonsense'], ['create'], [qw(list x)],
        [qw(rename shop)], [qw(list --json)];
};

subtest 'rename-host' => sub {
    my $t = fleet();
    my $db = $t->db;
    prints(command($db, qw(rename-host pi attic)),
        qr/\Arenamed the host of 2 images\n\z/, 'rename-host');
    is(pending($t, $WEB), 'attic nas', 'by its new name');
    prints(command($db, qw(rename-host attic nas)),
        qr/\Arenamed the host of 2 images\n\z/, 'to one that exists');
    is(pending($t, $WEB), 'nas', 'they are one');
    complains(command($db, qw(rename-host attic nas)), 3,
        qr/no such host: attic$/, 'no such host');
    complains(command($db, 'rename-host', @{$_}), 2,
        qr/see diundash --help$/, 'no name for a host')
        for ['nas'], [ 'nas', '' ], [ 'nas', '  ' ], [ 'nas', "a\xff" ],
        [ 'nas', "a\nb" ], [ 'nas', 'x' x 256 ], [qw(nas a b)],
        [qw(--all nas a)];
};

subtest 'prune' => sub {
    my $t = fleet();
    my $db = $t->db;
    my $rows = sqlite($db, 'SELECT count(*) FROM history');
    sqlite($db, "UPDATE history SET at = '2001-01-01T00:00:00Z' "
            . 'WHERE id <= 2');
    prints(command($db, qw(prune --older-than), $_),
        qr/\Adeleted 0 rows of history from before \d{4}-\S+Z\n\z/, $_)
        for '90y', '2000w';
    prints(command($db, qw(prune --older-than 400d)),
        qr/\Adeleted 2 rows /, 'what is older');
    is(sqlite($db, 'SELECT count(*) FROM history'), $rows - 2,
        'is deleted, and the rest is there');
    sqlite($db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
            . "FROM n WHERE i < 2500) INSERT INTO history (at, action) "
            . "SELECT '2002-01-01T00:00:00Z', 'test' FROM n");
    prints(command($db, qw(prune --older-than 24h)),
        qr/\Adeleted 0 rows /, 'no row behind one that stays');
    sqlite($db, "UPDATE history SET at = '2002-01-01T00:00:00Z'");
    prints(command($db, qw(prune --older-than 24h)),
        qr/\Adeleted @{[ 2500 + $rows - 3 ]} rows /,
        'thousands, and never the newest');
    complains(command($db, 'prune', @{$_}), 2, qr/see diundash --help$/,
        "'prune @{$_}'")
        for [], ['--older-than'], [qw(--older-than d)],
        [qw(--older-than 10)], [qw(--older-than 10m)],
        [qw(--older-than -1d)], [qw(--older-than 1000000000d)],
        [qw(--older 10d)], [qw(--older-than 1d x)];
};

subtest 'the filters of list' => sub {
    my $t = fleet();
    my $db = $t->db;
    command($db, 'ack', $DB);
    my $show = sub { return lines(command($db, 'list', @_)) };
    is_deeply($show->(), [ $OWN, $WEB, $WEB, $DB ],
        'pending ones first, and of these the newest');
    is_deeply($show->('--acknowledged'), [$DB], '--acknowledged');
    is_deeply($show->(qw(--host pi)), [ $OWN, $WEB ], '--host');
    is_deeply($show->(qw(--tag shop)), [$OWN], '--tag');
    is_deeply($show->(qw(--tag none)), [], '--tag of none');
    is_deeply($show->(qw(--untagged)), [ $WEB, $WEB, $DB ], '--untagged');
    is_deeply($show->(qw(--sort name)), [ $OWN, $WEB, $WEB, $DB ],
        '--sort name: Cart before nginx');
    is_deeply($show->(qw(--sort registry)), [ $WEB, $WEB, $OWN, $DB ],
        '--sort registry');
    is_deeply($show->('--text', ' NGINX  pi '), [$WEB],
        '--text: all words, in image or host, whatever their case');
    is_deeply($show->('--text', ''), [ $OWN, $WEB, $WEB, $DB ],
        'no word: everything');
    is_deeply([ sort keys %{ json_of(command($db, qw(list --json --host pi
        --sort name))->{out}) } ], [ $WEB, $OWN ], '--json, too');
    complains(command($db, qw(list --sort size)), 2,
        qr/--sort takes date, name or registry/, 'no such order');
    hook($t, minimal('local:1', hostname => 'attic',
            metadata => { ctn_names => 'blue-whale' }));
    is_deeply($show->('--text', 'WHALE'), ['local:1'],
        '--text: or in the name of a container');
    is_deeply([ @{ $show->(qw(--sort name)) }[ 0, 1 ] ], [ $OWN, 'local:1' ],
        '--sort name: without a registry, too');
    like(command($db, qw(list))->{out},
        qr/^pending +2026-03-23T10:00:40Z +pi +shop +\Q$OWN\E$/m,
        'a line has all of it');
};

subtest 'history' => sub {
    my $t = fleet();
    my $db = $t->db;
    command($db, 'ack', $DB);
    my $r = command($db, 'history');
    prints($r, qr/\A\d+ +\S+Z +acknowledged +diundash +nas +\Q$DB\E\n/,
        'the newest first, with who did it');
    like($r->{out}, qr/ tag-created +diundash +- +\{.*shop.*\}$/m,
        'what is about no image shows its detail') or diag($r->{out});
    is(scalar @{ lines(command($db, qw(history --limit 2))) }, 2, '--limit');
    my ($id) = $r->{out} =~ /\A(\d+)/;
    unlike(command($db, qw(history --before), $id)->{out}, qr/^$id /m,
        '--before');
    is(scalar @{ lines(command($db, qw(history --host pi))) }, 2,
        '--host');
    is(scalar @{ lines(command($db, qw(history --action acknowledged))) }, 1,
        '--action');
    my $rows = json_of(command($db, qw(history --json --image), $DB)
            ->{out});
    is_deeply([ map { $_->{action} } @{$rows} ],
        [qw(acknowledged received)], '--json: a list');
    complains(command($db, qw(history --limit many)), 2,
        qr/--limit needs a whole number/, 'not a number');
    complains(command($db, qw(history x)), 2, qr/options only/, 'a word');
};

subtest 'which database' => sub {
    my $t = fleet();
    my $db = $t->db;
    my $none = scratch() . '/none.db';
    for ([ '--db', $db ], ["--db=$db"]) {
        my $r = run([ $COMMAND, @{$_}, qw(tag list) ], env =>
                { DB_PATH => $none });
        prints($r, qr/ shop\n\z/, "$_->[0] goes before DB_PATH");
    }
    complains(run([ $COMMAND, @{$_} ], env => {}), 2,
        qr/see diundash --help$/, "'@{$_}'")
        for ['--db'], [ '--db', '', 'list' ], [ '--db', $db ], ['--db='],
        [ "--db=$db", '--nonsense' ];
    for ([qw(ack a:1)], [qw(ack --all)], [qw(reopen a:1)], [qw(remove a:1)],
        [qw(tag list)], [qw(rename-host a b)], [qw(prune --older-than 1d)],
        ['history'], ['list'], [ 'backup', "$none.copy" ],
        [qw(export --json)]) {
        complains(command($none, @{$_}), 3,
            qr/there is no '\Q$none\E': name the database/,
            "'@{$_}' of no database");
    }
    ok(!-e $none, 'none was made');
    spew($none, 'this is no database' x 100);
    complains(command($none, @{$_}), 3, qr/not a SQLite database/,
        "'@{$_}' of another file")
        for [qw(ack --all)], [qw(tag list)], ['history'],
        [qw(export --csv)], [qw(import /dev/null)];
};

done_testing();
