# Env.pm - what every test needs: paths, scratch folders, processes
#
# Knows where the source and the build tree are, finds other programs or
# skips, makes scratch folders that go away, runs a command with an exact
# environment, and stops everything that a test started, by its pid, even
# when the test dies. Nothing here is timed: the limits detect a hang.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Env;

use strict;
use warnings;

use Cwd ();
use Errno qw(EAGAIN EINTR EPIPE);
use Exporter qw(import);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use File::Basename qw(dirname);
use File::Temp ();
use JSON::PP ();
use POSIX qw(WNOHANG);
use Test::More ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw($SRC $BUILD $WORKER $COMMAND $PATIENCE $SANITIZED $LONG
    need find_program skip_everything scratch slurp spew run
    spawn wait_pid stop_pid children_of process all_ended until_true
    json_of text_of sqlite seed payload_names payload golden);

my $here = Cwd::abs_path(dirname(__FILE__));
our $SRC = $ENV{DIUNDASH_SRC} || Cwd::abs_path("$here/../../..");
our $BUILD = $ENV{DIUNDASH_BUILD} || "$SRC/build";
our $WORKER = "$BUILD/cgi-bin/diundash.fcgi";
our $COMMAND = "$BUILD/bin/diundash";
our $SANITIZED = ($ENV{DIUNDASH_SANITIZED} || '') eq '1';

# The figures of a release in place of those of every day.
our $LONG = ($ENV{DIUNDASH_LONG} || '') eq '1';

# After so many seconds something counts as hung. Never the usual case.
our $PATIENCE = $ENV{DIUNDASH_PATIENCE} || 90;

# Variables that instrumented builds need, even under an empty environment.
my @INSTRUMENT = qw(ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
    GCOV_PREFIX GCOV_PREFIX_STRIP LLVM_PROFILE_FILE);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# ---------------------------------------------------------------- skipping

# End the test as skipped, or as failed where all must run.
sub skip_everything {
    my ($why) = @_;
    Test::More::BAIL_OUT($why) if ($ENV{DIUNDASH_REQUIRE_ALL} || '') eq '1';
    Test::More::plan(skip_all => $why);
    exit 0;
}

sub find_program {
    my ($name) = @_;
    for my $dir (split(/:/, $ENV{PATH} || ''), '/usr/local/sbin',
        '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin') {
        next if $dir eq '';
        return "$dir/$name" if -x "$dir/$name" && !-d "$dir/$name";
    }
    return undef;
}

# The paths of these programs; without one of them the test is skipped.
sub need {
    my @paths;
    for my $name (@_) {
        my $path = find_program($name)
            or skip_everything("$name is not installed");
        push @paths, $path;
    }
    return wantarray ? @paths : $paths[0];
}

# ------------------------------------------------------------------- files

# A new folder, removed at the end. Its name is short: the path of a Unix
# socket has 107 bytes at most.
sub scratch {
    my $dir = File::Temp::tempdir('diundash-XXXXXX', TMPDIR => 1,
        CLEANUP => 1);
    chmod 0755, $dir;
    return $dir;
}

sub slurp {
    my ($path) = @_;
    open(my $in, '<:raw', $path) or die "cannot open '$path': $!";
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

sub spew {
    my ($path, $text) = @_;
    open(my $out, '>:raw', $path) or die "cannot write '$path': $!";
    print {$out} $text;
    close($out) or die "cannot write '$path': $!";
    return $path;
}

# --------------------------------------------------------------- test data

sub json_of { return $json->decode($_[0]) }
sub text_of { return $json->encode($_[0]) }

sub payload_names {
    my @names = map { m{([^/]+)\.json\z} ? $1 : () }
        glob("$SRC/t/data/payloads/*.json");
    die "no payloads in $SRC/t/data/payloads" if !@names;
    return sort @names;
}

sub payload { return slurp("$SRC/t/data/payloads/$_[0].json") }
sub golden { return json_of(slurp("$SRC/t/data/golden/$_[0].json")) }

# The seed of a random test: printed, and taken back from DIUNDASH_SEED.
sub seed {
    my $seed = $ENV{DIUNDASH_SEED};
    $seed = int(time) ^ ($$ << 8) if !defined $seed || $seed !~ /\A\d+\z/;
    srand($seed);
    Test::More::diag("DIUNDASH_SEED=$seed") if $ENV{TEST_VERBOSE};
    Test::More::note("DIUNDASH_SEED=$seed");
    return $seed;
}

# --------------------------------------------------------------- processes

my $owner = $$;
my %alive;    # pid => 1, started here and not yet reaped

sub END_all {
    return if $$ != $owner;
    my @left = keys %alive;
    kill 'TERM', $_ for @left;
    my $end = time + 10;
    while (%alive && time < $end) {
        reap_now($_) for keys %alive;
        sleep 0.01 if %alive;
    }
    for my $pid (keys %alive) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
        delete $alive{$pid};
    }
}

