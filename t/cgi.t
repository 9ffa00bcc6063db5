#!/usr/bin/perl
# cgi.t - the program as plain CGI, under an empty environment, no server
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Env;

# A sanitized program takes long to start: there, fastcgi.t has all cases, and
# here are those in which plain CGI is another way.
$ENV{DIUNDASH_CASE} = '^(?:an empty|a minimal|bad paths|length|ETag|strange)'
    if $SANITIZED && !defined $ENV{DIUNDASH_CASE};
run_cases(sub { DiunDash::CGI->new(@_) });

my $image = 'docker.io/library/nginx:latest';

subtest 'called by hand' => sub {
    my $r = run([$WORKER], env => {});
    is($r->{exit}, 2, 'neither CGI nor FastCGI: exit 2');
    is($r->{out}, '', 'nothing on standard output');
    like($r->{err}, qr/usage/i, 'usage on standard error');
    open(my $null, '<', '/dev/null') or die $!;
    $r = run([$WORKER], env => {}, stdin => $null);
    is($r->{exit}, 2, '/dev/null is not CGI either');
    $r = run([ $WORKER, '--help' ], env => {});
    is($r->{exit}, 0, '--help');
    like($r->{out}, qr/usage/i, 'prints it');
    like($r->{out}, qr/\b\Q$_\E\b/, "and names $_") for qw(DB_PATH
        WEBHOOK_SECRET);
    $r = run([ $WORKER, '--version' ], env => {});
    is($r->{exit}, 0, '--version');
    like($r->{out}, qr/\b0\.1\.0\b/, 'prints it');
    $r = run([ $WORKER, '--nonsense' ], env => {});
    is($r->{exit}, 2, 'an unknown option');
    like($r->{err}, qr/usage|--help/i, 'points to the usage');
};

subtest 'values of the environment that cannot be right' => sub {
    my @wrong = (
        [ DIUNDASH_BODY_LIMIT => qw(abc -1 1e6 0 99999999999999999999) ],
        [ DIUNDASH_BUSY_TIMEOUT => qw(abc -1 1.5) ],
        [ DIUNDASH_IO_TIMEOUT => qw(abc -1), '5 s' ],
        [ DIUNDASH_LOG_LEVEL => qw(loud 7) ],
        [ DIUNDASH_LOG => qw(printer) ],
        [ DATABASE_URL => 'postgres://me:topsecret@db/diun' ],
    );
    for (@wrong) {
        my ($name, @values) = @{$_};
        for my $value (@values) {
            my $t = DiunDash::CGI->new(env => { $name => $value });
            my $r = $t->request('GET', '/api/updates');
            is($r->{status}, 500, "$name=$value");
            error_ok($r, $name, qr/\b$name\b/);
            unlike($r->{body} . $r->{err}, qr/topsecret/,
                'a password is not shown');
            ok(!-e $t->db, 'no database was made');
        }
    }
};

subtest 'a server that sets no REQUEST_URI' => sub {
    my $t = DiunDash::CGI->new;
    my %o = (without => ['REQUEST_URI']);
    hook($t, minimal($image), 'a webhook', %o);
    my $r = ask($t, 'GET', '/api/updates', %o);
    ok(json_ok($r, 200, 'the list')->{$image}, 'has it');
    done_ok(ask($t, 'PATCH', path_of($image), %o), 204, 'acknowledged');
    $r = ask($t, 'GET', '/nope', %o);
    is($r->{status}, 404, 'an unknown path');
};

subtest 'the program under its own name or behind a rewrite' => sub {
    for my $base ('', '/cgi-bin/diundash.fcgi', '/~me/cgi-bin/x.cgi',
        '/a%20b') {
        my $t = DiunDash::CGI->new(base => $base);
        hook($t, minimal($image), "'$base'");
        ok(updates($t)->{$image}, 'is stored');
    }
};

subtest 'standard input' => sub {
    my $t = DiunDash::CGI->new(env => { DIUNDASH_IO_TIMEOUT => 300 });
    my $body = minimal($image);
    my $r = $t->request('POST', '/webhook', body => $body, hold => 1);
    is($r->{status}, 200, 'the pipe need not be closed');
    my $before = updates_text($t);
    $r = $t->request('POST', '/webhook', hold => 1,
        body => minimal('docker.io/evil/x:1'), content_length => 500);
    ok(!$r->{hung}, 'a peer that falls silent ends it');
    like($r->{status} || 400, qr/\A4\d\d\z/, 'as a bad request');
    is(updates_text($t), $before, 'nothing is stored');
    $r = $t->request('GET', '/api/updates', hold => 1);
    is($r->{status}, 200, 'a GET does not wait for input');
    my $v = DiunDash::CGI::variables('GET', '/api/updates');
    $r = run([ '/bin/sh', '-c', 'exec "$0" <&-', $WORKER ],
        env => { DB_PATH => $t->db, %{$v} });
    is(DiunDash::CGI::parse($r->{out})->{body}, $before,
        'a closed standard input does no harm');
    $r = run([ '/bin/sh', '-c', 'exec "$0" >&-', $WORKER ], env =>
            { DB_PATH => $t->db, %{$v} });
    ok(!$r->{hung} && !$r->{signal}, 'nor does a closed standard output');
    is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'the database');
};

subtest 'files' => sub {
    my $t = DiunDash::CGI->new(options => { umask => 0022 });
    hook($t, minimal($image));
    for my $file (glob($t->db . '*')) {
        my $mode = (stat $file)[2] & 0777;
        is($mode & 0007, 0, sprintf '%s is %04o: not for others',
            $file =~ m{([^/]+)\z}, $mode);
    }
};

subtest 'many at once on a missing database' => sub {
    for my $round (1 .. 5) {
        my $t = DiunDash::CGI->new;
        my @pids = map {
            my $n = $_;
            spawn([], code => sub {
                my $r = $t->request('POST', '/webhook',
                    body => minimal("docker.io/a/i$n:1"));
                die "$r->{status} $r->{body}" if $r->{status} != 200;
            }, inherit => 1)
        } 1 .. 8;
        my $good = grep { defined $_ && $_ == 0 } map { wait_pid($_) } @pids;
        # A child that dies says why and exits with another status.
        is($good, 8, "round $round: 8 answers of 200");
        is(scalar keys %{ updates($t) }, 8, 'and 8 entries');
    }
};

done_testing();
