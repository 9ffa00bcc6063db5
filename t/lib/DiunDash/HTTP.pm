# HTTP.pm - a raw HTTP/1.1 client
#
# Sends exactly the bytes that a test wants: raw paths, any method with any
# body, false lengths, half a request. Each request has a connection of its
# own. Where a well-behaved client is wanted, tests use HTTP::Tiny.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::HTTP;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use IO::Socket::INET;
use Time::HiRes qw(time);

use DiunDash::Env;

sub connect_to {
    my ($port) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Proto => 'tcp');
}

# The bytes of a request. %o: headers => [name, value, ...], body, host,
# content_length (replaces the true one; undef: leave it out), chunked => 1.
sub bytes_of {
    my ($method, $path, %o) = @_;
    my @headers = @{ $o{headers} || [] };
    my $names = '';
    my $text = "$method $path HTTP/1.1\r\n";
    while (@headers) {
        my ($name, $value) = splice @headers, 0, 2;
        $text .= "$name: $value\r\n";
        $names .= lc($name) . "\n";
    }
    $text .= "Host: $o{host}\r\n" if $names !~ /^host$/m;
    $text .= "Connection: close\r\n";
    if (exists $o{content_length}) {
        $text .= "Content-Length: $o{content_length}\r\n"
            if defined $o{content_length};
    } elsif ($o{chunked}) {
        $text .= "Transfer-Encoding: chunked\r\n";
    } elsif (defined $o{body}) {
        $text .= 'Content-Length: ' . length($o{body}) . "\r\n";
    } elsif ($method eq 'POST' || $method eq 'PUT') {
        # As browsers do; lighttpd answers 411 without it.
        $text .= "Content-Length: 0\r\n";
    }
    $text .= "\r\n";
    return $text if !defined $o{body};
    return $text . $o{body} if !$o{chunked};
    for (my $at = 0; $at < length $o{body}; $at += 100) {
        my $part = substr $o{body}, $at, 100;
        $text .= sprintf "%x\r\n%s\r\n", length $part, $part;
    }
    return $text . "0\r\n\r\n";
}

sub unchunk {
    my ($bytes) = @_;
    my $body = '';
    while ($bytes =~ s/\A([0-9A-Fa-f]+)[^\r\n]*\r\n//) {
        my $size = hex $1;
        return $body if $size == 0;
        return undef if length $bytes < $size + 2;
        $body .= substr $bytes, 0, $size;
        substr($bytes, 0, $size + 2) = '';
    }
    return undef;
}

# {status, headers, body} or {error}.
sub parse {
    my ($bytes, $method) = @_;
    my ($head, $body);
    do {
        ($head, $body) = split /\r\n\r\n/, $bytes, 2;
        return { error => 'no end of the header', raw => $bytes }
            if !defined $body;
        $bytes = $body;
    } while $head =~ m{\AHTTP/1\.[01] 1\d\d};
    my ($line, @lines) = split /\r\n/, $head;
    return { error => "not a status line: $line" }
        if $line !~ m{\AHTTP/1\.[01] ([2-5]\d\d)(?: [^\r\n]*)?\z};
    my %r = (status => $1, headers => {});
    for my $field (@lines) {
        return { error => "not a header line: $field" }
            if $field !~ /\A([!#-'*+.0-9A-Z^-z|~-]+):[ \t]*([^\r\n]*?)\s*\z/;
        my ($name, $value) = (lc $1, $2);
        $r{headers}{$name} = exists $r{headers}{$name}
            ? "$r{headers}{$name}, $value" : $value;
    }
    if (($r{headers}{'transfer-encoding'} || '') eq 'chunked'
        && $method ne 'HEAD') {
        $body = unchunk($body);
        return { error => 'chunked body cut', %r } if !defined $body;
    } elsif ($method ne 'HEAD' && $r{status} != 304
        && defined $r{headers}{'content-length'}
        && length $body != $r{headers}{'content-length'}) {
        return { error => 'body cut', %r };
    }
    $r{body} = $body;
    return \%r;
}

# Send bytes, read to the end of the connection.
sub exchange {
    my ($port, $bytes, $method) = @_;
    my $socket = connect_to($port)
        or return { error => "cannot connect: $!" };
    local $SIG{PIPE} = 'IGNORE';
    $socket->blocking(0);
    my $in = '';
    my $end = time + $PATIENCE;
    while (1) {
        my ($r, $w) = ('', '');
        vec($r, fileno($socket), 1) = 1;
        vec($w, fileno($socket), 1) = 1 if length $bytes;
        select($r, $w, undef, 1);
        if (length $bytes && vec($w, fileno($socket), 1)) {
            my $n = syswrite $socket, $bytes, 65536;
            if (defined $n) {
                substr($bytes, 0, $n) = '';
            } elsif ($! != EAGAIN && $! != EINTR) {
                $bytes = '';
            }
        }
        if (vec($r, fileno($socket), 1)) {
            my $n = sysread $socket, $in, 65536, length $in;
            last if defined $n && $n == 0;
            last if !defined $n && $! != EAGAIN && $! != EINTR;
        }
        return { error => 'the server hangs', raw => $in } if time > $end;
    }
    close($socket);
    return { error => 'no answer' } if $in eq '';
    return parse($in, $method);
}

sub ask {
    my ($port, $method, $path, %o) = @_;
    return exchange($port, bytes_of($method, $path,
            host => "127.0.0.1:$port", %o), $method);
}

1;
