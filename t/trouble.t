#!/usr/bin/perl
# trouble.t - a database that is locked, full, read-only, broken or missing
#
# A webhook is answered 200 and waits in the spool. Everything else is 503 with
# a line that says what to do, never 500. When the cause is gone, the same
# worker serves again, and what waited is stored, once, with the time it came.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Fcntl qw(:flock);
use File::Basename;
use Test::More;
use Time::HiRes qw(time);

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;

need('sqlite3');

my $IMAGE = 'docker.io/library/nginx:latest';
my $NOBODY = 65534;

# Every route that writes, so that it has something to do.
my @WRITES = (
    [ PATCH => path_of($IMAGE) ],
    [ POST => '/api/updates/acknowledge-all' ],
    [ POST => '/api/updates/acknowledge-by-tag', body => '{"tag_id":1}' ],
    [ POST => '/api/tags', body => '{"name":"new"}' ],
    [ PATCH => '/api/tags/1', body => '{"name":"other"}' ],
    [ DELETE => '/api/tags/1' ],
    [ PUT => '/api/tag-assignments',
        body => text_of({ image => $IMAGE, tag_id => 1 }) ],
    [ DELETE => '/api/tag-assignments',
        body => text_of({ image => $IMAGE }) ],
);
# Where it can be stored neither in the database nor in the spool.
my $WEBHOOK = [ POST => '/webhook', body => minimal('docker.io/a/new:1') ];
my @READS = ([ GET => '/api/updates' ], [ GET => '/api/tags' ],
    [ GET => '/healthz' ]);

# A worker over a database with one image and one tag.
sub filled {
    my (%o) = @_;
    my $t = DiunDash::FCGI->new(%o, env => { DIUNDASH_BUSY_TIMEOUT => 300,
            %{ $o{env} || {} } });
    hook($t, minimal($IMAGE));
    is(ask($t, 'POST', '/api/tags', body => '{"name":"media"}')->{status},
        201, 'a tag');
    return $t;
}

# Each of these requests is answered 503, with what the client may do.
sub unavailable {
    my ($t, $name, $like, @requests) = @_;
    for (@requests) {
        my ($method, $path, %o) = @{$_};
        my $r = ask($t, $method, $path, %o);
        my $what = "$name: $method $path";
        is($r->{status}, 503, $what) or diag($r->{body});
        error_ok($r, $what, $like);
        like($r->{headers}{'retry-after'} || '', qr/\A[1-9]\d*\z/,
            "$what: Retry-After");
    }
    return;
}

# What waits in the spool: the images, in the order in which they came.
sub spool_of { return (dirname($_[0]->db) . '/spool') }

sub waiting {
    my ($t) = @_;
    return map { slurp($_) } sort glob spool_of($t) . '/*.webhook';
}

# A webhook is answered 200 and is on disk, with the reason.
my %waits;
my $number = 0;

sub spooled {
    my ($t, $name, $like) = @_;
    my $image = 'docker.io/a/wait' . ++$number . ':1';
    my $before = () = waiting($t);
    hook($t, minimal($image), "$name: a webhook is taken");
    my @files = waiting($t);
    is(scalar @files, $before + 1, "$name: it waits in the spool");
    like($files[-1] || '', qr/^reason: .*(?:$like)/m, "$name: and why");
    like($files[-1] || '', qr/\n\n\Q{"image":"$image"}\E\z/,
        "$name: the body as it came");
    my $health = json_of(ask($t, 'GET', '/healthz')->{body});
    is($health->{spool}{waiting}, scalar @files, "$name: healthz counts it");
    push @{ $waits{ $t->db } }, [ $image, $files[-1] =~ /^received: (.*)$/m ];
    return;
}

# All that waited is stored once, with the time it came.
sub replayed {
    my ($t, $name) = @_;
    ok(until_true(sub { !waiting($t) }), "$name: nothing waits any more");
    my $all = updates($t);
    for (@{ delete $waits{ $t->db } || [] }) {
        my ($image, $at) = @{$_};
        is($all->{$image}{received_at}, $at, "$name: $image is stored");
        is(sqlite($t->db, 'SELECT count(*) FROM history WHERE image = '
                    . "'$image'"), 1, "$name: once");
    }
    return;
}

