#!/usr/bin/perl
# command.t - diundash, the administrator's command
#
# What each of its words does, what it prints where, and its exit status: 0
# done, 1 something was found, 2 wrong usage, 3 it could not be done.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Fcntl qw(LOCK_EX);
use Test::More;

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Command;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Workers;

need('sqlite3');

# A program's target, its database, a few images.
sub filled {
    my $t = DiunDash::CGI->new;
    hook($t, minimal("docker.io/a/i$_:1", hostname => "host$_"))
        for 1 .. 3;
    ask($t, 'POST', '/api/tags', body => '{"name":"media"}');
    ask($t, 'PUT', '/api/tag-assignments', body =>
            text_of({ image => 'docker.io/a/i1:1', tag_id => 1 }));
    ask($t, 'PATCH', path_of('docker.io/a/i2:1'));
    return $t;
}

subtest 'help and version' => sub {
    for ('--help', 'help') {
        my $r = command(undef, $_);
        prints($r, qr/\Ausage: diundash /, $_);
        for my $word ('list', 'check', 'migrate status', 'migrate up',
            'migrate down', 'migrate force VERSION', 'version') {
            like($r->{out}, qr/^  \Q$word\E /m, "explains $word");
        }
        like($r->{out}, qr/\b$_\b/, "and names $_")
            for qw(DB_PATH WEBHOOK_SECRET DIUNDASH_BUSY_TIMEOUT);
        like($r->{out}, qr/exit status/, 'and the exit status');
        # The line with the default of DB_PATH is as long as that.
        my @wide = grep { length > 80 && !/DB_PATH/ } split /\n/, $r->{out};
        is_deeply(\@wide, [], 'in lines that fit');
    }
    my $r = command(undef, 'version');
    prints($r, qr/\Adiundash \d+\.\d+\.\d+\S*\n\z/, 'version');
    is(command(undef, '--version')->{out}, $r->{out}, '--version likewise');
};

subtest 'wrong usage' => sub {
    my $db = filled()->db;
    for ([], ['nonsense'], ['--nonsense'], [''], ['version', 'x'],
        ['check', 'x'], ['list', '--all'], ['list', 'x'],
        ['list', '--pending', '--nonsense'], ['migrate'],
        ['migrate', 'sideways'], ['migrate', 'up', '2'],
        ['migrate', 'status', '-v'], ['migrate', 'down', '1'],
        ['migrate', 'force'], ['migrate', 'force', 'x'],
        ['migrate', 'force', '-1'], ['migrate', 'force', '1e3'],
        ['migrate', 'force', ''], ['migrate', 'force', '1', '2'],
        ['migrate', 'force', '99999999999999999999']) {
        complains(command($db, @{$_}), 2, qr/see diundash --help$/,
            "'@{$_}'");
    }
    is(sqlite($db, 'SELECT count(*) FROM updates'), 3, 'nothing was done');
};

subtest 'the environment' => sub {
    my $db = filled()->db;
    for ([ DIUNDASH_BUSY_TIMEOUT => 'soon' ], [ DIUNDASH_LOG => 'printer' ],
        [ DATABASE_URL => 'postgres://me:topsecret@db/diun' ],
        [ DB_PATH => 'relative/path' ]) {
        my ($name, $value) = @{$_};
        my $r = run([ $COMMAND, 'check' ], env => { DB_PATH => $db,
                $name => $value });
        complains($r, 3, qr/\b$name\b/, "$name=$value");
        unlike($r->{err}, qr/topsecret/, 'without a password');
    }
    for (qw(stderr server syslog)) {
        my $r = run([ $COMMAND, 'check' ], env => { DB_PATH => "$db.none",
                DIUNDASH_LOG => $_ });
        complains($r, 3, qr/there is no/, "a log to $_");
        is(run([ $COMMAND, 'check' ], env => { DB_PATH => $db,
                DIUNDASH_LOG => $_ })->{exit}, 0, '... and it works');
    }
    my $text = spew(scratch() . '/x', 'no database' x 200);
    complains(run([ $COMMAND, 'check' ], env => { DB_PATH => $text,
                DIUNDASH_LOG => 'syslog' }), 3, qr/not a SQLite database/,
        'an error goes to syslog, and in short to who asked');
    my $r = run([ $COMMAND, 'check' ], env => { DB_PATH => $text,
            DIUNDASH_LOG_LEVEL => 'debug' });
    like($r->{err}, qr/error: .*\ndiundash: /, 'debug: the details first');
};

