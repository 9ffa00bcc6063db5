#!/usr/bin/perl
# restart.t - workers are restarted one after another under load
#
# The test holds the socket, as systemd or multiwatch would. 50 times (500 with
# DIUNDASH_LONG=1) a worker gets SIGTERM and another takes its place while
# clients send without a pause: no request may fail or hang, and each worker
# ends with 0.
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

need('sqlite3');

my $RESTARTS = $SANITIZED ? 25 : $LONG ? 500 : 50;
my $WORKERS = 4;
my $CLIENTS = 4;

my $t = DiunDash::FCGI->new(count => $WORKERS);
my $filler = 'x' x 20_000;

# Reads and writes, with bodies long enough to be in the middle of.
my $clients = DiunDash::Clients->start($CLIENTS, sub {
    my ($client) = @_;
    my $me = $client->number;
    my ($count, @wrong, %sent) = (0);
    while ($client->goes_on) {
        my $n = ++$count;
        my $image = "docker.io/c$me/i" . $n % 20 . ':1';
        my $r = $n % 3
            ? $t->request('POST', '/webhook', body => minimal($image,
                digest => "d$n", unknown => $filler))
            : $t->request('GET', '/api/updates');
        if ($r->{error} || $r->{status} != 200) {
            push @wrong, $r->{error} || "$r->{status} $r->{body}";
        } elsif ($n % 3) {
            $sent{$image} = "d$n";
        } else {
            my $all = json_of($r->{body});
            push @wrong, "lost: $_" for grep { !$all->{$_}
                || $all->{$_}{event}{digest} ne $sent{$_} } keys %sent;
        }
    }
    $client->report({ count => $count, wrong => \@wrong, sent => \%sent });
});

my @status;
seed();
for my $n (1 .. $RESTARTS) {
    sleep 0.01 + rand 0.05;
    push @status, $t->workers->restart($n % $WORKERS);
}
is(scalar(grep { defined $_ && $_ == 0 } @status), $RESTARTS,
    "$RESTARTS workers ended by themselves, with 0");

my ($count, @wrong, %sent) = (0);
for my $seen ($clients->finish) {
    ok($seen, 'a client came to its end') or next;
    $count += $seen->[0]{count};
    push @wrong, @{ $seen->[0]{wrong} };
    %sent = (%sent, %{ $seen->[0]{sent} });
}
cmp_ok($count, '>', 2 * $RESTARTS, "$count requests were made meanwhile");
is_deeply([ @wrong[ 0 .. ($#wrong > 9 ? 9 : $#wrong) ] ], [],
    'none failed, none hung');
my $all = updates($t);
is_deeply({ map { ($_ => $all->{$_}{event}{digest}) } keys %{$all} }, \%sent,
    'what was answered 200 is there');
ok($t->stop, 'the last workers ended well too');
is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'integrity_check');
unlike($t->log, qr/: (?:warning|error): |Sanitizer|runtime error/,
    'no error in the log');

done_testing();