# Served again, by the same worker, with what was there before and no more.
sub again {
    my ($t, $before, $name) = @_;
    is(updates_text($t), $before, "$name: the list is as it was")
        if defined $before && !$waits{ $t->db };
    hook($t, minimal('docker.io/a/after:1'), "$name: then a webhook");
    ok(updates($t)->{'docker.io/a/after:1'}, "$name: is listed");
    replayed($t, $name);
    is(ask($t, 'GET', '/healthz')->{status}, 200, "$name: healthy");
    is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', "$name: sound");
    return;
}

# Stop, and what must hold for each worker.
sub ended {
    my ($t) = @_;
    ok($t->stop, 'the worker ended well');
    unlike($t->log, qr/Sanitizer|runtime error|assert/i,
        'no fault in the log');
    return;
}

# The sqlite3 command, kept open: {tell}->(SQL) waits until it is done.
sub shell_on {
    my ($db) = @_;
    pipe(my $from, my $to) or die $!;
    pipe(my $answers, my $out) or die $!;
    my $pid = spawn([ find_program('sqlite3'), '-batch', $db ],
        in => $from, out => $out, err => $out, env => {});
    close($_) for $from, $out;
    $to->autoflush(1);
    my $tell = sub {
        my ($sql) = @_;
        print {$to} "$sql\n.print done\n";
        my $text = '';
        while (my $line = <$answers>) {
            return $text if $line eq "done\n";
            $text .= $line;
        }
        die "sqlite3 ended: $text";
    };
    return { tell => $tell, end => sub { close($to); wait_pid($pid) } };
}

subtest 'locked by another program' => sub {
    my $t = filled();
    my $before = updates_text($t);
    my $shell = shell_on($t->db);
    is($shell->{tell}->('BEGIN IMMEDIATE;'), '', 'sqlite3 holds it');
    my $start = time;
    spooled($t, 'locked', qr/busy: try again/);
    cmp_ok(time - $start, '>=', 0.29, 'not before the busy timeout');
    unavailable($t, 'locked', qr/busy: try again/, @WRITES);
    is(ask($t, @{$_})->{status}, 200, "locked: $_->[1] is read") for @READS;
    is(updates_text($t), $before, 'locked: the list');
    is($shell->{tell}->('COMMIT;'), '', 'sqlite3 lets go');
    again($t, $before, 'free');
    $shell->{tell}->('BEGIN IMMEDIATE; UPDATE updates SET hostname = \'x\';');
    spooled($t, 'locked again', qr/busy/);
    unavailable($t, 'locked again', qr/busy/, $WRITES[0]);
    $shell->{tell}->('ROLLBACK;');
    again($t, undef, 'rolled back');
    $shell->{end}->();
    unlike($t->log, qr/: error: /, 'a busy database is no error');
    ended($t);
};

# The worker looks by itself, and serves in between.
subtest 'stored although nobody asks' => sub {
    my $t = filled();
    my $shell = shell_on($t->db);
    $shell->{tell}->('BEGIN IMMEDIATE;');
    spooled($t, 'locked', qr/busy/);
    my ($file) = glob spool_of($t) . '/*.webhook';
    my $text = slurp($file);
    my $count = 1500;
    for (1 .. $count) {
        my $body = minimal("docker.io/a/many$_:1");
        my $length = length $body;
        my $head = $text =~ s/\n\n.*//sr =~ s/^length: \d+/length: $length/mr;
        spew(sprintf('%s/20260323T100000.%09dZ-%08x.webhook', spool_of($t),
                $_, $_), "$head\n\n$body");
    }
    $shell->{tell}->('COMMIT;');
    $shell->{end}->();
    ok(until_true(sub { !glob spool_of($t) . '/*.webhook' }),
        'nothing waits any more');
    is(sqlite($t->db, "SELECT count(*) FROM updates WHERE image LIKE "
                . "'docker.io/a/many%'"), $count, 'all are stored');
    is(json_of(ask($t, 'GET', '/healthz')->{body})->{spool}{waiting}, 0,
        'healthz knows');
    replayed($t, 'by itself');
    ended($t);
};

