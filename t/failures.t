#!/usr/bin/perl
# failures.t - each step that can fail does so once, and the programs cope
#
# A preloaded library (t/fail/fail.c) makes the nth call of a function fail,
# for all n until none is left: each statement of SQLite, in each command and
# each kind of request, and each system call on the way of a webhook into the
# spool and out of it. What is not done is said, in one line, and leaves
# everything as it was; what is said to be done is done.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Errno ();
use File::Path qw(remove_tree);
use IO::Socket::UNIX;
use Test::More;

# What is tested does not depend on a disk, and this is faster without one.
BEGIN { $ENV{TMPDIR} = '/dev/shm' if -d '/dev/shm' && -w _ }

use DiunDash::Cases;
use DiunDash::CGI;
use DiunDash::Command;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Workers;

need('sqlite3');
my $FAIL = "$BUILD/t/fail/fail.so";
skip_everything("there is no $FAIL") if !-e $FAIL;

# Under the address sanitizer, it need not come first of all libraries.
$ENV{ASAN_OPTIONS} = join ':', grep { defined } $ENV{ASAN_OPTIONS},
    'verify_asan_link_order=0' if $SANITIZED;

my ($SQLITE_ERROR, $SQLITE_BUSY, $SQLITE_IOERR, $SQLITE_CANTOPEN,
    $SQLITE_DONE) = (1, 5, 10, 14, 101);
my $IMAGE = 'docker.io/library/nginx:latest';
my $OTHER = 'docker.io/library/redis:7';

# A database with something of everything, to be copied for each run.
my $first = scratch() . '/diun.db';
{
    my $t = DiunDash::CGI->new(db => $first);
    hook($t, minimal($IMAGE, hostname => $_, digest => 'sha256:1'))
        for qw(nas pi);
    hook($t, minimal('docker.io/a/b:1', hostname => 'nas'));
    is(ask($t, 'POST', '/api/tags', body => '{"name":"media"}')->{status},
        201, 'a tag');
    is(ask($t, 'PUT', '/api/tag-assignments', body =>
                text_of({ image => $IMAGE, tag_id => 1 }))->{status}, 204,
        'with an image');
    sqlite($first, 'PRAGMA wal_checkpoint(TRUNCATE)');
}
my $bytes = slurp($first);

# The part of the content that no clock and no chance decides.
sub content {
    my ($db) = @_;
    return '' if !-e $db;
    return sqlite($db, "SELECT action, image, hostname, digest FROM history; "
            . 'SELECT image, hostname, acknowledged_at IS NULL FROM '
            . 'host_updates ORDER BY 1, 2; SELECT * FROM tags; '
            . 'SELECT * FROM tag_assignments; SELECT * FROM updates WHERE '
            . 'image NOT IN (SELECT image FROM host_updates); '
            . 'PRAGMA integrity_check');
}

# The environment in which it fails, and whether it did.
sub failing {
    my ($dir, $function, $n, $value) = @_;
    return (LD_PRELOAD => $FAIL, DIUNDASH_FAIL => "$function:$n:$value",
        DIUNDASH_FAIL_NOTE => "$dir/note");
}

# Do something in a new folder, with the nth call failing, until none does.
# $do gets the folder and the environment, and returns what is wrong, if so.
sub each_failure {
    my ($name, $function, $value, $do, %o) = @_;
    my ($n, @wrong) = (0);
    while ($n < 1000) {
        my $dir = scratch();
        spew("$dir/diun.db", $bytes) if !$o{empty};
        my %env = failing($dir, $function, ++$n, $value);
        $env{DIUNDASH_BUSY_TIMEOUT} = 100;
        my $wrong = $do->($dir, \%env);
        push @wrong, "n = $n: $wrong" if defined $wrong;
        my $hit = -e "$dir/note";
        remove_tree($dir);
        last if !$hit;
    }
    is_deeply(\@wrong, [], "$name: $function: " . ($n - 1) . ' calls');
    cmp_ok($n, '>', $o{may_be_none} ? 0 : 1, '... and some failed');
    return;
}

# What is wrong with the database: it is neither as before, unless the
# program said that it is done, nor as it is when all goes well.
sub state_fault {
    my ($db, $done, $before, $after) = @_;
    my $now = content($db);
    return undef if $now eq $after || (!$done && $now eq $before);
    return $done ? "done, but there is:\n$now" : "by half:\n$now";
}

