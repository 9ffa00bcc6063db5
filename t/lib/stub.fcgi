#!/usr/bin/perl
# stub.fcgi - stands in for a worker, to see what a web server really sends
#
# By FastCGI on descriptor 0, or by CGI. Answers the parameters as JSON, with
# FLAGS, the flags of the FastCGI request, and BODY. A path that ends in /die
# ends it without an answer, after a line in the file that DB_PATH names.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use JSON::PP ();
use Socket qw(SOL_SOCKET);

my $SO_ACCEPTCONN = 30;

sub exactly {
    my ($in, $size) = @_;
    my $data = '';
    while (length $data < $size) {
        my $n = sysread $in, $data, $size - length $data, length $data;
        exit 0 if !$n;
    }
    return $data;
}

sub length_at {
    my ($data, $at) = @_;
    my $n = ord substr $$data, $$at, 1;
    return ($$at++, $n)[1] if $n < 128;
    $n = unpack('N', substr $$data, $$at, 4) & 0x7fffffff;
    $$at += 4;
    return $n;
}

sub pairs {
    my ($data) = @_;
    my %p;
    my $at = 0;
    while ($at < length $data) {
        my $name = length_at(\$data, \$at);
        my $value = length_at(\$data, \$at);
        $p{ substr $data, $at, $name } = substr $data, $at + $name, $value;
        $at += $name + $value;
    }
    return %p;
}

sub note_and_die {
    my ($p) = @_;
    return if ($p->{REQUEST_URI} || '') !~ m{/die\z};
    open(my $out, '>>', $ENV{DB_PATH}) or die "cannot write: $!";
    syswrite $out, "$p->{REQUEST_METHOD}\n";
    kill 'KILL', $$;
}

sub answer {
    my ($p) = @_;
    note_and_die($p);
    my $text = JSON::PP->new->canonical->latin1->encode($p);
    return "Status: 200 OK\r\nContent-Type: application/json\r\n"
        . "X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\n"
        . "\r\n$text\n";
}

my $listening = getsockopt(STDIN, SOL_SOCKET, $SO_ACCEPTCONN);
if (!defined $listening || !unpack 'i', $listening) {
    my %p = %ENV;
    $p{BODY} = '';
    read STDIN, $p{BODY}, $ENV{HTTP_TRANSFER_ENCODING} ? 1e7
        : $ENV{CONTENT_LENGTH} || 0;
    syswrite STDOUT, answer(\%p);
    exit 0;
}

while (1) {
    accept(my $peer, \*STDIN) or next;
    my ($params, $body, $flags, $id) = ('', '', 0, 1);
    while (1) {
        my ($version, $type, $n, $size, $pad)
            = unpack 'CCnnC', exactly($peer, 8);
        my $content = exactly($peer, $size);
        exactly($peer, $pad);
        $id = $n;
        $flags = ord substr $content, 2, 1 if $type == 1;
        $params .= $content if $type == 4;
        $body .= $content if $type == 5;
        last if $type == 5 && $size == 0;
    }
    my $text = answer({ pairs($params), FLAGS => $flags, BODY => $body });
    while (length $text) {
        my $part = substr $text, 0, 8000, '';
        syswrite $peer, pack('CCnnCC', 1, 6, $id, length $part, 0, 0) . $part;
    }
    syswrite $peer, pack('CCnnCC', 1, 6, $id, 0, 0, 0)
        . pack('CCnnCCNCx3', 1, 3, $id, 8, 0, 0, 0, 0);
    close($peer);
}
