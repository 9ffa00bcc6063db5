#!/usr/bin/perl
# faults.t - every system call that a webhook makes fails once, and for good
#
# strace makes the nth call of a kind fail, for all n until no call is left to
# fail: by an error of the disk, a full disk, an interruption, or the end of
# the process. The worker is a CGI program, so that each webhook makes the same
# calls. Whatever fails: a webhook that was answered 200 is in the database or
# in the spool, and, when the trouble is over, in the database, once. One that
# was answered otherwise got 503 and Retry-After, or no answer, and may be
# stored or not, but not by half. With DIUNDASH_LONG=1 there are more faults,
# and the same is done to the other operations.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use File::Path qw(remove_tree);
use Test::More;

# What is tested does not depend on a disk, and this is faster without one.
BEGIN { $ENV{TMPDIR} = '/dev/shm' if -d '/dev/shm' && -w _ }

use DiunDash::Cases;
use DiunDash::CGI;
use DiunDash::Env;

need('sqlite3', 'strace');

my $IMAGE = 'docker.io/library/nginx:latest';
my $STRACE = find_program('strace');
my @CALLS = qw(fdatasync fsync pwrite64 openat fcntl);
push @CALLS, 'write' if $LONG;
# How it fails, and from the nth on. An interruption that lasts would be no
# fault but an endless loop, by design of those who call again.
my @FAULTS = (
    [ 'EIO', 'error=EIO', '' ], [ 'ENOSPC for good', 'error=ENOSPC', '+' ],
    [ 'EINTR', 'error=EINTR', '' ], [ 'KILL', 'signal=KILL', '' ],
);
push @FAULTS, [ 'EIO for good', 'error=EIO', '+' ],
    [ 'ENOSPC', 'error=ENOSPC', '' ] if $LONG;

# A database with something in it, to be copied for each run.
my $first = scratch() . '/diun.db';
{
    my $t = DiunDash::CGI->new(db => $first);
    hook($t, minimal($IMAGE, digest => 'sha256:1'));
    is(ask($t, 'POST', '/api/tags', body => '{"name":"media"}')->{status},
        201, 'a tag');
    sqlite($first, 'PRAGMA wal_checkpoint(TRUNCATE)');
}
my $bytes = slurp($first);

# One request with the nth of these calls failing. The answer, and whether
# anything was made to fail.
sub with_fault {
    my ($dir, $calls, $fault, $n, $lasting, @request) = @_;
    my $trace = "$dir/trace";
    my $t = DiunDash::CGI->new(db => "$dir/diun.db", wrapper => [
            $STRACE, '-f', '-q', '-o', $trace, '-e', "trace=$calls", '-e',
            "inject=$calls:$fault:when=$n$lasting" ],
        env => { DIUNDASH_BUSY_TIMEOUT => 100 });
    my $r = $t->request(@request);
    my $text = -e $trace ? slurp($trace) : '';
    return ($r, $fault =~ /KILL/ ? $text =~ /killed by SIGKILL/
        : $text =~ /\(INJECTED\)/);
}

# What is wrong after this run of a webhook; undef when nothing is.
sub judge {
    my ($dir, $r, $image) = @_;
    my $status = defined $r->{status} ? $r->{status} : 0;
    return "status $status"
        if $status && $status != 200 && $status != 503;
    return 'no Retry-After'
        if $status == 503 && !$r->{headers}{'retry-after'};
    my $waiting = sub { return scalar(() = glob "$dir/spool/*.webhook") };
    if ($waiting->()) {
        my $replay = run([ $COMMAND, 'spool', 'replay' ],
            env => { DB_PATH => "$dir/diun.db" });
        return "replay: $replay->{err}" if $replay->{exit} != 0;
        return 'still in the spool' if $waiting->();
    }
    my ($stored, $sound) = split /\n/, sqlite("$dir/diun.db",
        "SELECT count(*) FROM history WHERE image = '$image' AND action = "
            . "'received'; PRAGMA integrity_check");
    return "stored $stored times"
        if $stored > 1 || ($status == 200 && !$stored);
    return $sound eq 'ok' ? undef : "damaged: $sound";
}

sub prepare {
    my $dir = scratch();
    spew("$dir/diun.db", $bytes);
    return $dir;
}

my $image = 'docker.io/library/redis:7';
my @WEBHOOK = (POST => '/webhook', body => minimal($image,
        digest => 'sha256:2', metadata => { ctn_names => 'x' x 5000 }));
for my $calls (@CALLS) {
    for (@FAULTS) {
        my ($name, $fault, $lasting) = @{$_};
        # SQLite tries a lock that fails again and again, for ten seconds.
        next if $calls eq 'fcntl' && $lasting;
        my ($n, $hit, %status) = (0, 1);
        my @wrong;
        while ($hit) {
            my $dir = prepare();
            (my $r, $hit) = with_fault($dir, $calls, $fault, ++$n, $lasting,
                @WEBHOOK);
            my $wrong = judge($dir, $r, $image);
            push @wrong, "n = $n: $wrong" if defined $wrong;
            remove_tree($dir);
            $status{ $r->{status} || 'none' }++;
            last if $n > 300;
        }
        is_deeply(\@wrong, [], "$calls: $name: " . ($n - 1)
                . ' calls, each of them');
        cmp_ok($n, '>', 1, '... and something was made to fail');
        note(join ', ', map { "$status{$_} answered $_" } sort keys %status);
    }
}

# The other operations: done wholly or not at all, and the database is sound.
my @OTHERS = (
    [ PATCH => path_of($IMAGE) ], [ DELETE => path_of($IMAGE) ],
    [ POST => '/api/updates/acknowledge-all' ],
    [ POST => '/api/tags', body => '{"name":"new"}' ],
    [ DELETE => '/api/tags/1' ],
    [ PUT => '/api/tag-assignments',
        body => text_of({ image => $IMAGE, tag_id => 1 }) ],
    [ GET => '/api/updates' ], [ GET => '/api/history' ],
);
for my $request ($LONG ? @OTHERS : ()) {
    for my $calls (@CALLS) {
        for (@FAULTS) {
            my ($name, $fault, $lasting) = @{$_};
            next if $calls eq 'fcntl' && $lasting;
            my ($n, $hit, @wrong) = (0, 1);
            while ($hit && $n <= 300) {
                my $dir = prepare();
                (my $r, $hit) = with_fault($dir, $calls, $fault, ++$n,
                    $lasting, @{$request});
                my $status = $r->{status} || 0;
                push @wrong, "n = $n: status $status"
                    if $status && $status !~ /\A(?:20[014]|503)\z/;
                my $check = run([ $COMMAND, 'check', '--full' ],
                    env => { DB_PATH => "$dir/diun.db" });
                push @wrong, "n = $n: $check->{out}" if $check->{exit} != 0;
                remove_tree($dir);
            }
            is_deeply(\@wrong, [], "@{$request}[0, 1]: $calls: $name");
        }
    }
}

done_testing();
