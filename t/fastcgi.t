#!/usr/bin/perl
# fastcgi.t - a worker behind our own FastCGI client, well-behaved and not
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI qw(params_of stdin_of sent);

run_cases(sub { DiunDash::FCGI->new(@_) });

my $image = 'docker.io/library/nginx:latest';

sub still_good {
    my ($t, $before, $name) = @_;
    is(updates_text($t), $before, "$name: a good answer, nothing changed");
    my $pid = $t->workers->pid(0);
    ok(kill(0, $pid), "$name: the worker lives");
    return;
}

subtest 'peers that are silent, cut off or mad' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 300 });
    hook($t, minimal($image));
    my $before = updates_text($t);
    my $body = minimal('docker.io/evil/x:1');
    my $begin = DiunDash::FCGI::begin();
    my $params = params_of('POST', '/webhook', body => $body);
    my $whole = $begin . $params . stdin_of($body);
    my %bytes = (
        'nothing' => '',
        'one byte' => "\1",
        'half a header' => substr($begin, 0, 5),
        'only a beginning' => $begin,
        'half the parameters' => substr($begin . $params, 0, 100),
        'no end of the parameters' => $begin . substr($params, 0, -8),
        'no body' => $begin . $params,
        'half a body' => $begin . $params . stdin_of(substr($body, 0, 20),
            open => 1),
        'a body without its end' => $begin
            . params_of('POST', '/webhook', body => $body,
            content_length => 4000) . stdin_of($body, open => 1),
    );
    for my $name (sort keys %bytes) {
        close(sent($t, $bytes{$name}));
        still_good($t, $before, "$name, closed");
        # libfcgi waits 2 s for such a peer to close: not with each of them.
        next if $name !~ /\A(?:nothing|half a body|half the parameters)\z/;
        my $socket = sent($t, $bytes{$name});
        still_good($t, $before, "$name, held");
        close($socket);
    }
    my %mad = (
        'version 2' => "\2" . substr($whole, 1),
        'HTTP' => "POST /webhook HTTP/1.1\r\n\r\n$body",
        'zeros' => "\0" x 4000,
        'ones' => "\xff" x 4000,
        'parameters that lie' => $begin
            . DiunDash::FCGI::record(4, "\xff\xff\xff\xff\x7fAB")
            . DiunDash::FCGI::record(4, ''),
        'a name of 2 GB' => $begin . DiunDash::FCGI::record(4,
            pack('NN', 0xffffffff, 0x80000001) . 'x' x 100)
            . DiunDash::FCGI::record(4, ''),
        'an unknown type' => $begin . DiunDash::FCGI::record(42, 'x')
            . DiunDash::FCGI::record(4, ''),
        'an authorizer' => DiunDash::FCGI::begin(role => 2)
            . params_of('GET', '/api/updates') . stdin_of(''),
        'a filter' => DiunDash::FCGI::begin(role => 3)
            . params_of('GET', '/api/updates') . stdin_of(''),
        'role 77' => DiunDash::FCGI::begin(role => 77)
            . params_of('GET', '/api/updates') . stdin_of(''),
        'an abort at once' => $begin . DiunDash::FCGI::record(2, ''),
        'an abort after the parameters' => $begin . $params
            . DiunDash::FCGI::record(2, ''),
        'an abort in the body' => $begin . $params
            . stdin_of(substr($body, 0, 20), open => 1)
            . DiunDash::FCGI::record(2, ''),
        'the body first' => $begin . stdin_of($body) . $params,
        'another id' => $begin . DiunDash::FCGI::record(4, 'x', 99),
    );
    for my $name (sort keys %mad) {
        close(sent($t, $mad{$name}));
        still_good($t, $before, $name);
    }
    seed();
    # No byte from 0x80 on: it may stand where a parameter's length does, and
    # libfcgi 2.4.2 ends a process that it cannot get 2 GB for. Only a web
    # server may reach the socket; t/fuzz/fcgi.c has all bytes.
    for my $round (1 .. 60) {
        my $bytes = $whole;
        for (1 .. 1 + int rand 6) {
            substr($bytes, int rand length $bytes, 1) = chr int rand 128;
        }
        # A mutant may by chance still be a right request for another image.
        close(sent($t, substr $bytes, 0, int rand 2 * length $bytes));
    }
    my $all = updates($t);
    ok($all->{$image}, '60 mutants: the entry is still there');
    ok($t->stop, 'and the worker ended well');
    is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'database');
};

subtest 'many idle connections' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 200 });
    my @idle = map { sent($t, '') } 1 .. 3;
    hook($t, minimal($image), 'a webhook behind three silent peers');
    close($_) for @idle;
};