my $before = content($first);

# ------------------------------------------------------------- the command

my $export = run([ $COMMAND, qw(export --json) ],
    env => { DB_PATH => $first })->{out};
for (
    [ [qw(list)] ], [ [qw(list --json)] ], [ [qw(history)] ],
    [ [qw(history --json)] ], [ [ 'ack', $IMAGE ] ],
    [ [qw(ack --tag media)] ], [ [qw(ack --all)] ], [ [ 'reopen', $IMAGE ] ],
    [ [ 'remove', $IMAGE ] ], [ [ 'remove', $IMAGE, '--host', 'pi' ] ],
    [ [qw(rename-host pi nas)] ], [ [qw(rename-host pi attic)] ],
    [ [qw(tag list)] ], [ [qw(tag create x)] ], [ [qw(tag rename media x)] ],
    [ [qw(tag delete media)] ], [ [qw(tag assign media docker.io/a/b:1)] ],
    [ [ 'tag', 'unassign', $IMAGE ] ], [ [qw(check --full)] ],
    [ [qw(check)] ], [ [qw(export --json)] ], [ [qw(export --csv)] ],
    [ [qw(import -)], input => minimal($OTHER) ],
    [ [qw(import -)], input => $export, empty => 1 ],
    [ [qw(prune --older-than 0h)] ], [ [qw(migrate status)] ],
    [ [qw(migrate down)] ], [ [qw(migrate up)], empty => 1 ],
    [ [qw(migrate force 3)] ], [ [qw(spool replay)], may_be_none => 1 ],
    [ [qw(backup FILE)], may_be_none => 1 ]) {
    my ($arguments, %o) = @{$_};
    my $input = $o{input};
    
    my @run = @{$arguments};
    my $go = sub {
        my ($dir, $env) = @_;
        $run[1] = "$dir/copy" if $run[0] eq 'backup';
        return run([ $COMMAND, @run ], input => $input, env =>
                { %{$env}, DB_PATH => "$dir/diun.db" });
    };
    my $dir = scratch();
    spew("$dir/diun.db", $bytes) if !$o{empty};
    my $well = $go->($dir, {});
    is($well->{exit}, 0, "@{$arguments}: can be done") or diag($well->{err});
    my $after = $run[0] eq 'migrate' ? undef : content("$dir/diun.db");
    my $do = sub {
        my ($folder, $env) = @_;
        my $r = $go->($folder, $env);
        return "signal $r->{signal}" if $r->{signal};
        return "exit $r->{exit}" if $r->{exit} !~ /\A[013]\z/;
        return "exit 1: $r->{out}" if $r->{exit} == 1
            && !($run[0] eq 'check' && $r->{out} =~ /\A[^\n]+\n\z/);
        return "not one line: $r->{err}" if $r->{exit} == 3
            && $r->{err} !~ /\Adiundash: [^\n]+\n\z/;
        return 'a copy is left' if $run[0] eq 'backup' && $r->{exit} != 0
            && -e "$folder/copy";
        return undef if !defined $after || $o{empty} && $r->{exit} != 0;
        return state_fault("$folder/diun.db", $r->{exit} == 0, $before,
            $after);
    };
    each_failure("@{$arguments}", @{$_}, $do, %o)
        for [ sqlite3_step => $SQLITE_IOERR ],
        [ sqlite3_exec => $SQLITE_IOERR ],
        [ sqlite3_prepare_v2 => $SQLITE_ERROR ],
        [ sqlite3_prepare_v3 => $SQLITE_ERROR ];
    next if $run[0] ne 'backup';
    each_failure("@{$arguments}", @{$_}, $do, may_be_none => 1)
        for [ sqlite3_backup_init => $SQLITE_ERROR ],
        [ sqlite3_open_v2 => $SQLITE_CANTOPEN ],
        map { [ $_ => number_of('EIO') ] } qw(open fsync close write);
}

{
    my $dir = scratch();
    my $r = run([ $COMMAND, 'list' ], env =>
            { failing($dir, 'getcwd', 1, number_of('ENOENT')),
            DB_PATH => 'diun.db' });
    complains($r, 3, qr/DB_PATH is relative/, 'a folder that is no more');
}

# -------------------------------------------------------------- the worker

