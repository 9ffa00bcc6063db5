#!/usr/bin/perl
# kill.t - workers are killed in the middle of writes
#
# 50 times one of two workers gets SIGKILL while clients write. A request that
# got no answer may or may not have been stored, and is sent again, as a
# careful sender would; what was answered 200 must be there, and the next
# worker must serve.
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

my $KILLS = $SANITIZED ? 25 : 50;
my $WORKERS = 2;
my $CLIENTS = 3;

my $t = DiunDash::FCGI->new(count => $WORKERS);

# Every image is sent once only: none may hide the loss of another.
my $clients = DiunDash::Clients->start($CLIENTS, sub {
    my ($client) = @_;
    my $me = $client->number;
    my ($n, $unanswered, @wrong) = (0, 0);
    while ($client->goes_on) {
        my $r = $t->request('POST', '/webhook', body => minimal(
                "docker.io/c$me/i$n:1", digest => "d$n",
                platform => 'p' x 3000));
        if ($r->{error}) {
            $unanswered++;
        } elsif ($r->{status} != 200) {
            push @wrong, "$r->{status} $r->{body}";
        } else {
            $n++;
        }
    }
    $client->report({ answered => $n, unanswered => $unanswered,
        wrong => \@wrong });
});

my (@status, @serves);
seed();
for my $n (1 .. $KILLS) {
    sleep 0.02 + rand 0.06;
    push @status, $t->workers->restart($n % $WORKERS, 'KILL');
    my $r = $t->request('GET', '/healthz');
    # That worker may be killed in turn, not this one: one more try.
    $r = $t->request('GET', '/healthz') if $r->{error};
    push @serves, $r->{status} || $r->{error};
}
is(scalar(grep { defined $_ && $_ == 9 } @status), $KILLS,
    "$KILLS workers were killed");
is(scalar(grep { $_ eq '200' } @serves), $KILLS, 'the next one serves')
    or diag("@serves");

my ($answered, $unanswered, @wrong, @lost) = (0, 0);
my @seen = $clients->finish;
my $all = updates($t);
for my $me (0 .. $#seen) {
    ok($seen[$me], 'a client came to its end') or next;
    my $report = $seen[$me][0];
    push @wrong, @{ $report->{wrong} };
    $answered += $report->{answered};
    $unanswered += $report->{unanswered};
    push @lost, map { "c$me/i$_" } grep {
        my $u = $all->{"docker.io/c$me/i$_:1"};
        !$u || $u->{event}{digest} ne "d$_"
            || $u->{event}{platform} ne 'p' x 3000
    } 0 .. $report->{answered} - 1;
}
note("$answered answered, $unanswered lost with a worker");
cmp_ok($answered, '>', $KILLS, 'many were answered 200');
cmp_ok($unanswered, '>', 0, 'some were hit in the middle');
is_deeply(\@wrong, [], 'no answer but 200');
is_deeply(\@lost, [], 'what was answered 200 is there, and whole');
ok($t->stop, 'the last workers ended well');
is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'integrity_check');
unlike($t->log, qr/: (?:warning|error): |Sanitizer|runtime error/,
    'no error in the log');

done_testing();
