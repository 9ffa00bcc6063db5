# Workers.pm - FastCGI workers on one Unix socket that the test holds
#
# The listening socket belongs to the test, each worker inherits it as its
# descriptor 0: so workers can be stopped, killed and started again while
# connections wait in the backlog, as under systemd or multiwatch.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Workers;

use strict;
use warnings;

use IO::Socket::UNIX;
use Socket qw(SOCK_STREAM);

use DiunDash::Env;

my $PERL = readlink("/proc/$$/exe") || '';

# %o: count, env, db (a path; else a new file in a scratch folder), program,
# wrapper => [command that the program is given to], spawn => {options of
# spawn: uid, gid, ...}, foreign => 1 for a program that is not a worker.
sub new {
    my ($class, %o) = @_;
    my $dir = scratch();
    my $db = defined $o{db} ? $o{db} : "$dir/diun.db";
    my $path = "$dir/fcgi.sock";
    my $listen = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path,
        Listen => 4096) or die "cannot listen on '$path': $!";
    open(my $log, '>>', "$dir/worker.log") or die "cannot open log: $!";
    my $self = bless {
        dir => $dir, db => $db, path => $path, listen => $listen,
        log => $log, pids => [],
        program => $o{program} || $WORKER,
        wrapper => $o{wrapper} || [],
        env => { DB_PATH => $db, %{ $o{env} || {} } },
        spawn => $o{spawn} || {}, foreign => $o{foreign},
    }, $class;
    $self->start($_) for 0 .. $o{count} - 1;
    return $self;
}

sub start {
    my ($self, $i) = @_;
    $self->{pids}[$i] = spawn([ @{ $self->{wrapper} }, $self->{program} ],
        env => $self->{env}, in => $self->{listen}, out => $self->{log},
        err => $self->{log}, %{ $self->{spawn} });
    return $self->{pids}[$i];
}

# Wait until worker $i takes its signals itself: from then on SIGTERM is an
# orderly end. Before that, while the program is being loaded, it would have
# nothing to put in order, and ends as the system does it. (Perl blocks its
# signals, too, when it forks.)
sub begun {
    my ($self, $i) = @_;
    my $pid = $self->{pids}[$i];
    return 1 if $self->{foreign};
    return until_true(sub {
        return 0 if (readlink("/proc/$pid/exe") || '') eq $PERL;
        my $status = eval { slurp("/proc/$pid/status") } || '';
        return 1 if $status !~ /^State:\s*[^ZX\s]/m;    # it has ended
        my ($blocked) = $status =~ /^SigBlk:\s*([0-9a-f]+)$/m;
        return defined $blocked && hex(substr $blocked, -8) & 1 << 14;
    });
}

sub socket { return $_[0]{path} }
sub db { return $_[0]{db} }
sub dir { return $_[0]{dir} }
sub count { return scalar @{ $_[0]{pids} } }
sub pid { return $_[0]{pids}[ $_[1] ] }
sub log { return slurp("$_[0]{dir}/worker.log") }
sub set_env { my ($self, %new) = @_; %{ $self->{env} } =
    (%{ $self->{env} }, %new); return }

# End worker $i by a signal (TERM); its wait status, undef when it hung.
sub end {
    my ($self, $i, $signal) = @_;
    my $pid = $self->{pids}[$i];
    return 0 if !defined $pid;
    $self->begun($i) if !defined $signal;
    $self->{pids}[$i] = undef;
    return stop_pid($pid, $signal);
}

# End it and start another in its place; the wait status of the old one.
sub restart {
    my ($self, $i, $signal) = @_;
    my $status = $self->end($i, $signal);
    $self->start($i);
    return $status;
}

# The wait status when worker $i has ended by itself, undef while it lives.
sub ended {
    my ($self, $i, $patience) = @_;
    my $pid = $self->{pids}[$i];
    return undef if !defined $pid;
    my $status = wait_pid($pid, $patience);
    $self->{pids}[$i] = undef if defined $status;
    return $status;
}

# End all; true when each ended by itself with 0 after SIGTERM.
sub stop {
    my ($self) = @_;
    $self->begun($_) for grep { defined $self->{pids}[$_] }
        0 .. $#{ $self->{pids} };
    my @pids = grep { defined } @{ $self->{pids} };
    $self->{pids} = [];
    kill 'TERM', @pids if @pids;
    my $clean = 1;
    for my $pid (@pids) {
        my $status = wait_pid($pid);
        stop_pid($pid, 'KILL') if !defined $status;
        $clean = 0 if !defined $status || $status != 0;
    }
    close($self->{listen}) if $self->{listen};
    $self->{listen} = undef;
    return $clean;
}

1;
