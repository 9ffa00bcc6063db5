#!/usr/bin/perl
# copy.t - diundash backup, export, import
#
# What is taken out is all there is, and goes in again whole or not at all.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;

use Encode qw(decode_utf8 encode_utf8);
use Test::More;

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Command;
use DiunDash::Env;

need('sqlite3');

# Of everything that the schema has room for, something.
sub filled {
    my $t = DiunDash::CGI->new;
    hook($t, payload($_)) for payload_names();
    hook($t, minimal('docker.io/a/b:1', hostname => $_)) for qw(nas pi);
    hook($t, minimal('docker.io/ä/"b",c:1', hostname => "=cmd('x')",
            digest => 'sha256:' . 'c' x 64));
    ask($t, 'POST', '/api/tags', body => text_of({ name => "Medien \"ä\"" }));
    ask($t, 'PUT', '/api/tag-assignments', body =>
            text_of({ image => 'docker.io/a/b:1', tag_id => 1 }));
    ask($t, 'PATCH', path_of('docker.io/a/b:1'));
    return $t;
}

# The whole content, table by table, as sqlite3 has it.
sub content {
    my ($db) = @_;
    my @tables = qw(updates host_updates tags tag_assignments history
        pushed_digests);
    return { map { ($_ => sqlite($db, "SELECT * FROM $_ ORDER BY 1, 2")) }
            @tables };
}

sub new_db { return scratch() . '/new.db' }

subtest 'backup' => sub {
    my $t = filled();
    my $dir = scratch();
    my $copy = "$dir/copy.db";
    prints(command($t->db, 'backup', $copy), qr/\A\z/, 'backup');
    is_deeply(content($copy), content($t->db), 'has everything');
    is((stat $copy)[2] & 07777, 0640, 'is not for others');
    is_deeply([ glob "$dir/copy*" ], [$copy], 'and is one file');
    is(sqlite($copy, 'PRAGMA journal_mode'), 'delete', 'without a log');
    prints(command($copy, 'check', '--full'), qr/\Aok: /, 'is sound');
    my $text = slurp($copy);
    complains(command($t->db, 'backup', $copy), 3,
        qr/cannot create '\Q$copy\E': File exists$/, 'one is there already');
    is(slurp($copy), $text, 'it is as it was');
    complains(command($t->db, 'backup', "$dir/no/copy.db"), 3,
        qr/cannot create .*: No such file or directory$/, 'no folder');
    complains(command($t->db, 'backup', '/dev/full'), 3,
        qr/cannot create/, 'a device');
    complains(command($t->db, 'backup', @{$_}), 2, qr/see diundash --help$/,
        "'backup @{$_}'") for [], [qw(a b)], ['--all'];
    # A relative path is the user's.
    chdir $dir or die $!;
    prints(command($t->db, 'backup', 'second.db'), qr/\A\z/, 'in this folder');
    ok(-s "$dir/second.db", 'it is there');
    chdir '/' or die $!;
};

# As much as `ulimit -f` lets a file have, in blocks of 1,024 bytes.
subtest 'a backup that does not fit' => sub {
    my $t = filled();
    my $copy = scratch() . '/copy.db';
    my $r = run([ '/bin/bash', '-c',
            'trap "" XFSZ; ulimit -f 40; exec "$0" backup "$1"', $COMMAND,
            $copy ], env => { DB_PATH => $t->db });
    complains($r, 3, qr/cannot write the backup: /, 'not enough room');
    ok(!-e $copy, 'nothing is left of it');
    is(command($t->db, 'check')->{exit}, 0, 'the database is sound');
};

