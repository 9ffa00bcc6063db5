# Site.pm - real web servers with the configurations that we ship
#
# Each server runs in the foreground in a scratch folder, on a port of
# 127.0.0.1 that the kernel chose, with a copy of conf/ in which only paths,
# addresses and the lines that a reader is told to change are changed. An
# edit that finds nothing to change ends the test, so that this file cannot
# drift away from conf/. The object is a target for DiunDash::Cases.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Site;

use strict;
use warnings;

use parent 'DiunDash::Server';

use File::Basename qw(dirname);
use File::Copy ();
use File::Find ();
use File::Path ();
use IO::Socket::INET;

use DiunDash::Env;
use DiunDash::HTTP;
use DiunDash::Server;
use DiunDash::Workers;

# What runs, and whether the test holds the socket as systemd would.
my %KINDS = (
    'nginx' => { program => 'nginx', workers => 1 },
    'lighttpd' => { program => 'lighttpd' },
    'lighttpd-socket' => { program => 'lighttpd', workers => 1 },
    'apache-fcgid' => { program => 'apache2' },
    'apache-proxy' => { program => 'apache2', workers => 1 },
    'apache-cgi' => { program => 'apache2' },
    'caddy' => { program => 'caddy', workers => 1 },
);

# The login of a site with login => 1, and its header.
our $USER = 'jos';
our @LOGIN = (Authorization => 'Basic am9zOnNlc2FtZQ==');
my $BCRYPT;

# %o: kind, env, base (a sub-path such as /diun, else ''), count (workers, 4),
# login (false), worker (the program), check (start nothing), wrapper (as for DiunDash::Workers).
sub new {
    my ($class, %o) = @_;
    my $kind = $KINDS{ $o{kind} } or die "no such kind: $o{kind}";
    my $self = bless { kind => $o{kind}, dir => scratch(),
        base => defined $o{base} ? $o{base} : '', login => $o{login},
        program => find_program($kind->{program}), count => $o{count} || 4,
        worker => $o{worker} || $WORKER, env => { %{ $o{env} || {} } },
    }, $class;
    my $dir = $self->{dir};
    File::Path::make_path("$dir/$_") for qw(cgi data htdocs run tmp www);
    $self->{db} = "$dir/data/diun.db";
    if ($kind->{workers} && !$o{check}) {
        $self->{workers} = DiunDash::Workers->new(count => $self->{count},
            db => $self->{db}, env => $self->{env},
            program => $self->{worker}, wrapper => $o{wrapper},
            foreign => $o{wrapper} || $o{worker});
        chmod 0666, $self->{workers}->socket;
    }
    $self->{env}{DB_PATH} = $self->{db};
    # Started by root, Apache becomes another user, who may not be able to
    # look into the tree.
    $self->{owner} = [ getpwnam 'www-data' ]
        if $kind->{program} eq 'apache2' && $> == 0;
    File::Copy::copy($self->{worker}, "$dir/cgi/diundash.fcgi")
        or die "cannot copy '$self->{worker}': $!";
    chmod 0755, "$dir/cgi/diundash.fcgi";
    copy_tree("$SRC/htdocs", "$dir/htdocs");
    spew("$dir/htdocs/mark.txt", $dir);
    spew("$dir/data/htpasswd", "$USER:{SHA}" . sha1_of('sesame') . "\n");
    if ($self->{owner}) {
        chown @{ $self->{owner} }[ 2, 3 ], "$dir/$_" for qw(data run tmp);
    }
    $self->launch if !$o{check};
    return $self;
}

# Let the server itself judge its configuration: the result of run().
my %CHECKS = (nginx => ['-t'], lighttpd => ['-tt'], apache2 => ['-t'],
    caddy => ['validate']);

sub check {
    my ($self) = @_;
    $self->{port} = 8;    # not listened on
    (my $maker = "conf_$self->{kind}") =~ tr/-/_/;
    my ($program, @arguments) = $self->$maker;
    @arguments = grep { !/\A(?:-D|FOREGROUND|run)\z/ } @arguments;
    my ($name) = $program =~ m{([^/]+)\z};
    return run([ $program, @{ $CHECKS{$name} }, @arguments ],
        env => { PATH => '/usr/bin:/bin', HOME => "$self->{dir}/tmp" },
        cwd => $self->{dir});
}