subtest "locked by a writer's lock" => sub {
    my $t = filled();
    my $before = updates_text($t);
    open(my $lock, '+<', $t->db . '.lock') or die "no lock: $!";
    flock($lock, LOCK_EX) or die $!;
    my $start = time;
    spooled($t, 'held', qr/busy: try again/);
    cmp_ok(time - $start, '>=', 0.29, 'not before the busy timeout');
    is(updates_text($t), $before, 'held: the list');
    my $new = DiunDash::FCGI->new(db => $t->db);
    is(updates_text($new), $before, 'held: another worker starts');
    flock($lock, LOCK_UN);
    again($t, $before, 'free');
    again($new, undef, 'and the other');
    unlink $t->db . '.lock';
    again($t, undef, 'the lock file removed');
    ended($_) for $t, $new;
};

subtest 'locked while it is not in WAL mode' => sub {
    my $db = scratch() . '/diun.db';
    sqlite($db, 'CREATE TABLE other (x);');
    my $shell = shell_on($db);
    is($shell->{tell}->('BEGIN EXCLUSIVE;'), '', 'sqlite3 holds it');
    my $t = DiunDash::FCGI->new(db => $db,
        env => { DIUNDASH_BUSY_TIMEOUT => 300 });
    unavailable($t, 'held', qr/busy: try again/, $READS[0], $READS[2],
        $WRITES[0]);
    spooled($t, 'held', qr/busy: try again/);
    $shell->{tell}->('COMMIT;');
    again($t, '{}', 'free');
    $shell->{end}->();
    ended($t);
};

# The worker as a user who is not the owner, with a copy of the program that
# this user can reach.
sub as_nobody {
    my ($dir) = @_;
    my $program = "$dir/diundash.fcgi";
    spew($program, slurp($WORKER));
    chmod 0755, $program;
    return (program => $program, $> == 0
        ? (spawn => { uid => $NOBODY, gid => $NOBODY }) : ());
}

# Files that this user owns and may change.
sub give {
    my (@paths) = @_;
    chown $NOBODY, $NOBODY, grep { -e } @paths if $> == 0;
    return;
}

subtest 'without the right to write' => sub {
    my $dir = scratch();
    mkdir "$dir/data";
    give("$dir/data");
    my $db = "$dir/data/diun.db";
    my $t = filled(db => $db, as_nobody($dir));
    my $before = updates_text($t);
    my @files = map { "$db$_" } '', '-wal', '-shm', '.lock';
    my $owner = sub {
        my ($file, $folder) = @_;
        chmod $file, grep { -e } @files;
        chmod $folder, "$dir/data";
    };
    ended($t);
    for ([ 'file', 0440, 0755 ], [ 'folder', 0640, 0555 ],
        [ 'both', 0440, 0555 ], [ 'all reading', 0000, 0755 ],
        [ 'the folder itself', 0640, 0000 ]) {
        my ($name, $file, $folder) = @{$_};
        # Nothing but the file itself, with all that is in it.
        sqlite($db, 'PRAGMA wal_checkpoint(TRUNCATE)');
        unlink grep { -e } @files[ 1 .. 3 ];
        $owner->($file, $folder);
        $t = DiunDash::FCGI->new(db => $db, as_nobody($dir),
            env => { DIUNDASH_BUSY_TIMEOUT => 300 });
        unavailable($t, "$name, at the start", qr/rights/, $WRITES[0],
            $WRITES[3]);
        if ($name eq 'the folder itself') {
            unavailable($t, $name, qr/rights.*the spool cannot be written/,
                $WEBHOOK);
            like($t->log, qr/could not be kept, .*a\/new:1/,
                'the log has the body');
        } else {
            spooled($t, $name, qr/rights/);
        }
        for (@READS) {
            my $status = ask($t, @{$_})->{status};
            like($status, qr/\A(?:200|503)\z/,
                "$name: reading $_->[1] never is 500");
        }
        $owner->(0640, 0755);
        again($t, $before, $name);
        done_ok(ask($t, 'PATCH', path_of('docker.io/a/after:1')), 204,
            'changes are taken too');
        sqlite($db, "PRAGMA foreign_keys = ON; DELETE FROM updates WHERE "
                . "image LIKE '%after%' OR image LIKE '%wait%'");
        give(@files);
        ended($t);
    }
};

subtest 'a folder that is missing' => sub {
    my $dir = scratch();
    my $t = DiunDash::FCGI->new(db => "$dir/a/b/diun.db");
    unavailable($t, 'missing', qr/folder/, @READS, $WEBHOOK, $WRITES[3]);
    ok(!-e "$dir/a", 'it is not made');
    mkdir "$dir/a";
    mkdir "$dir/a/b";
    again($t, '{}', 'made');
    ended($t);
};