subtest 'migrate' => sub {
    my $db = scratch() . '/diun.db';
    my @migrate = ($db, 'migrate');
    for ('status', 'down', [ 'force', 0 ]) {
        my @do = ref $_ ? @{$_} : ($_);
        complains(command(@migrate, @do), 3, qr/\Q$db\E/,
            "@do without a database");
        ok(!-e $db, 'none was made');
    }
    my $r = command(@migrate, 'up');
    prints($r, qr/\Aversion (\d+), newest known \1\n\z/, 'up');
    my ($newest) = $r->{out} =~ /known (\d+)/;
    is((stat $db)[2] & 07777, 0640, 'the file is not for others');
    prints(command(@migrate, 'up'), qr/\Aversion $newest, /, 'up again');
    prints(command(@migrate, 'status'),
        qr/\Aversion $newest, newest known $newest\n\z/, 'status');
    for (my $v = $newest - 1; $v >= 0; $v--) {
        prints(command(@migrate, 'down'),
            qr/\Aversion $v, newest known $newest\n\z/, "down to $v");
    }
    complains(command(@migrate, 'down'), 3, qr/nothing/, 'no further down');
    prints(command(@migrate, 'status'), qr/\Aversion 0, /, 'at 0');
    $r = command($db, 'check');
    is($r->{exit}, 1, 'check at 0: exit 1');
    like($r->{out}, qr/migrate up/, 'says what to do');
    prints(command(@migrate, 'up'), qr/\Aversion $newest, /, 'up once more');
    # force
    complains(command(@migrate, 'force', $newest + 1), 3,
        qr/not known/, 'force to an unknown version');
    prints(command(@migrate, 'status'), qr/\Aversion $newest, /,
        'is as it was');
    sqlite($db, 'UPDATE schema_migrations SET dirty = 1');
    prints(command(@migrate, 'status'),
        qr/\Aversion $newest \(dirty\), newest known $newest\n\z/, 'dirty');
    complains(command(@migrate, 'up'), 3, qr/dirty/, 'up, when dirty');
    complains(command(@migrate, 'down'), 3, qr/dirty/, 'down, when dirty');
    prints(command(@migrate, 'force', $newest),
        qr/\Aversion $newest, newest/, 'force');
    is(sqlite($db, 'SELECT * FROM schema_migrations'), "$newest|0",
        'cleared the mark');
    prints(command(@migrate, 'force', 0), qr/\Aversion 0, /, 'force 0');
    is(sqlite($db, 'SELECT count(*) FROM schema_migrations'), 0, 'no row');
};

subtest 'list' => sub {
    my $t = filled();
    my $db = $t->db;
    my $r = command($db, 'list');
    prints($r, qr/./, 'list');
    my @lines = split /\n/, $r->{out};
    is(scalar @lines, 3, 'three lines');
    like($lines[$_], qr/\Apending /, 'pending ones first') for 0, 1;
    like($lines[2], qr/\Aacknowledged .* host2 .* docker\.io\/a\/i2:1\z/,
        'then the acknowledged');
    like($r->{out}, qr/ host1 +media +docker\.io\/a\/i1:1$/m,
        'host, tag and image');
    $r = command($db, 'list', '--pending');
    is($r->{exit}, 1, '--pending: exit 1, there are some');
    is(scalar(() = $r->{out} =~ /^pending /mg), 2, 'two of them');
    unlike($r->{out}, qr/acknowledged/, 'and no others');
    $r = command($db, 'list', '--json');
    prints($r, qr/\A\{.*\}\n\z/s, '--json');
    is_deeply(json_of($r->{out}), updates($t), 'the same as the API');
    $r = command($db, 'list', '--json', '--pending');
    is($r->{exit}, 1, '--json --pending: exit 1');
    is_deeply([ sort keys %{ json_of($r->{out}) } ],
        [ 'docker.io/a/i1:1', 'docker.io/a/i3:1' ], 'the pending ones');
    is_deeply(json_of(command($db, 'list', '--pending', '--json')->{out}),
        json_of($r->{out}), 'in any order of the words');
    ask($t, 'POST', '/api/updates/acknowledge-all');
    $r = command($db, 'list', '--pending');
    is($r->{exit}, 0, 'nothing pending: exit 0');
    is($r->{out}, '', 'and nothing to say');
    is(command($db, 'list', '--pending', '--json')->{out}, "{}\n",
        'an empty object');
    # Text of others does not reach the terminal as it is.
    hook($t, { image => 'docker.io/a/x:1', hostname => "a\e[31m\x{9b}b" });
    $r = command($db, 'list');
    unlike($r->{out}, qr/[^\n\x20-\x7e]/, 'no control characters');
    open(my $full, '>', '/dev/full') or die $!;
    my $pid = spawn([ $COMMAND, 'list' ], env => { DB_PATH => $db },
        out => $full);
    is(wait_pid($pid), 3 << 8, 'an output that cannot be written: exit 3');
    my $none = scratch() . '/none.db';
    complains(command($none, 'list'), 3, qr/\Q$none\E/, 'no database');
    ok(!-e $none, 'none was made');
    my $old = scratch() . '/old.db';
    sqlite($old, 'CREATE TABLE other (x)');
    prints(command($old, 'list'), qr/\A\z/,
        'a database without our tables gets them');
};

