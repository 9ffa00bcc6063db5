#!/usr/bin/perl
# nginx-restart.t - workers are restarted under load behind nginx
#
# nginx as conf/nginx sets it up; the test holds the socket, as systemd does.
# 100 times a worker is replaced, then the whole service is restarted by way of
# multiwatch, which alone is told to end (KillMode=mixed). Every webhook names another
# image, and the workers log what they store: none may be lost, none may be
# stored twice.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use DiunDash::Cases;
use DiunDash::Clients;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Site;

my ($nginx, $multiwatch) = need('nginx', 'multiwatch');

sub under_load {
    my ($t, $times, $least, $restart) = @_;
    my $clients = DiunDash::Clients->start(4, sub {
        my ($client) = @_;
        my $me = $client->number;
        my ($count, @wrong) = (0);
        while ($client->goes_on) {
            my $n = ++$count;
            my $r = $t->request('POST', '/webhook',
                body => minimal("docker.io/c$me/i$n:1",
                    unknown => 'x' x 20_000));
            push @wrong, $r->{error} || "$r->{status} $r->{body}"
                if $r->{error} || $r->{status} != 200;
            $r = $t->request('GET', '/healthz');
            push @wrong, $r->{error} || "$r->{status} $r->{body}"
                if $r->{error} || $r->{status} != 200;
        }
        $client->report({ me => $me, count => $count, wrong => \@wrong });
    });
    my @status;
    for my $n (1 .. $times) {
        sleep 0.01 + rand 0.03;
        push @status, $restart->($n);
    }
    my (@wrong, %sent);
    for my $seen ($clients->finish) {
        ok($seen, 'a client came to its end') or next;
        push @wrong, @{ $seen->[0]{wrong} };
        $sent{"docker.io/c$seen->[0]{me}/i$_:1"} = 1
            for 1 .. $seen->[0]{count};
    }
    is(scalar(grep { defined $_ && $_ == 0 } @status), $times,
        "$times times all ended by themselves, with 0");
    cmp_ok(scalar keys %sent, '>', $least, 'webhooks came meanwhile');
    is_deeply([ @wrong[ 0 .. ($#wrong > 9 ? 9 : $#wrong) ] ], [],
        'none failed, none hung');
    ok($t->stop, 'the last ones ended well, too');
    my %stored;
    my $log = $t->log;
    $stored{$1}++ while $log =~ /: received (\S+)/g;
    is_deeply(\%stored, \%sent, 'each webhook was stored, and stored once');
    is(sqlite($t->db, 'SELECT count(*) FROM updates'),
        scalar keys %sent, 'all are in the database');
    return;
}

subtest 'worker by worker' => sub {
    my $t = DiunDash::Site->new(kind => 'nginx', count => 3);
    under_load($t, $SANITIZED ? 25 : 100, 100,
        sub { $t->workers->restart($_[0] % 3) });
};

subtest 'the whole service, by multiwatch' => sub {
    my $t = DiunDash::Site->new(kind => 'nginx', count => 1,
        wrapper => [ $multiwatch, '-r', 100, '-f', 3, '--' ]);
    under_load($t, $SANITIZED ? 5 : 20, 20, sub {
        is($t->request('GET', '/healthz')->{status}, 200, 'it serves')
            for 1 .. 5;
        my @workers;
        until_true(sub {
            @workers = children_of($t->workers->pid(0));
            # Between fork and exec, multiwatch's signal to a child is lost.
            return 3 == grep { (readlink "/proc/$_/exe" || '') =~ /diundash/ }
                @workers;
        });
        my $status = $t->workers->restart(0);
        until_true(sub { !grep { readlink "/proc/$_/exe" } @workers })
            or return undef;
        return $status;
    });
};

done_testing();
