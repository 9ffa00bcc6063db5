# Server.pm - real nginx and real lighttpd in front of our workers
#
# Each runs in the foreground in a scratch folder, with a configuration made
# here, on a port of 127.0.0.1 that the kernel chose. nginx gets four workers
# on one Unix socket that the test holds; lighttpd starts its four itself.
# The object is a target for DiunDash::Cases.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Server;

use strict;
use warnings;

use IO::Socket::INET;
use Test::More ();

use DiunDash::Env;
use DiunDash::HTTP;
use DiunDash::Workers;

# %o: kind (nginx or lighttpd), env, base (a sub-path such as /diun, else ''),
# count (workers, 4).
sub new {
    my ($class, %o) = @_;
    my $self = bless { kind => $o{kind}, dir => scratch(),
        base => defined $o{base} ? $o{base} : '',
        program => find_program($o{kind}), count => $o{count} || 4,
        env => $o{env} || {} }, $class;
    if ($o{kind} eq 'nginx') {
        $self->{workers} = DiunDash::Workers->new(count => $self->{count},
            env => $self->{env});
        $self->{db} = $self->{workers}->db;
    } else {
        $self->{db} = "$self->{dir}/diun.db";
        $self->{env} = { DB_PATH => $self->{db}, %{ $self->{env} } };
    }
    mkdir "$self->{dir}/$_" for qw(htdocs tmp);
    $self->launch;
    return $self;
}

# Between asking the kernel for a port and the server's own bind somebody
# else may take it: then try another one.
sub launch {
    my ($self) = @_;
    my $why = '';
    for my $attempt (1 .. 5) {
        my $probe = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => 0, Listen => 1) or die "cannot listen: $!";
        $self->{port} = $probe->sockport;
        close($probe);
        my $conf = "$self->{dir}/server.conf";
        my $kind = $self->{kind};
        spew($conf, $self->$kind);
        open(my $log, '>>', "$self->{dir}/server.log") or die $!;
        my @command = $kind eq 'nginx'
            ? ($self->{program}, '-p', "$self->{dir}/", '-e',
                "$self->{dir}/error.log", '-c', $conf)
            : ($self->{program}, '-D', '-f', $conf);
        my $pid = spawn(\@command, env => { PATH => '/usr/bin:/bin' },
            out => $log, err => $log, cwd => $self->{dir});
        my $gone;
        my $up = until_true(sub {
            $gone = wait_pid($pid, 0.001);
            return 'gone' if defined $gone;
            my $socket = DiunDash::HTTP::connect_to($self->{port});
            return $socket ? 'up' : '';
        });
        # Somebody else may have answered: then ours ends soon, and says so.
        if (defined $up && $up eq 'up') {
            my $r = $self->request('GET', '/server-mark');
            if (($r->{body} || '') eq $self->{dir}) {
                $self->{pid} = $pid;
                return;
            }
            $why = $r->{error} || "the answer came from another server";
        }
        stop_pid($pid, 'KILL') if !defined $gone;
        $why .= slurp("$self->{dir}/server.log");
        $why .= slurp("$self->{dir}/error.log")
            if -e "$self->{dir}/error.log";
    }
    die "$self->{kind} does not start: $why";
}

sub nginx {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $socket = $self->{workers}->socket;
    my $user = $> == 0 ? "user root;\n" : '';
    return <<"CONF";
daemon off;
master_process off;
${user}worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $dir/tmp/body;
    fastcgi_temp_path $dir/tmp/fastcgi;
    proxy_temp_path $dir/tmp/proxy;
    uwsgi_temp_path $dir/tmp/uwsgi;
    scgi_temp_path $dir/tmp/scgi;
    client_max_body_size 20m;
    server {
        listen 127.0.0.1:$self->{port} backlog=1024;
        location = $self->{base}/server-mark { return 200 "$dir"; }
        location $self->{base}/ {
            fastcgi_pass unix:$socket;
            fastcgi_read_timeout 120s;
            fastcgi_param QUERY_STRING \$query_string;
            fastcgi_param REQUEST_METHOD \$request_method;
            fastcgi_param CONTENT_TYPE \$content_type;
            fastcgi_param CONTENT_LENGTH \$content_length;
            fastcgi_param SCRIPT_NAME \$fastcgi_script_name;
            fastcgi_param REQUEST_URI \$request_uri;
            fastcgi_param DOCUMENT_URI \$document_uri;
            fastcgi_param DOCUMENT_ROOT \$document_root;
            fastcgi_param SERVER_PROTOCOL \$server_protocol;
            fastcgi_param REQUEST_SCHEME \$scheme;
            fastcgi_param GATEWAY_INTERFACE CGI/1.1;
            fastcgi_param SERVER_SOFTWARE nginx/\$nginx_version;
            fastcgi_param REMOTE_ADDR \$remote_addr;
            fastcgi_param REMOTE_PORT \$remote_port;
            fastcgi_param REMOTE_USER \$remote_user;
            fastcgi_param SERVER_ADDR \$server_addr;
            fastcgi_param SERVER_PORT \$server_port;
            fastcgi_param SERVER_NAME \$server_name;
        }
    }
}
CONF
}

