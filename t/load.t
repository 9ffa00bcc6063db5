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
use Time::HiRes qw(sleep time);

use DiunDash::CGI;
use DiunDash::Cases;
use DiunDash::Clients;
use DiunDash::Env;
use DiunDash::FCGI qw(params_of stdin_of sent);
use DiunDash::Site;

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

# One step of the answer at a time, and a pause that is short beside the
# second that a step may take.
subtest 'a slow but steady reader gets all of it' => sub {
    my $t = DiunDash::FCGI->new(env => { DIUNDASH_IO_TIMEOUT => 400 });
    hook($t, { image => "docker.io/a/i$_:1", platform => 'x' x 80_000 },
        "image $_") for 1 .. 60;
    my $want = updates_text($t);
    my $socket = sent($t, $begin . params_of('GET', '/api/updates')
        . stdin_of(''));
    my $in = '';
    while (sysread $socket, $in, 65_536, length $in) {
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

subtest 'what only reads gives way to webhooks' => sub {
    my $t = DiunDash::CGI->new;
    hook($t, minimal($image));
    my $after = sub {
        my ($seconds, @request) = @_;
        my ($method, $path, %o) = @request;
        return ask($t, $method, $path, %o, set => { DIUNDASH_REQUEST_START =>
                    $seconds =~ /[a-z]/ ? $seconds
                    : sprintf '%.3f', time - $seconds });
    };
    for ([ GET => '/api/updates' ], [ GET => '/api/history' ],
        [ GET => '/healthz' ], [ HEAD => '/api/tags' ]) {
        my $what = "@{$_}";
        is($after->(1, @{$_})->{status}, 200, "$what, a second late");
        my $r = $after->(3, @{$_});
        is($r->{status}, 503, "$what, three seconds late");
        like($r->{headers}{'retry-after'}, qr/\A[1-9]\d*\z/,
            '... is to come again');
        error_ok($r, $what, qr/too many requests wait/)
            if $_->[0] ne 'HEAD';
    }
    for my $time (-5, 61, 'xyz', '1e9.123', 'a.bcd') {
        is($after->($time, GET => '/api/updates')->{status}, 200,
            "a time that cannot be: $time");
    }
    is($after->(9, POST => '/webhook', body => minimal('docker.io/a/b:1'))
            ->{status}, 200, 'a webhook, nine seconds late');
    is($after->(9, GET => '/webhook', body => minimal('docker.io/a/c:1'))
            ->{status}, 200, '... by GET, too');
    is($after->(9, PATCH => path_of($image))->{status}, 204, 'a change');
    is(scalar keys %{ updates($t) }, 3, 'they are stored');
};

# Both wait for a worker that stands still for more than two seconds.
subtest 'so it does behind nginx' => sub {
    need('nginx');
    my $t = DiunDash::Site->new(kind => 'nginx', count => 1);
    hook($t, minimal($image));
    kill 'STOP', $t->workers->pid(0);
    my $clients = DiunDash::Clients->start(4, sub {
        my ($client) = @_;
        my @request = $client->number % 2 ? (GET => '/api/updates')
            : (POST => '/webhook', body => minimal('docker.io/a/b'
                . $client->number . ':1'));
        my $r = $t->request(@request);
        $client->report([ $request[0], $r->{error} || $r->{status} ]);
    });
    sleep 2.5;
    kill 'CONT', $t->workers->pid(0);
    my @seen = map { join ' ', @{ $_->[0] } } $clients->finish;
    is_deeply([ sort @seen ],
        [ 'GET 503', 'GET 503', 'POST 200', 'POST 200' ],
        'the list is refused, and the webhooks are stored');
    is(scalar keys %{ updates($t) }, 3, 'then there is time again');
    ok($t->stop, 'nginx and the worker ended well');
};

done_testing();
