#!/usr/bin/perl
# load.t - peers that take their time
#
# One that drips a byte now and then must not hold a worker, and the signal
# that sees to it must harm nobody else.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Clients;
use DiunDash::Env;
use DiunDash::FCGI qw(params_of stdin_of sent);

my $image = 'docker.io/library/nginx:latest';

# Run $drip every 20 ms until the process has ended; its wait status.
sub dripping_until {
    my ($pid, $drip) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $status;
    until_true(sub {
        sleep 0.01;
        $drip->();
        $status = wait_pid($pid, 1e-6);
        return defined $status;
    });
    stop_pid($pid, 'KILL') if !defined $status;
    return $status;
}

# A webhook from another process.
sub webhook_behind {
    my ($t, $name) = @_;
    return spawn([], inherit => 1, code => sub {
        my $r = $t->request('POST', '/webhook', body => minimal($name));
        die $r->{error} || $r->{status} if $r->{error} || $r->{status} != 200;
    });
}

my $begin = DiunDash::FCGI::begin();
my $body = minimal('docker.io/evil/x:1');
# What comes at once, and then byte after byte. A record says 65528 bytes.
my $open_params = pack('CCnnCC', 1, 4, 1, 65528, 0, 0);
my $open_body = pack('CCnnCC', 1, 5, 1, 65528, 0, 0);
my %slow = (
    'a silent peer' => [ '', '' ],
    'half a header' => [ substr($begin, 0, 5), '' ],
    'silent in the body' => [ $begin . params_of('POST', '/webhook',
            body => $body) . stdin_of(substr($body, 0, 20), open => 1), '' ],
    'dripping parameters' => [ $begin . $open_params, 'x' ],
    'a dripping body' => [ $begin . params_of('POST', '/webhook',
            content_length => 65528, body => '') . $open_body, ' ' ],
    'empty records' => [ $begin, DiunDash::FCGI::record(42, '') ],
    'dripping behind its request' => [ $begin . params_of('GET', '/healthz')
            . stdin_of(''), 'x' ],
);

subtest 'peers that take their time hold no worker' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 400 });
    my $n = 0;
    for my $name (sort keys %slow) {
        my ($at_once, $drop) = @{ $slow{$name} };
        my $socket = sent($t, $at_once);
        my $pid = webhook_behind($t, 'docker.io/a/i' . ++$n . ':1');
        is(dripping_until($pid, sub { syswrite $socket, $drop if $drop }), 0,
            "$name: the webhook behind it is answered");
        close($socket);
    }
    is(scalar keys %{ updates($t) }, $n, 'all are stored, and nothing else');
    like($t->log, qr/dropped .* within 400 ms/, 'the log says so');
    ok($t->stop, 'the worker ended well');
};

subtest 'a peer that reads byte by byte holds no worker' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 400 });
    hook($t, { image => "docker.io/a/i$_:1", platform => 'x' x 20_000 },
        "image $_") for 1 .. 60;
    my $socket = sent($t, $begin . params_of('GET', '/api/updates')
        . stdin_of(''));
    my $pid = webhook_behind($t, $image);
    is(dripping_until($pid, sub { sysread $socket, my $byte, 1 }), 0,
        'the webhook behind it is answered');
    close($socket);
};

subtest 'a slow but steady reader gets all of it' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 400 });
    hook($t, { image => "docker.io/a/i$_:1", platform => 'x' x 20_000 },
        "image $_") for 1 .. 60;
    my $want = updates_text($t);
    my $socket = sent($t, $begin . params_of('GET', '/api/updates')
        . stdin_of(''));
    my $in = '';
    while (sysread $socket, $in, 20_000, length $in) {
        sleep 0.02;
    }
    my ($out, $at) = ('', 0);
    while ($at + 8 <= length $in) {
        my (undef, $type, undef, $len, $pad) = unpack 'CCnnC',
            substr $in, $at, 8;
        $out .= substr $in, $at + 8, $len if $type == 6;
        $at += 8 + $len + $pad;
    }
    is(DiunDash::CGI::parse($out)->{body}, $want,
        'later than the limit, and whole');
};

subtest 'SIGTERM ends a worker that somebody drips on' => sub {
    for my $name ('dripping parameters', 'a dripping body',
        'dripping behind its request') {
        my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 1000 });
        hook($t, minimal($image));
        my ($at_once, $drop) = @{ $slow{$name} };
        my $socket = sent($t, $at_once);
        sleep 0.1;
        kill 'TERM', $t->workers->pid(0);
        is(dripping_until($t->workers->pid(0),
                sub { syswrite $socket, $drop }), 0, $name);
        close($socket);
    }
};

# The signal of the watch, far more often and at any moment.
subtest 'the signal harms no request' => sub {
    my $t = DiunDash::FCGI->new;
    my $pid = $t->workers->pid(0);
    $t->workers->begun(0);
    my $filler = 'x' x 20_000;
    hook($t, { image => $image, platform => $filler });
    my $want = updates_text($t);
    my $signals = DiunDash::Clients->start(1, sub {
        my ($client) = @_;
        my $count = 0;
        while ($client->goes_on) {
            kill 34, $pid for 1 .. 5;    # SIGRTMIN, as glibc has it
            $count += 5;
            sleep 0.0005;
        }
        $client->report($count);
    });
    my (@wrong, $halves);
    for my $n (1 .. 2000) {
        my $r;
        if ($n % 10 == 0) {
            # In pieces, so that the worker is waiting when it comes.
            my $text = minimal("docker.io/b/i$n:1", unknown => $filler);
            my $bytes = $begin . params_of('POST', '/webhook', body => $text)
                . stdin_of($text);
            my $socket = sent($t, substr $bytes, 0, 50);
            sleep 0.001;
            DiunDash::FCGI::send_all($socket, substr $bytes, 50, 5000);
            sleep 0.001;
            DiunDash::FCGI::send_all($socket, substr $bytes, 5050);
            $r = DiunDash::FCGI::answer($socket);
            $halves++;
        } else {
            $r = $t->request('POST', '/webhook', body => $n % 2 ? ''
                : '{"image":""}');
            push @wrong, "$n: " . ($r->{error} || $r->{status})
                if $r->{error} || $r->{status} != 400;
            next;
        }
        push @wrong, "$n: " . ($r->{error} || "$r->{status} $r->{body}")
            if $r->{error} || $r->{status} != 200;
    }
    my ($seen) = $signals->finish;
    cmp_ok($seen->[0], '>', 1000, "$seen->[0] signals");
    is_deeply(\@wrong, [], '2,000 requests, each answered as it should be');
    is(scalar keys %{ updates($t) }, $halves + 1, 'and stored');
    ok($t->stop, 'the worker ended well');
};

done_testing();