for (
    [ POST => '/webhook', body => minimal($OTHER) ],
    [ POST => '/webhook', body => minimal($IMAGE, hostname => 'nas',
            digest => 'sha256:2') ],
    [ POST => '/webhook', body => text_of(json_of(payload('notif-test'))) ],
    [ GET => '/api/updates' ], [ GET => '/api/updates?since=1' ],
    [ PATCH => path_of($IMAGE) ],
    [ PATCH => path_of($IMAGE), body => '{"acknowledged":false}' ],
    [ DELETE => path_of($IMAGE) ],
    [ POST => '/api/updates/acknowledge-all' ],
    [ POST => '/api/updates/acknowledge-by-tag', body => '{"tag_id":1}' ],
    [ GET => '/api/tags' ], [ POST => '/api/tags', body => '{"name":"x"}' ],
    [ PATCH => '/api/tags/1', body => '{"name":"x"}' ],
    [ DELETE => '/api/tags/1' ],
    [ PUT => '/api/tag-assignments', body =>
            text_of({ image => 'docker.io/a/b:1', tag_id => 1 }) ],
    [ DELETE => '/api/tag-assignments', body =>
            text_of({ image => $IMAGE }) ],
    [ GET => '/api/history' ],
    [ POST => '/api/hosts/pi/rename', body => '{"name":"attic"}' ],
    [ GET => '/healthz' ]) {
    my @request = @{$_};
    my $is_hook = $request[1] eq '/webhook';
    my $go = sub {
        my ($dir, $env) = @_;
        return DiunDash::CGI->new(db => "$dir/diun.db", env => $env)
            ->request(@request);
    };
    my $dir = scratch();
    spew("$dir/diun.db", $bytes);
    my $well = $go->($dir, {});
    my $name = "$request[0] $request[1]";
    like($well->{status}, qr/\A20\d\z/, "$name: can be done");
    my $after = content("$dir/diun.db");
    my $do = sub {
        my ($folder, $env) = @_;
        my $r = $go->($folder, $env);
        my $db = "$folder/diun.db";
        return $r->{error} if $r->{error};
        my $done = $r->{status} == $well->{status};
        return "status $r->{status}: $r->{body}"
            if !$done && ($is_hook || $r->{status} !~ /\A50[03]\z/);
        return "no error: $r->{body}"
            if !$done && !eval { json_of($r->{body})->{error} }
            && $request[1] ne '/healthz';
        if ($is_hook && (() = glob "$folder/spool/*.webhook")) {
            my $replay = run([ $COMMAND, qw(spool replay) ],
                env => { DB_PATH => $db });
            return "replay: $replay->{err}" if $replay->{exit} != 0;
        }
        return state_fault($db, $done, $before, $after);
    };
    each_failure($name, @{$_}, $do)
        for [ sqlite3_step => $SQLITE_IOERR ],
        [ sqlite3_prepare_v3 => $SQLITE_ERROR ],
        $is_hook ? [ sqlite3_step => $SQLITE_BUSY ] : ();
    # A database that cannot be opened at all.
    next if $is_hook;
    my %env = failing($dir, 'sqlite3_open_v2', '1+', $SQLITE_CANTOPEN);
    my $r = $go->($dir, { %env, DIUNDASH_LOG => 'server' });
    is($r->{status}, 503, "$name: no database: 503");
    like($r->{body}, qr/cannot be opened/, '... and says so');
    like($r->{err}, qr/sqlite $SQLITE_CANTOPEN\b/, '... with more in the log');
}

# Of what it wrote, the database has nothing, or something else.
for my $text (':event_body', ':event_metadata') {
    my $dir = scratch();
    spew("$dir/diun.db", $bytes);
    my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db", env => {
            failing($dir, 'sqlite3_step', 1, $SQLITE_DONE),
            DIUNDASH_FAIL_SQL => $text });
    is(DiunDash::FCGI::ask($w->socket, POST => '/webhook',
            body => minimal($OTHER))->{status}, 200,
        "$text is not read back: the webhook is taken");
    ok(-e "$dir/note", '... after that failed');
    is($w->ended(0), 1 << 8, '... the worker ends');
    like($w->log, qr/could not be read back/, '... and says why');
    is(stored_fault("$dir/diun.db", 1), undef, '... it is stored later');
    $w->stop;
}