END {
    local ($?, $!, $@);
    END_all();
}

# Die by exit, so that END runs, on the signals that usually end a test.
for my $name (qw(INT TERM HUP)) {
    $SIG{$name} = sub { exit 1 if $$ == $owner; POSIX::_exit(1) };
}

my %exit_of;    # pid => wait status, for those reaped in passing

sub reap_now {
    my ($pid) = @_;
    return 1 if exists $exit_of{$pid};
    my $got = waitpid $pid, WNOHANG;
    return 0 if $got == 0;
    $exit_of{$pid} = $got == $pid ? $? : -1;
    delete $alive{$pid};
    return 1;
}

# Fork and exec @{$command} with exactly the environment %{$o{env}} (and what
# an instrumented build needs). $o{in}, {out}, {err}: file handles for the
# descriptors 0, 1, 2; {uid}, {gid}: become that user; {code}: run this in
# the child instead of a command. Returns the pid.
sub spawn {
    my ($command, %o) = @_;
    my $pid = fork;
    die "cannot fork: $!" if !defined $pid;
    if ($pid) {
        $alive{$pid} = 1;
        return $pid;
    }
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
    my $ok = eval {
        if ($o{code}) {
            $o{code}->();
            POSIX::_exit(0);
        }
        my @handles = ($o{in}, $o{out}, $o{err});
        for my $fd (0 .. 2) {
            my $handle = $handles[$fd];
            if (!$handle) {
                next if $o{inherit};
                open($handle, $fd == 0 ? '<' : '>', '/dev/null') or die $!;
            }
            if (fileno($handle) != $fd) {
                defined POSIX::dup2(fileno($handle), $fd) or die "dup2: $!";
            } else {
                my $flags = fcntl($handle, Fcntl::F_GETFD(), 0);
                fcntl($handle, Fcntl::F_SETFD(), $flags & ~1);
            }
        }
        chdir($o{cwd}) or die "chdir: $!" if $o{cwd};
        umask $o{umask} if defined $o{umask};
        if (defined $o{uid}) {
            $) = "$o{gid} $o{gid}";
            POSIX::setgid($o{gid}) or die "setgid: $!";
            POSIX::setuid($o{uid}) or die "setuid: $!";
        }
        my %env = %{ $o{env} || {} };
        for my $name (@INSTRUMENT) {
            $env{$name} = $ENV{$name}
                if defined $ENV{$name} && !defined $env{$name};
        }
        %ENV = %env;
        no warnings 'exec';
        exec { $command->[0] } @{$command} or die "exec: $!";
    };
    my $why = $ok ? '' : $@;
    syswrite STDERR, "cannot start @{$command}: $why" if !$o{code};
    syswrite STDERR, "child died: $why" if $o{code} && $why;
    POSIX::_exit(127);
}

# Wait for a child; its wait status, or undef when it hangs.
sub wait_pid {
    my ($pid, $patience) = @_;
    my $end = time + ($patience || $PATIENCE);
    my $pause = 0.0005;
    while (!reap_now($pid)) {
        return undef if time > $end;
        sleep $pause;
        $pause *= 1.5 if $pause < 0.02;
    }
    return delete $exit_of{$pid};
}

# Send a signal (TERM), wait; KILL when it hangs. The wait status.
sub stop_pid {
    my ($pid, $signal) = @_;
    kill $signal || 'TERM', $pid;
    my $status = wait_pid($pid);
    return $status if defined $status;
    kill 'KILL', $pid;
    wait_pid($pid);
    return undef;
}