subtest 'export and import' => sub {
    my $t = filled();
    my $r = command($t->db, qw(export --json));
    prints($r, qr/\A\{"format":"diundash export","schema":\d+,\n/,
        'export --json');
    my $all = json_of($r->{out});
    is(scalar @{ $all->{host_updates} },
        sqlite($t->db, 'SELECT count(*) FROM host_updates'), 'all hosts');
    my $new = new_db();
    my $in = command({ db => $new, input => $r->{out} }, qw(import -));
    prints($in, qr/\Atook in the export\n\z/, 'import -');
    is_deeply(content($new), content($t->db), 'everything is there again');
    is(command($new, qw(export --json))->{out}, $r->{out},
        'and its export is the same, byte for byte');
    my $file = spew(scratch() . '/export', $r->{out});
    complains(command($new, 'import', $file), 3,
        qr/\Q$file\E, object 1: the database is not empty/, 'a second time');
    is_deeply(content($new), content($t->db), 'changes nothing');
    my $u = DiunDash::CGI->new(db => $new);
    is_deeply(updates($u), updates($t), 'the API agrees');
    hook($u, minimal('docker.io/a/after:1'));
    is(command($new, 'check')->{exit}, 0, 'and the numbers go on');

    # What does not fit together is not taken in.
    my $wrong = sub {
        my ($name, $like, $change) = @_;
        my $object = json_of($r->{out});
        $change->($object);
        my $db = new_db();
        complains(command({ db => $db, input => text_of($object) },
                qw(import -)), 3, $like, $name);
        is(sqlite($db, 'SELECT (SELECT count(*) FROM updates) + '
                    . '(SELECT count(*) FROM history)'), 0, 'nothing is kept');
    };
    $wrong->('another version', qr/of another version/,
        sub { $_[0]{schema} = 1 });
    $wrong->('no version', qr/of another version/,
        sub { delete $_[0]{schema} });
    $wrong->('a row twice', qr/the export is damaged/,
        sub { push @{ $_[0]{updates} }, $_[0]{updates}[0] });
    $wrong->('an assignment of no tag', qr/the export is damaged/,
        sub { $_[0]{tags} = [] });
    $wrong->('a host of no image', qr/the export is damaged/,
        sub { shift @{ $_[0]{updates} } });
    $wrong->('an image that is pending on no host', qr/damaged/, sub {
        my ($row) = grep { $_->{image} eq 'docker.io/a/b:1' }
            @{ $_[0]{updates} };
        $row->{acknowledged_at} = undef;
    });
};

subtest 'an export in full detail' => sub {
    my $t = filled();
    my $out = command($t->db, qw(export --csv));
    prints($out, qr/\Aimage,hostname,state,digest,/, 'export --csv');
    my @lines = split /\n/, decode_utf8($out->{out});
    is(scalar @lines,
        1 + sqlite($t->db, 'SELECT count(*) FROM host_updates'),
        'a line for each image and host');
    my ($odd) = grep { /ä/ && !/Medien/ } @lines;
    like($odd, qr/\A"docker.io\/ä\/""b"",c:1",/, 'quotes are doubled');
    like($odd, qr/,'=cmd\('x'\),/, 'a formula is made text');
    like($out->{out}, qr/^docker\.io\/a\/b:1,pi,acknowledged,.*,"Medien ""/m,
        'each line has image and tag');
    complains(command($t->db, 'export', @{$_}), 2, qr/see diundash --help$/,
        "'export @{$_}'") for [], [qw(--json --csv)], [qw(--json x)],
        ['--xml'];
};

subtest 'webhook bodies' => sub {
    my $t = DiunDash::CGI->new;
    my $u = DiunDash::CGI->new;
    my @bodies = map { payload($_) } payload_names();
    hook($t, $_) for @bodies;
    my $r = command({ db => $u->db, input => join "\n", @bodies },
        qw(import -));
    prints($r, qr/\Astored @{[ scalar @bodies ]} events\n\z/, 'all payloads');
    my $plain = sub {
        my $list = updates($_[0]);
        for my $entry (values %{$list}) {
            delete $entry->{$_} for grep { /_at\z|id\z/ } keys %{$entry};
            for my $host (@{ $entry->{hosts} }) {
                delete $host->{$_} for grep { /_at\z|id\z/ } keys %{$host};
            }
        }
        return $list;
    };
    is_deeply($plain->($u), $plain->($t), 'as if Diun had sent them');
    my $file = spew(scratch() . '/body.json', $bodies[0] . $bodies[1]);
    prints(command($u->db, 'import', $file), qr/\Astored 2 events\n\z/,
        'with nothing between them, and a second time');
    prints(command({ db => $u->db, input =>
                '{"format":"oci","image":"docker.io/a/format:1"}' },
            qw(import -)), qr/\Astored 1 events\n\z/, 'a format of another');
    prints(command({ db => $u->db, input => " \n" }, qw(import -)),
        qr/\Astored 0 events\n\z/, 'nothing in it');
    for ([ 'no JSON', 'hello', qr/object 1: / ],
        [ 'a list', '[]', qr/object 1: / ],
        [ 'no image', '{"a":{"b":"}"}}', qr/object 1: / ],
        [ 'cut short', '{"image":"a:1', qr/object 1: / ],
        [ 'cut in an escape', '{"image":"a:1\\', qr/object 1: / ],
        [ 'a brace too many', '}', qr/object 1: / ]) {
        my ($name, $input, $like) = @{$_};
        complains(command({ db => $u->db, input => $input }, qw(import -)),
            3, qr/\Adiundash: -, $like/, $name);
    }
    $r = command({ db => $u->db, input => "$bodies[0]\n{}\n$bodies[1]" },
        qw(import -));
    is($r->{exit}, 3, 'one good, one bad: exit 3');
    is($r->{out}, "stored 1 events\n", 'says what was stored');
    like($r->{err}, qr/\Adiundash: -, object 2: .*\n\z/, 'and what was not');
    my $none = scratch();
    complains(command($u->db, 'import', "$none/x"), 3,
        qr{cannot read '\Q$none\E/x': No such file}, 'no file');
    complains(command($u->db, 'import', $none), 3,
        qr/cannot read '\Q$none\E': Is a directory/, 'a folder');
    complains(command($u->db, 'import', @{$_}), 2, qr/see diundash --help$/,
        "'import @{$_}'") for [], [qw(a b)], [qw(--json a)];
    # 100 MiB and a byte, none of them on disk.
    my $large = spew("$none/large", '');
    truncate $large, 100 * 1024 * 1024 + 1 or die $!;
    complains(command($u->db, 'import', $large), 3,
        qr/it is larger than 100 MiB/, 'a file that is too large');
};

subtest 'out of a pipe that ends, onto a disk that is full' => sub {
    my $t = filled();
    open(my $full, '>', '/dev/full') or die $!;
    for ([qw(export --json)], [qw(export --csv)], [qw(history)]) {
        my $pid = spawn([ $COMMAND, @{$_} ], env => { DB_PATH => $t->db },
            out => $full);
        is(wait_pid($pid), 3 << 8, "@{$_}: exit 3");
    }
};

done_testing();