sub lighttpd {
    my ($self) = @_;
    my $dir = $self->{dir};
    my %env = %{ $self->{env} };
    for (qw(ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS GCOV_PREFIX
        GCOV_PREFIX_STRIP)) {
        $env{$_} = $ENV{$_} if defined $ENV{$_};
    }
    my $env = join ",\n", map { qq(        "$_" => "$env{$_}") }
        sort keys %env;
    my $at = "$self->{base}/";
    spew("$dir/htdocs/mark", $dir);
    return <<"CONF";
server.modules = ("mod_fastcgi", "mod_alias")
server.document-root = "$dir/htdocs"
server.bind = "127.0.0.1"
server.port = $self->{port}
server.errorlog = "$dir/error.log"
server.upload-dirs = ("$dir/tmp")
server.max-request-size = 20480
server.http-parseopts = ("method-get-body" => "enable")
mimetype.assign = ("" => "application/octet-stream")
\$HTTP["url"] == "${at}server-mark" {
    alias.url = ("${at}server-mark" => "$dir/htdocs/mark")
} else {
    fastcgi.server = ("$at" => ((
        "bin-path" => "$WORKER",
        "socket" => "$dir/fcgi.sock",
        "max-procs" => $self->{count},
        "check-local" => "disable",
        "fix-root-scriptname" => "enable",
        "bin-environment" => (
$env
        ),
        "bin-copy-environment" => ("NOTHING")
    )))
}
CONF
}

sub name { return $_[0]{kind} }
sub host { return "127.0.0.1:$_[0]{port}" }
sub port { return $_[0]{port} }
sub db { return $_[0]{db} }
sub workers { return $_[0]{workers} }
sub base { return $_[0]{base} }
sub url { return "http://127.0.0.1:$_[0]{port}$_[0]{base}" }

sub log {
    my ($self) = @_;
    my $text = '';
    for my $file ("$self->{dir}/server.log", "$self->{dir}/error.log") {
        $text .= slurp($file) if -e $file;
    }
    $text .= $self->{workers}->log if $self->{workers};
    return $text;
}

sub request {
    my ($self, $method, $path, %o) = @_;
    return DiunDash::HTTP::ask($self->{port}, $method,
        $self->{base} . $path, %o);
}

# Is this the wait status of a server that SIGTERM has ended? lighttpd's exit
# status is 1 when a connection is open at that moment: also one that it has
# answered and closed, and keeps for a while so that the client gets all of
# it. That is no fault.
sub ended_well {
    my ($self, $status) = @_;
    return 1 if defined $status && ($status == 0
        || $status == 1 << 8 && $self->{kind} =~ /\Alighttpd/);
    Test::More::diag("$self->{kind} ended with ",
        defined $status ? "wait status $status" : 'SIGKILL only');
    return 0;
}

# End the server and the workers; true when each ended as it should.
sub stop {
    my ($self) = @_;
    return 1 if !defined $self->{pid};
    my @workers = grep { defined && m{/diundash\.fcgi} }
        map { process($_) } children_of($self->{pid});
    my $status = stop_pid($self->{pid});
    $self->{pid} = undef;
    my $clean = $self->ended_well($status);
    # lighttpd sends its workers SIGTERM and does not wait for them.
    $clean = 0 if !all_ended(@workers);
    $clean = 0 if $self->{workers} && !$self->{workers}->stop;
    return $clean;
}

# A test that dies leaves the server to Env.pm, which ends it by SIGTERM;
# lighttpd then ends its workers.
1;