# The pids of a process's children, as Linux tells them.
sub children_of {
    my ($pid) = @_;
    my @found;
    for my $task (glob("/proc/$pid/task/*/children")) {
        open(my $in, '<', $task) or next;
        my $line = <$in>;
        push @found, split(' ', $line) if defined $line;
    }
    return @found;
}

# A process, as opposed to another that gets its number later: when it began
# and what it runs. undef when it has ended, be it waited for or not.
sub process {
    my ($pid) = @_;
    my $program = readlink "/proc/$pid/exe";
    my $stat = eval { slurp("/proc/$pid/stat") };
    return undef if !defined $program || !defined $stat;
    $stat =~ s/.*\)//s;
    my $began = (split ' ', $stat)[19];
    return "$pid $began $program";
}

# Wait until each of these, by process(), has ended; those that did not are
# named and killed. True when there were none.
sub all_ended {
    my @stayed;
    for my $it (grep { defined } @_) {
        my ($pid) = $it =~ /\A(\d+)/;
        next if until_true(sub { (process($pid) || '') ne $it });
        Test::More::diag("this process does not end: $it");
        kill 'KILL', $pid;
        push @stayed, $it;
    }
    return !@stayed;
}

# Call $code until it returns something true; that, or undef on a hang.
sub until_true {
    my ($code, $patience) = @_;
    my $end = time + ($patience || $PATIENCE);
    while (1) {
        my $value = $code->();
        return $value if $value;
        return undef if time > $end;
        sleep 0.01;
    }
}

# Run a command to its end: {out, err, exit, signal, hung}. $o{input} goes to
# its standard input by a pipe, which is then closed, or kept open until the
# end with {hold}. Other options as for spawn.
sub run {
    my ($command, %o) = @_;
    open(my $out, '+>', undef) or die "cannot make a temporary file: $!";
    open(my $err, '+>', undef) or die "cannot make a temporary file: $!";
    pipe(my $read, my $write) or die "cannot make a pipe: $!";
    my $in = $o{stdin} || $read;
    my $pid = spawn($command, %o, in => $in, out => $out, err => $err);
    close($read);
    local $SIG{PIPE} = 'IGNORE';
    my $status;
    my $input = defined $o{input} ? $o{input} : '';
    my $end = time + $PATIENCE;
    my $flags = fcntl($write, F_GETFL, 0);
    fcntl($write, F_SETFL, $flags | O_NONBLOCK);
    my $done = 0;
    while ($done < length $input && time < $end) {
        my $n = syswrite $write, $input, 65536, $done;
        if (defined $n) {
            $done += $n;
        } elsif ($! == EAGAIN) {
            my $bits = '';
            vec($bits, fileno($write), 1) = 1;
            select(undef, $bits, undef, 0.05);
            last if reap_now($pid);
        } elsif ($! != EINTR) {
            last;
        }
    }
    close($write) if !$o{hold};
    $status = wait_pid($pid);
    my $hung = !defined $status;
    stop_pid($pid, 'KILL') if $hung;
    close($write) if $o{hold};
    my %result = (hung => $hung, exit => undef, signal => undef);
    if (!$hung) {
        $result{signal} = $status & 127;
        $result{exit} = $status >> 8;
    }
    for ([ out => $out ], [ err => $err ]) {
        my ($name, $handle) = @{$_};
        seek $handle, 0, 0;
        local $/;
        my $text = <$handle>;
        $result{$name} = defined $text ? $text : '';
    }
    return \%result;
}

# Give SQL to the sqlite3 command; its output. Dies on an error.
sub sqlite {
    my ($db, $sql) = @_;
    my $program = find_program('sqlite3') or die 'sqlite3 is not installed';
    my $r = run([ $program, '-batch', '-bail', '-cmd', '.timeout 60000',
            $db ], input => "$sql\n", env => {});
    die "sqlite3: $r->{err}" if $r->{hung} || $r->{exit} != 0;
    my $text = $r->{out};
    chomp $text;
    return $text;
}

1;