# After a sync that failed, nobody knows what is on disk: a new process must
# look. What was not acknowledged is stored once, though it may be there.
{
    my $dir = scratch();
    spew("$dir/diun.db", $bytes);
    my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db", env => {
            # The second is that of the folder, where SQLite does not look.
            failing($dir, 'fdatasync', 3, number_of('EIO')) });
    my $n = 0;
    until (-e "$dir/note" || $n == 20) {
        is(DiunDash::FCGI::ask($w->socket, POST => '/webhook', body =>
                minimal($OTHER, hostname => 'host' . $n++))->{status}, 200,
            'a webhook is taken');
    }
    ok(-e "$dir/note", 'a sync failed');
    is($w->ended(0), 1 << 8, '... the worker ends');
    like($w->log, qr/a new process/, '... and says why');
    is(stored_fault("$dir/diun.db", $n), undef, '... nothing is lost');
    $w->stop;
}

# Three images with 100 MB of metadata each are more than any answer may have.
# A sanitizer makes several of each of them.
if (!$SANITIZED) {
    my $dir = scratch();
    my $db = "$dir/diun.db";
    spew($db, $bytes);
    sqlite($db, "UPDATE host_updates SET metadata = json_object('ctn_names',"
            . " replace(hex(zeroblob(50000000)), '00', 'xx'))");
    sqlite($db, 'INSERT INTO history (at, action, detail) SELECT '
            . "'2026-01-01T00:00:00Z', 'test', metadata FROM host_updates");
    my $t = DiunDash::CGI->new(db => $db);
    for ('/api/updates', '/api/updates?since=1', '/api/history') {
        my $r = $t->request(GET => $_);
        is($r->{status}, 500, "$_, too large: 500");
        like($r->{body}, qr/\A\{"error":"[^"]+"\}\n?\z/, '... and an error')
            or diag(substr $r->{body}, 0, 200);
    }
    is($t->request(POST => '/webhook', body => minimal($OTHER))->{status},
        200, 'a webhook is taken all the same');
    # It takes longer to build than an answer may, and is given up after that.
    my $w = DiunDash::Workers->new(count => 1, db => $db, env => {
            DIUNDASH_IO_TIMEOUT => 100 });
    DiunDash::FCGI::ask($w->socket, GET => '/api/updates');
    is(DiunDash::FCGI::ask($w->socket, GET => '/healthz')->{status}, 200,
        'a worker that had no time for it answers the next');
    is($w->end(0), 0, '... and ends well');
    $w->stop;
}

# A log of SQLite's that cannot be copied back only grows.
{
    my $dir = scratch();
    spew("$dir/diun.db", $bytes);
    my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db", env =>
            { failing($dir, 'sqlite3_wal_checkpoint_v2', '1+',
                $SQLITE_IOERR) });
    my $ask = sub { return DiunDash::FCGI::ask($w->socket, @_)->{status} };
    my $n = 0;
    $n++ while $n < 3000 && !-e "$dir/note" && $ask->(POST => '/webhook',
        body => minimal("docker.io/a/i$n:1",
            metadata => { ctn_names => 'x' x 9000 })) == 200;
    ok(-e "$dir/note", "a checkpoint failed, at webhook $n");
    is($ask->(POST => '/webhook', body => minimal($OTHER)), 200,
        'the next is stored all the same');
    is($w->end(0), 0, 'the worker goes on');
    like($w->log, qr/warning: cannot checkpoint/, '... and has said so');
    is(stored_fault("$dir/diun.db", 1), undef, 'nothing is lost');
    $w->stop;
}

# --------------------------------------------------------------- the spool

# What a system call fails with.
my %ERRORS = (open => [qw(EACCES EMFILE ENOENT)], read => [qw(EIO EINTR)],
    write => [qw(ENOSPC EIO EINTR)], fsync => ['EIO'], close => ['EIO'],
    fstat => ['EIO'], stat => ['EACCES'], mkdir => ['EACCES'],
    rename => ['EIO'], unlink => ['EIO'], opendir => ['EACCES'],
    readdir => ['EIO'], getentropy => ['EIO'], gmtime_r => ['EOVERFLOW'],
    posix_fallocate => [qw(ENOSPC EOPNOTSUPP)], ftruncate => ['EIO'],
    flock => [qw(EINTR EWOULDBLOCK ENOLCK)], fchown => ['EPERM']);

# A number, for the library.
sub number_of { return eval "Errno::$_[0]()" }

# $do for each of these system calls, and each way in which it fails.
sub each_call {
    my ($name, $do, %o) = @_;
    for my $call (sort keys %ERRORS) {
        each_failure("$name, $_", $call, number_of($_), $do,
            may_be_none => 1, %o) for @{ $ERRORS{$call} };
    }
    return;
}

