#!/usr/bin/perl
# kill.t - workers are killed in the middle of writes
#
# 500 times (100,000 with DIUNDASH_LONG=1) one of four workers gets SIGKILL
# while clients write. A request that got no answer may or may not have been
# stored, and is sent again, as a careful sender would. What was answered is
# written down here, outside the workers, and must be there at the end, whole;
# the next worker must serve; and the database must be sound after each kill.
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

my $KILLS = $SANITIZED ? 25 : 500;    # of one database
my $ROUNDS = $LONG ? 200 : 1;
my $WORKERS = 4;
my $CLIENTS = 4;
my $CHECKS = 10;                      # of the database, in between
my $FILLER = 'p' x 3000;

# Every image is sent until it was answered, and then never again: none may
# hide the loss of another. A third of them is acknowledged at once.
sub client {
    my ($client, $t) = @_;
    my $me = $client->number;
    my ($n, $unanswered, @wrong) = (0, 0);
    my $until_answered = sub {
        my ($status, @request) = @_;
        while ($client->goes_on) {
            my $r = $t->request(@request);
            $unanswered++, next if $r->{error};
            return 1 if $r->{status} == $status;
            push @wrong, "$request[1]: $r->{status} $r->{body}";
            return 0;
        }
        return 0;
    };
    while ($client->goes_on) {
        my $image = "docker.io/c$me/i$n:1";
        $until_answered->(200, 'POST', '/webhook', body => minimal($image,
                digest => "d$n", platform => $FILLER)) or next;
        my $acknowledged = $n % 3 == 0
            && $until_answered->(204, 'PATCH', path_of($image));
        $client->report([ $image, "d$n", $acknowledged ? 1 : 0 ]);
        $n++;
    }
    $client->report({ unanswered => $unanswered, wrong => \@wrong });
    return;
}

# What the database has of each image, as the clients report it.
sub stored {
    my ($t) = @_;
    my $rows = sqlite($t->db, 'SELECT image, digest, '
            . 'acknowledged_at IS NOT NULL, '
            . "platform = '$FILLER' FROM updates");
    my %all;
    for my $row (split /\n/, $rows) {
        my ($image, $digest, $acknowledged, $whole) = split /\|/, $row;
        $all{$image} = [ $digest, $acknowledged, $whole ];
    }
    return \%all;
}

sub round {
    my $t = DiunDash::FCGI->new(count => $WORKERS);
    my $clients = DiunDash::Clients->start($CLIENTS,
        sub { client($_[0], $t) });
    my (@status, @serves, @unsound);
    for my $n (1 .. $KILLS) {
        sleep 0.002 + rand 0.02;
        push @status, $t->workers->restart(int(rand $WORKERS), 'KILL');
        my $r = $t->request('GET', '/healthz');
        push @serves, $r->{error} || $r->{status};
        next if $n % int($KILLS / $CHECKS || 1);
        # Opens as a worker would, recovering what the killed one left.
        my $check = run([ $COMMAND, 'check' ], env => { DB_PATH => $t->db });
        push @unsound, "kill $n: $check->{out}$check->{err}"
            if $check->{exit} != 0;
    }
    is(scalar(grep { defined $_ && $_ == 9 } @status), $KILLS,
        "$KILLS workers were killed");
    is(scalar(grep { $_ eq '200' } @serves), $KILLS, 'the next one serves')
        or diag("@serves");
    is_deeply(\@unsound, [], 'the database was sound all the time');

    my ($answered, $unanswered, @wrong, @lost) = (0, 0);
    my @seen = $clients->finish;
    my $all = stored($t);
    for my $reports (@seen) {
        ok($reports, 'a client came to its end') or next;
        my $end = pop @{$reports};
        $unanswered += $end->{unanswered};
        push @wrong, @{ $end->{wrong} };
        $answered += @{$reports};
        for (@{$reports}) {
            my ($image, $digest, $acknowledged) = @{$_};
            my $have = $all->{$image} || [ 'nothing', 0, 0 ];
            push @lost, "$image: @{$have}" if $have->[0] ne $digest
                || $acknowledged && !$have->[1] || !$have->[2];
        }
    }
    note("$answered images answered, $unanswered requests hit");
    cmp_ok($answered, '>', $KILLS, 'many were answered');
    cmp_ok($unanswered, '>', $KILLS / 20, 'some were hit in the middle');
    is_deeply(\@wrong, [], 'no answer but the good one');
    is_deeply([ @lost[ 0 .. ($#lost > 9 ? 9 : $#lost) ] ], [],
        'what was answered is there, and whole');
    is(scalar(grep { !$_->[2] } values %{$all}), 0,
        'and nothing else is there by half');
    ok($t->stop, 'the last workers ended well');
    is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'integrity_check');
    is(sqlite($t->db, 'PRAGMA foreign_key_check'), '', 'foreign_key_check');
    return;
}

seed();
subtest "round $_" => \&round for 1 .. $ROUNDS;
done_testing();