sub kinds { return sort keys %KINDS }

sub sha1_of {
    require Digest::SHA;
    my $text = Digest::SHA::sha1_base64($_[0]);
    $text .= '=' while length($text) % 4;
    return $text;
}

sub copy_tree {
    my ($from, $to) = @_;
    File::Find::find({ no_chdir => 1, wanted => sub {
        my $rest = substr $_, length $from;
        if (-d $_) {
            File::Path::make_path("$to$rest");
        } else {
            File::Copy::copy($_, "$to$rest") or die "cannot copy '$_': $!";
        }
    } }, $from);
    return;
}

# A shipped file, with the paths of this run. Further arguments are pairs of a
# pattern and what takes its place.
sub shipped {
    my ($self, $file, @edits) = @_;
    my $dir = $self->{dir};
    my $text = slurp("$SRC/conf/$file");
    my $socket = $self->{workers} ? $self->{workers}->socket
        : "$dir/run/diundash.sock";
    my %paths = (
        '/usr/local/share/diundash/htdocs' => "$dir/htdocs",
        '/usr/local/share/diundash/conf' => "$dir/conf",
        '/usr/local/libexec/diundash' => "$dir/cgi",
        '/run/lighttpd/diundash.sock' => $socket,
        '/run/diundash.sock' => $socket,
        '/var/lib/diundash/diundash.db' => $self->{db},
        '/home/you/diundash/diundash.db' => $self->{db},
        '/home/you/diundash/htpasswd' => "$dir/data/htpasswd",
        map { ("/etc/$_/diundash.htpasswd" => "$dir/data/htpasswd") }
            qw(nginx lighttpd apache2),
    );
    my $any = join '|', map { quotemeta } sort keys %paths;
    $text =~ s/($any)/$paths{$1}/g;
    while (@edits) {
        my ($from, $to) = splice @edits, 0, 2;
        $text =~ s/$from/ref $to ? $to->() : $to/ge
            or die "conf/$file has nothing like $from";
    }
    return $text;
}

# Put a shipped file into this run's copy of conf/.
sub place {
    my ($self, $file, @edits) = @_;
    my $path = "$self->{dir}/conf/$file";
    File::Path::make_path(dirname($path));
    return spew($path, $self->shipped($file, @edits));
}

# Variables of the environment that instrumented programs need.
sub instrument {
    return map { defined $ENV{$_} ? ($_ => $ENV{$_}) : () }
        qw(ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS);
}

# Between asking the kernel for a port and the server's own bind somebody
# else may take it: then try another one.
sub launch {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $why = '';
    for my $attempt (1 .. 3) {
        my $probe = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => 0, Listen => 1) or die "cannot listen: $!";
        $self->{port} = $probe->sockport;
        close($probe);
        (my $maker = "conf_$self->{kind}") =~ tr/-/_/;
        my @command = $self->$maker;
        open(my $log, '>>', "$dir/server.log") or die $!;
        my $pid = spawn(\@command, out => $log, err => $log, cwd => $dir,
            env => { PATH => '/usr/bin:/bin', HOME => "$dir/tmp",
                instrument(), %{ $self->{env} } });
        my $gone;
        my $up = until_true(sub {
            $gone = wait_pid($pid, 0.001);
            return 'gone' if defined $gone;
            my $socket = DiunDash::HTTP::connect_to($self->{port});
            return $socket ? 'up' : '';
        });
        # Somebody else may have answered: then ours ends soon, and says so.
        if (defined $up && $up eq 'up') {
            my $r = $self->request('GET', '/mark.txt',
                headers => [ $self->{login} ? @LOGIN : () ]);
            if (($r->{body} || '') eq $dir) {
                $self->{pid} = $pid;
                return;
            }
            $why = $r->{error} || "the answer came from another server: "
                . "$r->{status} $r->{body}";
        }
        # By SIGTERM: killed, Apache would leave its children behind.
        stop_pid($pid) if !defined $gone;
        for my $file (grep { -e } "$dir/server.log", "$dir/error.log") {
            $why .= slurp($file);
            unlink $file;
        }
        last if $why !~ /in use|another server/;
    }
    die "$self->{kind} does not start: $why";
}

# ---------------------------------------------- one for each kind of server