sub spooled { return () = glob "$_[0]/spool/*.webhook" }

# The database can be used again: everything is stored once, and none waits.
sub stored_fault {
    my ($db, $count) = @_;
    my $r = run([ $COMMAND, qw(spool replay) ], env => { DB_PATH => $db });
    return "replay: $r->{err}" if $r->{exit} != 0;
    my $rows = sqlite($db, "SELECT count(*) FROM history WHERE image = "
            . "'$OTHER' AND action = 'received'");
    return $rows == $count ? undef : "stored $rows times, not $count";
}

each_call('a webhook into the spool', sub {
    my ($dir, $env) = @_;
    my $db = "$dir/diun.db";
    spew($db, 'this is no database' x 100);
    my $t = DiunDash::CGI->new(db => $db, env => $env);
    my $r = $t->request(POST => '/webhook', body => minimal($OTHER));
    # Without a request, or without a way to answer, there is no answer.
    return undef if $r->{error} && $env->{DIUNDASH_FAIL} =~ /^read:/;
    return $r->{error} if $r->{error} && $env->{DIUNDASH_FAIL} !~ /^write:/;
    unlink $db;
    return stored_fault($db, 1) if ($r->{status} || 0) == 200;
    # It may be in the spool all the same, where only the end of it failed.
    return 'no answer, and nothing in the log'
        if !$r->{status} && !spooled($dir) && $r->{err} !~ /\Q$OTHER\E/;
    return undef if !$r->{status};
    return "status $r->{status}" if $r->{status} != 503;
    return 'no Retry-After' if !$r->{headers}{'retry-after'};
    return $r->{err} =~ /\Q$OTHER\E/ ? undef : 'the body is not in the log';
}, empty => 1);

# Two webhooks that wait.
my $waiting = scratch();
{
    spew("$waiting/diun.db", 'this is no database' x 100);
    my $t = DiunDash::CGI->new(db => "$waiting/diun.db");
    hook($t, minimal($OTHER, hostname => $_)) for qw(nas pi);
    is(scalar spooled($waiting), 2, 'two webhooks wait');
}

sub with_spool {
    my ($dir) = @_;
    mkdir "$dir/spool" or die $!;
    for my $path (glob "$waiting/spool/*") {
        my ($name) = $path =~ m{([^/]+)\z};
        spew("$dir/spool/$name", slurp($path));
    }
    return "$dir/diun.db";
}

each_call('diundash spool replay', sub {
    my ($dir, $env) = @_;
    my $db = with_spool($dir);
    my $r = run([ $COMMAND, qw(spool replay) ],
        env => { %{$env}, DB_PATH => $db });
    return "exit $r->{exit}" if $r->{exit} !~ /\A[013]\z/;
    return 'no word about it' if $r->{exit} == 3 && $r->{err} eq '';
    # What is set aside as damaged is not what this is about.
    return 'set aside' if glob "$dir/spool/*.damaged";
    return stored_fault($db, 2);
});

each_call('diundash spool', sub {
    my ($dir, $env) = @_;
    my $db = with_spool($dir);
    my $r = run([ $COMMAND, 'spool' ], env => { %{$env}, DB_PATH => $db });
    return "exit $r->{exit}: $r->{out}$r->{err}"
        if $r->{exit} !~ /\A[13]\z/;
    return stored_fault($db, 2);
});

each_call('a webhook that finds two in the spool', sub {
    my ($dir, $env) = @_;
    my $db = with_spool($dir);
    my $t = DiunDash::CGI->new(db => $db, env => $env);
    my $r = $t->request(POST => '/webhook', body => minimal($OTHER,
            hostname => 'attic'));
    my $status = $r->{status} || 0;
    return "status $status: $r->{err}" if $status && $status !~ /\A(?:200|503)\z/;
    my $fault = stored_fault($db, 3);
    return $status == 200 || !defined $fault ? $fault : stored_fault($db, 2);
});

# ----------------------------------------------------------- how it begins