# `script` gives it a terminal, on which somebody types.
subtest 'migrate down, asked at a terminal' => sub {
    my $script = need('script');
    my $db = filled()->db;
    my $type = sub {
        my ($text, $db) = @_;
        return run([ $script, '-qec', "'$COMMAND' migrate down", '/dev/null' ],
            env => { DB_PATH => $db, SHELL => '/bin/sh' }, input => $text);
    };
    for my $text ("no\n", "\n", "\cD") {
        my $r = $type->($text, $db);
        is($r->{exit}, 3, 'not yes: exit 3');
        like($r->{out}, qr/Undo version \d+ and delete the data .*Type yes: /,
            'it asked');
        like($r->{out}, qr/diundash: nothing was changed/, 'and did nothing');
    }
    my ($now) = command($db, qw(migrate status))->{out} =~ /version (\d+)/;
    my $r = $type->("yes\n", $db);
    is($r->{exit}, 0, 'yes: exit 0');
    like($r->{out}, qr/version @{[ $now - 1 ]}, newest/, 'one step down');
    my $none = scratch() . '/x';
    spew($none, 'no database' x 200);
    is($type->("yes\n", $none)->{exit}, 3, 'not a database: exit 3');
    sqlite($db, 'DROP TABLE schema_migrations; '
            . 'CREATE TABLE schema_migrations (x)');
    is($type->("yes\n", $db)->{exit}, 3, 'no version to be read: exit 3');
};

subtest 'spool' => sub {
    my $t = filled();
    my $db = $t->db;
    my ($spool) = map { "$_/spool" } $db =~ m{(.*)/};
    prints(command($db, 'spool'), qr/\Anothing waits in \Q$spool\E\n\z/,
        'nothing waits');
    prints(command($db, qw(spool replay)), qr/\Astored 0 webhooks\n\z/,
        'nothing to be stored');
    complains(command($db, 'spool', @{$_}), 2, qr/see diundash --help$/,
        "'spool @{$_}'") for ['now'], [qw(replay now)];
    # One that cannot be read, and one that is none.
    mkdir $spool;
    spew("$spool/20260323T100000.000000Z-0123456789abcdef.webhook", 'x');
    spew("$spool/notes.txt", 'not ours');
    my $r = command($db, 'check');
    is($r->{exit}, 0, 'check: the database is sound');
    like($r->{out}, qr/^spool: 1 waiting, 0 damaged/m, 'but one waits');
    $r = command($db, 'spool');
    is($r->{exit}, 1, 'spool: exit 1');
    like($r->{out}, qr/\A1 waiting in /, 'one waits');
    $r = command($db, qw(spool replay));
    is($r->{exit}, 1, 'replay: exit 1');
    like($r->{out}, qr/\Astored 0 webhooks\nset 1 damaged files aside\n\z/,
        'it is set aside');
    $r = command($db, 'spool');
    is($r->{exit}, 1, 'spool: exit 1 still');
    like($r->{out}, qr/nothing waits.*\n1 damaged files.*\.damaged/,
        'and says where it is');
    like(command($db, 'check')->{out}, qr/^spool: 0 waiting, 1 damaged/m,
        'check, too');
    ok(-e "$spool/notes.txt", 'another file is let be');
    # Whoever replays has the folder locked.
    spew("$spool/20260323T100000.000000Z-0123456789abcdef.webhook", 'x');
    open(my $held, '<', $spool) or die $!;
    flock $held, LOCK_EX or die $!;
    $r = command($db, qw(spool replay));
    is($r->{exit}, 3, 'another is replaying: exit 3');
    like($r->{err}, qr/a worker is replaying the spool already/,
        'and says so');
    close($held);
    # A file in the folder's place.
    my $other = spew(scratch() . '/file', '');
    my $in = sub {
        return run([ $COMMAND, @_ ], env => { DB_PATH => $db,
                DIUNDASH_SPOOL => "$other/spool" });
    };
    $r = $in->('check');
    is($r->{exit}, 0, 'check without a spool: the database is sound');
    like($r->{out}, qr/^spool: cannot be read: /m, 'but the spool is not');
    complains($in->('spool'), 3, qr/cannot read the spool/, 'spool');
    $r = $in->(qw(spool replay));
    is($r->{exit}, 3, 'replay: exit 3');
    like($r->{err}, qr/the spool cannot be used/, 'and says why');
};

