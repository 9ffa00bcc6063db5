# Clients.pm - several clients at once, and what each of them saw
#
# Each client is a process that runs the test's own code. What it reports,
# one JSON value a line, is read back when it has ended. A client learns from
# a file whether it should go on, so that a test can keep up a load for as
# long as something else takes.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Clients;

use strict;
use warnings;

use DiunDash::Env;

# Start $n processes, each running $code->($client), $client->{number} from
# 0. The code calls $client->report(value) and may ask $client->goes_on.
sub start {
    my ($class, $n, $code) = @_;
    my $self = bless { dir => scratch(), pids => [] }, $class;
    for my $i (0 .. $n - 1) {
        my $client = bless { number => $i, parent => $$,
            file => "$self->{dir}/$i", stop => "$self->{dir}/stop" },
            $class;
        push @{ $self->{pids} }, spawn([], inherit => 1, code => sub {
            open($client->{out}, '>:raw', $client->{file})
                or die "cannot write '$client->{file}': $!";
            srand($i + 1);
            $code->($client);
            close($client->{out}) or die "cannot write: $!";
        });
    }
    return $self;
}

# In a client.
sub number { return $_[0]{number} }
sub goes_on { return !-e $_[0]{stop} && getppid == $_[0]{parent} }

sub report {
    my ($self, $value) = @_;
    print { $self->{out} } text_of($value), "\n";
    return;
}

# In the test: let the clients end, if they ask, and wait for them. A list
# with what each of them reported; undef in place of one that failed.
sub finish {
    my ($self) = @_;
    spew("$self->{dir}/stop", '');
    my @seen;
    for my $i (0 .. $#{ $self->{pids} }) {
        my $status = wait_pid($self->{pids}[$i]);
        push @seen, defined $status && $status == 0
            ? [ map { json_of($_) } split /\n/, slurp("$self->{dir}/$i") ]
            : undef;
    }
    return @seen;
}

1;