subtest 'a peer that does not read' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 300 });
    hook($t, { image => "docker.io/a/i$_:1", platform => 'x' x 20_000 },
        "image $_") for 1 .. 100;
    my $before = updates_text($t);
    cmp_ok(length $before, '>', 2_000_000, 'a long list');
    my @deaf = map { sent($t, DiunDash::FCGI::begin()
                . params_of('GET', '/api/updates') . stdin_of('')) } 1 .. 2;
    still_good($t, $before, 'behind two deaf peers');
    close($_) for @deaf;
};

subtest 'connections' => sub {
    my $t = DiunDash::FCGI->new;
    my $socket = sent($t, DiunDash::FCGI::begin(flags =>
                DiunDash::FCGI::FCGI_KEEP_CONN)
            . params_of('GET', '/api/updates') . stdin_of(''));
    my $r = DiunDash::FCGI::answer($socket);
    close($socket);
    is($r->{status}, 200, 'asked to keep the connection: an answer');
    is($r->{app_status}, 0, 'app status 0');
    is($r->{protocol_status}, 0, 'request complete');
    hook($t, minimal($image), 'and it does not pin the worker');
    my %many = map { ("HTTP_X_$_" => 'v' x 200) } 1 .. 500;
    is(ask($t, 'GET', '/api/updates', set => \%many)->{status}, 200,
        '500 parameters');
    is(ask($t, 'GET', '/api/updates', set => { HTTP_X => 'v' x 300_000 })
            ->{status}, 200, 'one of 300 kB');
    is(ask($t, 'GET', '/api/updates', set => { '' => '', X => '' })
            ->{status}, 200, 'empty names and values');
    # The same body in records of one byte.
    my $body = minimal('docker.io/a/bytes:1');
    my $bytes = join '', map { DiunDash::FCGI::record(5, $_) }
        split(//, $body), '';
    $socket = sent($t, DiunDash::FCGI::begin()
            . params_of('POST', '/webhook', body => $body) . $bytes);
    is(DiunDash::FCGI::answer($socket)->{status}, 200, 'byte by byte');
    close($socket);
    ok(updates($t)->{'docker.io/a/bytes:1'}, 'stored');
};

subtest 'SIGTERM' => sub {
    my $t = DiunDash::FCGI->new;
    hook($t, minimal($image));
    my $body = minimal('docker.io/a/last:1');
    my $socket = sent($t, DiunDash::FCGI::begin()
            . params_of('POST', '/webhook', body => $body)
            . stdin_of(substr($body, 0, 10), open => 1));
    sleep 0.5;    # let the worker take it
    kill 'TERM', $t->workers->pid(0);
    sleep 0.2;    # and the signal
    DiunDash::FCGI::send_all($socket, stdin_of(substr $body, 10));
    my $r = DiunDash::FCGI::answer($socket);
    close($socket);
    is($r->{status}, 200, 'ends no request in hand');
    is($t->workers->ended(0), 0, 'and then the worker, with 0');
    is(sqlite($t->db, 'SELECT count(*) FROM updates'), 2, 'stored');
    $t = DiunDash::FCGI->new;
    hook($t, minimal($image));
    kill 'PIPE', $t->workers->pid(0);
    ok(updates($t)->{$image}, 'SIGPIPE is nothing');
    is($t->workers->end(0), 0, 'an idle worker ends with 0');
};

subtest 'values of the environment that cannot be right' => sub {
    for ([ DIUNDASH_BODY_LIMIT => 'abc' ], [ DIUNDASH_LOG_LEVEL => 'loud' ],
        [ DATABASE_URL => 'postgres://me:topsecret@db/diun' ],
        [ DIUNDASH_BUSY_TIMEOUT => '-1' ]) {
        my ($name, $value) = @{$_};
        my $w = DiunDash::Workers->new(count => 1,
            env => { $name => $value });
        is($w->ended(0), 1 << 8, "$name=$value: exit 1");
        my $log = $w->log;
        like($log, qr/\A[^\n]*\b$name\b[^\n]*\n\z/, 'one line naming it');
        unlike($log, qr/topsecret/, 'without a password');
    }
};

subtest 'two workers see the same' => sub {
    my $t = DiunDash::FCGI->new(count => 2);
    for my $n (1 .. 40) {
        hook($t, minimal("docker.io/a/i$n:1"), "webhook $n");
        my $all = updates($t);
        ok($all->{"docker.io/a/i$n:1"}, 'at once in the list');
    }
};

done_testing();