sub conf_nginx {
    my ($self) = @_;
    my ($dir, $port, $base) = @{$self}{qw(dir port base)};
    my @login = $self->{login} ? (qr/^(\s*)#(?=auth_basic)/m
        => sub { $1 }) : ();
    $self->place('nginx/worker.conf');
    $self->place('nginx/headers.conf');
    my $site;
    if ($base eq '') {
        $self->place('nginx/server.conf', @login,
            qr/listen 80;/ => "listen 127.0.0.1:$port backlog=1024;",
            qr/listen \[::\]:80;/ => '');
        $site = "include $dir/conf/nginx/server.conf;";
    } else {
        $self->place('nginx/sub-path.conf', @login,
            qr{/diun\b(?!dash)} => $base);
        $site = "server { listen 127.0.0.1:$port backlog=1024; "
            . "root $dir/www; include $dir/conf/nginx/sub-path.conf; }";
    }
    my $user = $> == 0 ? "user root;\n" : '';
    spew("$dir/server.conf", <<"CONF");
daemon off;
master_process off;
${user}worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path $dir/tmp/body;
    fastcgi_temp_path $dir/tmp/fastcgi;
    proxy_temp_path $dir/tmp/proxy;
    uwsgi_temp_path $dir/tmp/uwsgi;
    scgi_temp_path $dir/tmp/scgi;
    $site
}
CONF
    return ($self->{program}, '-p', "$dir/", '-e', "$dir/error.log", '-c',
        "$dir/server.conf");
}