for (
    [ sigprocmask => 'EINVAL' ], [ signalfd => 'EMFILE' ],
    [ fcntl => 'EIO' ], [ FCGX_Init => 'EIO' ], [ timer_create => 'EAGAIN' ],
    [ sigaction => 'EINVAL' ]) {
    my ($call, $error) = @{$_};
    each_failure('the start of a FastCGI worker', $call, number_of($error),
        sub {
            my ($dir, $env) = @_;
            my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db",
                env => $env);
            my $status = $w->end(0);
            my $log = $w->log;
            # A build that measures coverage has its own to say at the end.
            $log =~ s/^profiling:.*\n//mg;
            $w->stop;
            return undef if defined $status && $status == 0;
            return 'it hangs' if !defined $status;
            return "status $status: $log" if $status != 1 << 8;
            return $log =~ /\A[^\n]+\n\z/ ? undef : "the log: $log";
        });
}

# Out of descriptors, it waits for better times; without a socket, it ends.
for ([ accept4 => 'EMFILE', 1 ], [ accept4 => 'ECONNABORTED', 1 ],
    [ accept4 => 'EBADF', 0 ], [ poll => 'EINTR', 1 ],
    [ poll => 'EINVAL', 0 ]) {
    my ($call, $error, $goes_on) = @{$_};
    my $dir = scratch();
    spew("$dir/diun.db", $bytes);
    my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db",
        env => { failing($dir, $call, 1, number_of($error)) });
    my $name = "$call: $error";
    if ($goes_on) {
        is(DiunDash::FCGI::ask($w->socket, GET => '/api/updates')->{status},
            200, "$name: it goes on");
        ok(-e "$dir/note", '... although that failed');
        is($w->end(0), 0, '... and ends when told to');
    } else {
        my $client = IO::Socket::UNIX->new(Peer => $w->socket);
        is($w->ended(0), 1 << 8, "$name: it ends");
        like($w->log, qr/\A[^\n]+\n\z/, '... and says why');
    }
    $w->stop;
}

# While it waits for a descriptor, it can be told to end.
{
    my $dir = scratch();
    my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db",
        env => { failing($dir, 'accept4', '1+', number_of('EMFILE')) });
    my $client = IO::Socket::UNIX->new(Peer => $w->socket);
    ok(until_true(sub { -e "$dir/note" }), 'no descriptor, for good');
    is($w->end(0), 0, '... and it ends when told to');
    $w->stop;
}

# What is in the log of the web server, by FastCGI.
{
    my $dir = scratch();
    my $w = DiunDash::Workers->new(count => 1, db => "$dir/diun.db", env => {
            DIUNDASH_LOG => 'server', DIUNDASH_LOG_LEVEL => 'debug' });
    my $r = DiunDash::FCGI::ask($w->socket, GET => '/api/tags');
    like($r->{stderr}, qr{debug: GET /api/tags: }, 'the log by FastCGI');
    is($r->{status}, 200, '... beside the answer');
    $w->stop;
}

# ---------------------------------------------------------------- settings

{
    my $w = DiunDash::Workers->new(count => 1, env =>
            { WEBHOOK_SECRET_FILE => '/nowhere/secret' });
    is($w->ended(0), 1 << 8, 'no file with the secret: no FastCGI worker');
    like($w->log, qr/error: WEBHOOK_SECRET_FILE: [^\n]*\n\z/, '... it says so');
    $w->stop;
    # Nobody takes the answer that says what is wrong.
    open(my $full, '>', '/dev/full') or die $!;
    my $pid = spawn([$WORKER], out => $full, env => {
            %{ DiunDash::CGI::variables(GET => '/healthz') },
            DIUNDASH_BUSY_TIMEOUT => 'soon', DIUNDASH_LOG_LEVEL => 'debug' });
    is(wait_pid($pid), 1 << 8, 'a wrong setting, and nobody to tell');
}

my $secret = spew(scratch() . '/secret', "Token123456\n");
for (qw(open fstat read)) {
    each_failure('a secret from a file', $_, number_of('EIO'), sub {
        my ($dir, $env) = @_;
        my $t = DiunDash::CGI->new(db => "$dir/diun.db", env => { %{$env},
            WEBHOOK_SECRET_FILE => $secret });
        my $r = $t->request(POST => '/webhook', body => minimal($OTHER),
            headers => [ Authorization => 'Token123456' ]);
        return $r->{error} if $r->{error} && $_ ne 'read';
        return undef if ($r->{status} || 0) == 200;
        return $r->{err} =~ /WEBHOOK_SECRET_FILE|database|body/
            ? undef : "status $r->{status}: $r->{err}";
    });
}

done_testing();
