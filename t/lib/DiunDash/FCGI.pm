# FCGI.pm - a small FastCGI client of our own, well-behaved or not
#
# request() is what a web server does: one connection, one request, the
# answer until END_REQUEST. The single steps are public, so that a test can
# stop half-way, lie, or send what no server would. The object is a target
# for DiunDash::Cases over a DiunDash::Workers.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::FCGI;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use Exporter 'import';
use IO::Socket::UNIX;
use Socket qw(SOCK_STREAM SHUT_WR);
use Time::HiRes qw(sleep time);

use DiunDash::CGI;
use DiunDash::Env;
use DiunDash::Workers;

use constant {
    FCGI_BEGIN => 1, FCGI_ABORT => 2, FCGI_END => 3, FCGI_PARAMS => 4,
    FCGI_STDIN => 5, FCGI_STDOUT => 6, FCGI_STDERR => 7,
    FCGI_RESPONDER => 1, FCGI_KEEP_CONN => 1,
};

our @EXPORT_OK = qw(params_of stdin_of sent);

# --------------------------------------------------- bytes of the protocol

sub record {
    my ($type, $content, $id) = @_;
    $id = 1 if !defined $id;
    my $pad = -length($content) % 8;
    return pack('CCnnCC', 1, $type, $id, length $content, $pad, 0)
        . $content . "\0" x $pad;
}

# A stream of records: split where one cannot hold it, ended by an empty one.
sub stream {
    my ($type, $content, %o) = @_;
    my $bytes = '';
    for (my $at = 0; $at < length $content; $at += 65528) {
        $bytes .= record($type, substr($content, $at, 65528));
    }
    $bytes .= record($type, '') if !$o{open};
    return $bytes;
}

sub begin {
    my (%o) = @_;
    return record(FCGI_BEGIN, pack('nCx5',
            $o{role} || FCGI_RESPONDER, $o{flags} || 0));
}

sub size_of { return $_[0] < 128 ? chr $_[0] : pack 'N', $_[0] | 0x80000000 }

sub pairs {
    my ($params) = @_;
    my $bytes = '';
    for my $name (sort keys %{$params}) {
        my $value = $params->{$name};
        $bytes .= size_of(length $name) . size_of(length $value)
            . $name . $value;
    }
    return $bytes;
}

# The records of a request's parameters, as CGI::variables takes them, and of
# its body; $o{open}: without the end.
sub params_of {
    my ($method, $path, %o) = @_;
    return stream(FCGI_PARAMS,
        pairs(DiunDash::CGI::variables($method, $path, %o)));
}

sub stdin_of { return stream(FCGI_STDIN, @_) }

# ------------------------------------------------------------- connections

sub connect_to {
    my ($path) = @_;
    my $end = time + $PATIENCE;
    while (1) {
        my $socket = IO::Socket::UNIX->new(Type => SOCK_STREAM,
            Peer => $path);
        return $socket if $socket;
        return undef if $! != EAGAIN && $! != EINTR;
        return undef if time > $end;
        sleep 0.005;
    }
}

# Write all of it, reading nothing; false when the peer is gone.
sub send_all {
    my ($socket, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $done = 0;
    while ($done < length $bytes) {
        my $n = syswrite $socket, $bytes, 65536, $done;
        next if !defined $n && $! == EINTR;
        return 0 if !defined $n;
        $done += $n;
    }
    return 1;
}

# Connect to a target, send these bytes; the socket.
sub sent {
    my ($t, $bytes) = @_;
    my $socket = connect_to($t->workers->socket)
        or die "cannot connect: $!";
    send_all($socket, $bytes);
    return $socket;
}

# Read to END_REQUEST: an answer as DiunDash::CGI::parse makes it, with
# {stderr}, {app_status}, {protocol_status}; {error} when it is cut.
# $rest is a reference to bytes still to be written meanwhile.
sub answer {
    my ($socket, $rest) = @_;
    my ($in, $out, $err) = ('', '', '');
    my $end = time + $PATIENCE;
    my ($ended, $app, $protocol);
    local $SIG{PIPE} = 'IGNORE';
    $socket->blocking(0);
    while (!$ended) {
        my ($r, $w) = ('', '');
        vec($r, fileno($socket), 1) = 1;
        vec($w, fileno($socket), 1) = 1 if $rest && length ${$rest};
        select($r, $w, undef, 1);
        if ($rest && length ${$rest} && vec($w, fileno($socket), 1)) {
            my $n = syswrite $socket, ${$rest}, 65536;
            if (defined $n) {
                substr(${$rest}, 0, $n) = '';
            } elsif ($! != EAGAIN && $! != EINTR) {
                ${$rest} = '';
            }
        }
        if (vec($r, fileno($socket), 1)) {
            my $n = sysread $socket, $in, 65536, length $in;
            return { error => "connection lost: $!", stderr => $err }
                if !defined $n && $! != EAGAIN && $! != EINTR;
            return { error => 'closed without END_REQUEST', stderr => $err,
                raw => $out } if defined $n && $n == 0;
        }
        while (length $in >= 8) {
            my ($version, $type, $id, $len, $pad) = unpack 'CCnnC', $in;
            return { error => "not a FastCGI record", raw => $in }
                if $version != 1;
            last if length $in < 8 + $len + $pad;
            my $content = substr $in, 8, $len;
            substr($in, 0, 8 + $len + $pad) = '';
            if ($type == FCGI_STDOUT) {
                $out .= $content;
            } elsif ($type == FCGI_STDERR) {
                $err .= $content;
            } elsif ($type == FCGI_END) {
                ($app, $protocol) = unpack 'NC', $content;
                $ended = 1;
            }
        }
        return { error => 'the worker hangs', stderr => $err, raw => $out }
            if time > $end && !$ended;
    }
    my $answer = $out eq '' && $protocol
        ? { error => "protocol status $protocol" }
        : DiunDash::CGI::parse($out);
    $answer->{stderr} = $err;
    $answer->{app_status} = $app;
    $answer->{protocol_status} = $protocol;
    return $answer;
}

# One whole request over the socket at $path; %o as CGI::variables takes
# them, and flags, role.
sub ask {
    my ($path, $method, $uri, %o) = @_;
    my $socket = connect_to($path)
        or return { error => "cannot connect: $!" };
    my $bytes = begin(flags => $o{flags}, role => $o{role})
        . params_of($method, $uri, %o)
        . stdin_of(defined $o{body} ? $o{body} : '');
    my $answer = answer($socket, \$bytes);
    close($socket);
    return $answer;
}

# ------------------------------------------------------------------ target

# %o: env, base, workers (how many, 1), and what Workers->new takes.
sub new {
    my ($class, %o) = @_;
    my $base = delete $o{base};
    my $workers = DiunDash::Workers->new(count => 1, %o);
    return bless { workers => $workers,
        base => defined $base ? $base : '' }, $class;
}

sub name { return 'fastcgi' }
sub host { return 'dash.example:8080' }
sub db { return $_[0]{workers}->db }
sub log { return $_[0]{workers}->log }
sub stop { return $_[0]{workers}->stop }
sub workers { return $_[0]{workers} }

sub request {
    my ($self, $method, $path, %o) = @_;
    return ask($self->{workers}->socket, $method, $path,
        base => $self->{base}, %o);
}

1;