sub conf_lighttpd {
    my ($self) = @_;
    my ($dir, $port) = @{$self}{qw(dir port)};
    my $socket = $KINDS{ $self->{kind} }{workers};
    $self->place("lighttpd/$_.conf") for qw(diundash gzip login socket);
    # An instrumented worker needs some more of the environment.
    $self->place('lighttpd/workers.conf', qr/"PATH", "TZ",/ =>
        '"PATH", "TZ", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",');
    $self->place('lighttpd/50-diundash.conf',
        qr/(diundash_prefix  = )""/ => sub { "$1\"$self->{base}\"" },
        qr/(diundash_workers = )"4"/ => sub { "$1\"$self->{count}\"" },
        qr/^#(?=include ".*gzip)/m => '',
        $socket ? (qr/^#(?=include ".*socket)/m => '',
            qr/^(?=include ".*workers)/m => '#') : (),
        $self->{login} ? (qr/^#(?=var.diundash_users)/m => '',
            qr/^#(?=include ".*login)/m => '') : ());
    spew("$dir/server.conf", <<"CONF");
server.document-root = "$dir/www"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$dir/error.log"
server.upload-dirs = ("$dir/tmp")
include "$dir/conf/lighttpd/50-diundash.conf"
CONF
    return ($self->{program}, '-D', '-f', "$dir/server.conf");
}

sub conf_lighttpd_socket { return $_[0]->conf_lighttpd }

sub apache {
    my ($self, $site, @modules) = @_;
    my $dir = $self->{dir};
    my $modules = '/usr/lib/apache2/modules';
    my $load = join '', map { "LoadModule ${_}_module $modules/mod_$_.so\n" }
        qw(mpm_event authn_core authn_file authz_core authz_host authz_user
        auth_basic alias deflate filter dir env headers mime reqtimeout
        setenvif), @modules;
    my $user = $> == 0 ? "User www-data\nGroup www-data\n" : '';
    spew("$dir/server.conf", <<"CONF");
ServerRoot $dir
ServerName localhost
PidFile $dir/run/apache.pid
DefaultRuntimeDir $dir/run
${load}${user}Listen 127.0.0.1:$self->{port}
StartServers 1
ErrorLog $dir/error.log
TypesConfig /etc/mime.types
DocumentRoot $dir/www
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory $dir/www>
    Require all granted
</Directory>
<FilesMatch "^\\.ht">
    Require all denied
</FilesMatch>
$site
CONF
    return ($self->{program}, '-D', 'FOREGROUND', '-f', "$dir/server.conf");
}

# What every file for a virtual host is changed in.
sub virtual_host {
    my ($self) = @_;
    return (qr/VirtualHost \*:80/ => "VirtualHost 127.0.0.1:$self->{port}",
        qr{(Define diundash_at     )/$}m => sub { "$1$self->{base}/" },
        $self->{login} ? (qr/#(?=Include .*login)/ => '') : ());
}

sub conf_apache_fcgid {
    my ($self) = @_;
    my $dir = $self->{dir};
    my %env = (instrument(), %{ $self->{env} });
    delete $env{DB_PATH};
    my $env = join "\n\t", map { "FcgidInitialEnv $_ \"$env{$_}\"" }
        sort keys %env;
    $self->place("apache/$_.conf") for qw(page login);
    $self->place('apache/fcgid.conf', $self->virtual_host,
        qr/#FcgidInitialEnv WEBHOOK_SECRET change-me/ => $env);
    return $self->apache(<<"CONF", 'fcgid');
FcgidIPCDir $dir/run
FcgidProcessTableFile $dir/run/fcgid_shm
Include $dir/conf/apache/fcgid.conf
CONF
}

sub conf_apache_proxy {
    my ($self) = @_;
    $self->place("apache/$_.conf") for qw(page login);
    $self->place('apache/proxy.conf', $self->virtual_host);
    return $self->apache("Include $self->{dir}/conf/apache/proxy.conf",
        qw(proxy proxy_fcgi));
}

sub conf_apache_cgi {
    my ($self) = @_;
    my $dir = $self->{dir};
    my %env = (instrument(), %{ $self->{env} });
    delete $env{DB_PATH};
    my $env = join "\n", map { "SetEnv $_ \"$env{$_}\"" } sort keys %env;
    my $www = "$dir/www$self->{base}";
    copy_tree("$dir/htdocs", $www);
    copy_tree("$dir/cgi", "$www/cgi-bin");
    chmod 0755, "$www/cgi-bin/diundash.fcgi";
    spew("$www/.htaccess", $self->shipped('cgi/.htaccess',
        qr/#SetEnv WEBHOOK_SECRET change-me/ => $env,
        $self->{login} ? (qr/^#(?=Auth|<\/?RequireAny|\tRequire)/m => '')
        : ()));
    return $self->apache(<<"CONF", qw(cgid rewrite));
ScriptSock $dir/run/cgid
<Directory $dir/www>
    AllowOverride All
</Directory>
CONF
}

sub conf_caddy {
    my ($self) = @_;
    my ($dir, $port, $base) = @{$self}{qw(dir port base)};
    my $hash = $self->{login} ? caddy_hash($self->{program}, $dir) : '';
    my @login = $self->{login} ? (
        qr/#(?=\@people|basicauth|\}\n)/ => '',
        qr/#\tNAME \$2a\$14\$\.\.\./ => "\t$USER $hash") : ();
    my $site;
    if ($base eq '') {
        $site = $self->shipped('caddy/Caddyfile', @login,
            qr{^http://diun\.example\.org \{}m =>
            "http://:$port {\n\tbind 127.0.0.1");
    } else {
        $site = "http://:$port {\nbind 127.0.0.1\n"
            . $self->shipped('caddy/sub-path.Caddyfile', @login,
            qr{/diun\b(?!dash)} => $base) . "handle {\nerror 404\n}\n}\n";
    }
    spew("$dir/Caddyfile",
        "{\n\tadmin off\n\tauto_https off\n}\n$site");
    return ($self->{program}, 'run', '--config', "$dir/Caddyfile",
        '--adapter', 'caddyfile');
}

sub caddy_hash {
    my ($program, $dir) = @_;
    $BCRYPT ||= do {
        my $r = run([ $program, 'hash-password', '--plaintext', 'sesame' ],
            env => { HOME => $dir, PATH => '/usr/bin:/bin' });
        $r->{out} =~ /(\$2a\$\S+)/ or die "caddy: $r->{err}";
        $1;
    };
    return $BCRYPT;
}

# ----------------------------------------------------------------- the end

sub descendants {
    my ($pid) = @_;
    return map { ($_, descendants($_)) } children_of($pid);
}

# End the server and the workers; true when each ended as it should.
sub stop {
    my ($self) = @_;
    return 1 if !defined $self->{pid};
    my @all = map { process($_) } descendants($self->{pid});
    my $status = stop_pid($self->{pid});
    $self->{pid} = undef;
    my $clean = $self->ended_well($status);
    $clean = 0 if !all_ended(@all);
    $clean = 0 if $self->{workers} && !$self->{workers}->stop;
    return $clean;
}

1;