subtest 'not a database' => sub {
    for ([ 'text', 'hello, this is not a database at all' x 100 ],
        [ 'a few bytes', 'x' ], [ 'zeros', "\0" x 8192 ],
        [ 'only the beginning', "SQLite format 3\0" ],
        [ 'a false page size', "SQLite format 3\0\x03\x03" . "\1" x 4096 ],
    ) {
        my ($name, $bytes) = @{$_};
        my $db = scratch() . '/diun.db';
        spew($db, $bytes);
        my $t = DiunDash::FCGI->new(db => $db);
        unavailable($t, $name, qr/not a SQLite database|damaged/, @READS,
            $WRITES[0]);
        spooled($t, $name, qr/not a SQLite database|damaged/);
        is(slurp($db), $bytes, "$name: the file is as it was");
        unlink $db;
        again($t, '{}', "$name, removed");
        ended($t);
    }
    my $dir = scratch();
    mkdir "$dir/diun.db";
    my $t = DiunDash::FCGI->new(db => "$dir/diun.db");
    unavailable($t, 'a folder', qr/cannot be opened/, @READS, $WRITES[0]);
    spooled($t, 'a folder', qr/cannot be opened/);
    rmdir "$dir/diun.db";
    again($t, '{}', 'a folder, removed');
    ended($t);
    symlink '/nowhere/diun.db', "$dir/link.db";
    $t = DiunDash::FCGI->new(db => "$dir/link.db");
    unavailable($t, 'a dead link', qr/link/, @READS, $WRITES[0]);
    spooled($t, 'a dead link', qr/link/);
    unlink "$dir/link.db";
    again($t, '{}', 'a dead link, removed');
    ended($t);
};

subtest 'an empty file is an empty database' => sub {
    my $db = scratch() . '/diun.db';
    spew($db, '');
    my $t = DiunDash::FCGI->new(db => $db);
    again($t, '{}', 'empty');
    ended($t);
};

subtest 'removed or replaced in use' => sub {
    my $t = filled();
    my $before = updates_text($t);
    my $db = $t->db;
    sqlite($db, 'PRAGMA wal_checkpoint(TRUNCATE)');
    my $copy = slurp($db);
    my $dir = $t->workers->dir;
    rename "$db$_", "$dir/old.db$_" for '', '-wal', '-shm';
    is(updates_text($t), '{}', 'removed: a list of nothing, a new file');
    again($t, '{}', 'removed');
    unlink map { "$db$_" } '', '-wal', '-shm';
    spew($db, $copy);
    again($t, $before, 'a backup put in its place');
    unlink map { "$db$_" } '', '-wal', '-shm';
    is(done_ok(ask($t, 'POST', '/webhook', body => minimal('docker.io/a/b:1')),
            200, 'removed: the first is a webhook'), 1, 'taken');
    is($t->workers->ended(0), 1 << 8, 'and the worker ends');
    ok(!-e $db, 'without making a new file');
    is(scalar(() = waiting($t)), 1, 'the webhook waits');
    $t->workers->start(0);
    is_deeply([ keys %{ updates($t) } ], ['docker.io/a/b:1'],
        'the next worker has stored it before it answers');
    is(scalar(() = waiting($t)), 0, 'and taken it from the spool');
    ended($t);
};

subtest 'damaged in use' => sub {
    my $t = filled();
    hook($t, minimal("docker.io/a/i$_:1", platform => 'x' x 3000))
        for 1 .. 20;
    my $db = $t->db;
    sqlite($db, 'PRAGMA wal_checkpoint(TRUNCATE)');
    my $copy = slurp($db);
    my $page = sqlite($db, "SELECT rootpage FROM sqlite_schema "
            . "WHERE name = 'updates'");
    open(my $file, '+<:raw', $db) or die $!;
    seek $file, ($page - 1) * 4096, 0;
    print {$file} "\xff" x 4096;
    close($file) or die $!;
    my $new = DiunDash::FCGI->new(db => $db);
    unavailable($new, 'a page overwritten', qr/damaged.*: restore a backup/,
        $READS[0], $READS[2], $WRITES[0]);
    like($new->log, qr/error: the database is damaged/, 'the log says so');
    spooled($new, 'a page overwritten', qr/damaged.*: restore a backup/);
    for ('', '-wal', '-shm') { unlink "$db$_" }
    spew($db, $copy);
    for ($new, $t) {
        hook($_, minimal('docker.io/a/restored:1'), 'a backup restored');
        is($_->workers->ended(0), 1 << 8, 'the worker ends');
        $_->workers->start(0);
        again($_, undef, 'a backup restored');
    }
    is(scalar keys %{ updates($new) }, 24, 'with all that was in it');
    ended($_) for $new, $t;
};