# Overwrite some bytes at an offset.
sub damage {
    my ($db, $at, $bytes) = @_;
    open(my $file, '+<:raw', $db) or die "cannot open '$db': $!";
    seek $file, $at, 0;
    print {$file} $bytes;
    close($file) or die $!;
    return;
}

subtest 'check' => sub {
    my $t = filled();
    my $db = $t->db;
    prints(command($db, 'check'), qr/\Aok: schema version \d+, revision \d+, 3 images /,
        'a sound one');
    like(command($db, 'check')->{out}, qr/\b2 pending\b.*\b1 tags?\b/,
        'says what is in it');
    # An assignment of a tag that is none.
    sqlite($db, "INSERT INTO tag_assignments VALUES ('docker.io/a/i2:1', 9)");
    my $r = command($db, 'check');
    is($r->{exit}, 1, 'a lost reference: exit 1');
    like($r->{out}, qr/foreign_key_check.*tag_assignments/, 'is named');
    sqlite($db, 'DELETE FROM tag_assignments WHERE tag_id = 9');
    is(command($db, 'check')->{exit}, 0, 'repaired');
    # Damaged pages: the file is one whole, without a log beside it.
    hook($t, { image => "docker.io/a/b$_:1", platform => 'x' x 3000 })
        for 1 .. 30;
    sqlite($db, 'PRAGMA wal_checkpoint(TRUNCATE)');
    my $whole = slurp($db);
    my $size = 4096;
    my $page = sqlite($db, "SELECT rootpage FROM sqlite_schema "
            . "WHERE name = 'updates'");
    unlink "$db-wal", "$db-shm";
    damage($db, ($page - 1) * $size, "\xff" x $size);
    $r = command($db, 'check');
    isnt($r->{exit}, 0, 'a page overwritten: not 0');
    isnt($r->{exit}, 2, 'nor wrong usage');
    like($r->{out} . $r->{err}, qr/damaged.*restore a backup/, 'says so');
    like($r->{out} . $r->{err}, qr/\A[^\n]*\n\z/, 'in one line');
    spew($db, $whole);
    is(command($db, 'check')->{exit}, 0, 'the backup restored');
    damage($db, ($page - 1) * $size + 3, "\xff\xff");
    $r = command($db, 'check');
    like($r->{exit}, qr/\A[13]\z/, 'a wrong number of cells');
    like($r->{out} . $r->{err}, qr/damaged.*restore a backup/, 'is damage');
    spew($db, substr $whole, 0, length($whole) / 2);
    $r = command($db, 'check');
    like($r->{exit}, qr/\A[13]\z/, 'half of the file is gone');
    like($r->{out} . $r->{err}, qr/damaged.*restore a backup/, 'is damage');
    spew($db, 'hello, this is not a database at all' x 100);
    complains(command($db, 'check'), 3, qr/not a SQLite database/,
        'not a database');
    unlink $db;
    complains(command($db, 'check'), 3, qr/\Q$db\E/, 'no file');
    ok(!-e $db, 'none was made');
};

subtest 'while workers are at it' => sub {
    my $t = DiunDash::Workers->new(count => 2);
    my $ask = sub { DiunDash::FCGI::ask($t->socket, @_) };
    is($ask->('POST', '/webhook', body => minimal('docker.io/a/b:1'))
            ->{status}, 200, 'a webhook');
    is(command($t->db, $_)->{exit}, 0, $_) for 'check', 'list';
    is(command($t->db, 'list', '--pending')->{exit}, 1, 'list --pending');
    is($ask->('PATCH', path_of('docker.io/a/b:1'))->{status}, 204,
        'acknowledged by a worker');
    is(command($t->db, 'list', '--pending')->{exit}, 0, 'is seen');
    ok($t->stop, 'the workers end well');
    is(command($t->db, 'check')->{exit}, 0, 'sound');
};

done_testing();