# A small disk, where this machine lets us have one; else a limit on the
# size of a file, which the worker meets in the same way.
my @mounted;

END {
    my $status = $?;
    system 'umount', '-l', $_ for @mounted;
    $? = $status;
}

# Webhooks until $end says that it is enough: (how many were taken, and the
# answer to the last, if that was a refusal).
sub fill_up {
    my ($t, $end) = @_;
    for my $n (1 .. 2000) {
        my $r = ask($t, 'POST', '/webhook', body => minimal(
                "docker.io/f/i$n:1", platform => 'x' x 20_000));
        return ($n - 1, $r) if $r->{status} != 200;
        return ($n, undef) if $end->();
    }
    return (2000, { status => 'no end' });
}

sub full {
    my ($t, $like, $more, $end) = @_;
    my $db = $t->db;
    my ($count, $r) = fill_up($t, $end);
    my @waiting = waiting($t);
    cmp_ok($count, '>', scalar @waiting, "$count webhooks were taken");
    cmp_ok(scalar @waiting, '>', 0, @waiting . ' of them wait');
    like($waiting[0], qr/^reason: .*$like/m, 'and why');
    if ($r) {
        is($r->{status}, 503, 'the next one: 503') or diag($r->{body});
        error_ok($r, 'full', $like);
        like($r->{headers}{'retry-after'} || '', qr/\A\d+\z/,
            'Retry-After');
        like($t->log, qr/could not be kept, bytes 1 to .*f\/i/,
            'the log has the body');
    }
    is(ask($t, 'GET', '/healthz')->{status}, 200, 'reading goes on');
    my %want = map { ("docker.io/f/i$_:1" => 1) } 1 .. $count;
    $more->();
    again($t, undef, 'with more space');
    my %have = map { ($_ => 1) } grep { m{/f/} } keys %{ updates($t) };
    is_deeply(\%have, \%want, 'what was answered 200 is there, no more');
    return;
}

subtest 'a full disk' => sub {
    my $mount = find_program('mount');
    my $dir = scratch() . '/disk';
    mkdir $dir;
    plan skip_all => 'only root can mount a small disk'
        if $> != 0 || !$mount;
    plan skip_all => 'this machine cannot mount a small disk'
        if system("$mount -t tmpfs -o size=16m tmpfs $dir 2>/dev/null") != 0;
    push @mounted, $dir;
    my $t = filled(db => "$dir/diun.db");
    spew("$dir/filler", "x" x 13_000_000);
    ok(-s "$dir/spool/reserve", 'there is a reserve');
    full($t, qr/disk is full: free some space/,
        sub { unlink "$dir/filler" }, sub { 0 });
    is(-s "$dir/spool/reserve", 1024 * 1024, 'the reserve is there again');
    ended($t);
    # Full from the start.
    unlink glob("$dir/*"), glob("$dir/spool/*");
    rmdir "$dir/spool";
    open(my $filler, '>', "$dir/filler") or die $!;
    my $block = 'x' x 4096;
    1 while syswrite $filler, $block;
    close($filler);
    $t = DiunDash::FCGI->new(db => "$dir/diun.db");
    unavailable($t, 'full at the start', qr/disk|space/, $READS[0],
        $WRITES[0], $WEBHOOK);
    unlink "$dir/filler";
    again($t, '{}', 'full at the start, then not');
    ended($t);
};

subtest 'a limit on the size of files' => sub {
    my $prlimit = find_program('prlimit');
    plan skip_all => 'prlimit is not installed' if !$prlimit;
    # The log of an instrumented build may be long; it is a file too.
    my $t = filled();
    my $limit = sub {
        my ($size) = @_;
        system($prlimit, '--pid', $t->workers->pid(0), "--fsize=$size:") == 0
            or die 'prlimit fails';
    };
    $limit->(600_000);
    full($t, qr/disk/, sub { $limit->('unlimited') },
        sub { 5 == (() = waiting($t)) });
    ended($t);
};

done_testing();
