#!/usr/bin/perl
# valgrind.t - the worker under a checker of memory, over all routes
#
# In a plain build a FastCGI worker runs under valgrind's memcheck and gets a
# mix of good and bad requests over every route; nothing may be misused, lost
# or still be held at its end. In a build with sanitizers, 10,000 requests of
# the same mix take the place of that.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;

my $IMAGE = 'docker.io/library/nginx:latest';

# [status, method, path, options]: in this order, each has something to do.
# ID stands for the id of the tag made last.
my @MIX = (
    (map { [ 200, 'POST', '/webhook', body => payload($_) ] }
        payload_names()),
    [ 200, 'GET', '/webhook', body => minimal($IMAGE) ],
    [ 200, 'PUT', '/webhook', body => minimal("$IMAGE\@sha256:abcd") ],
    [ 405, 'GET', '/webhook' ],
    [ 400, 'POST', '/webhook', body => '' ],
    [ 400, 'POST', '/webhook', body => '{"image":"a","image":"b"}' ],
    [ 400, 'POST', '/webhook', body => '{"image":"a","x":' . '[' x 2000 ],
    [ 400, 'POST', '/webhook', body => '{"image":[1,{"a":"b"}]}' ],
    [ 400, 'POST', '/webhook', body => '{"image":"a","hostname":1}' ],
    [ 400, 'POST', '/webhook', body => "{\"image\":\"\xff\"}" ],
    [ 400, 'POST', '/webhook', body => '{"image":"a"', content_length => 90 ],
    [ 400, 'POST', '/webhook', body => '{}', content_length => '1e3' ],
    [ 413, 'POST', '/webhook', body => '', content_length => 2_000_000 ],
    [ 201, 'POST', '/api/tags', body => '{"name":"one"}' ],
    [ 409, 'POST', '/api/tags', body => '{"name":"one"}' ],
    [ 400, 'POST', '/api/tags', body => '{"name":"' . 'x' x 101 . '"}' ],
    [ 200, 'PATCH', '/api/tags/ID', body => '{"name":"two"}' ],
    [ 404, 'PATCH', '/api/tags/999999', body => '{"name":"two"}' ],
    [ 400, 'PATCH', '/api/tags/1e3', body => '{"name":"two"}' ],
    [ 204, 'PUT', '/api/tag-assignments',
        body => qq({"image":"$IMAGE","tag_id":ID}) ],
    [ 404, 'PUT', '/api/tag-assignments',
        body => qq({"image":"$IMAGE","tag_id":999999}) ],
    [ 400, 'PUT', '/api/tag-assignments', body => '{"tag_id":1}' ],
    [ 200, 'GET', '/api/updates' ],
    [ 200, 'HEAD', '/api/updates' ],
    [ 304, 'GET', '/api/updates', headers => [ 'If-None-Match' => '*' ] ],
    [ 200, 'GET', '/api/tags' ],
    [ 304, 'HEAD', '/api/tags', headers => [ 'If-None-Match' => '"x", *' ],
        expect => [ 200, 304 ] ],
    [ 204, 'PATCH', path_of($IMAGE) ],
    [ 204, 'PATCH', path_of($IMAGE, ''), body => '{"acknowledged":false}' ],
    [ 404, 'PATCH', '/api/updates/nothing:1' ],
    [ 400, 'PATCH', '/api/updates/a%00b' ],
    [ 400, 'PATCH', '/api/updates/a%zz' ],
    [ 400, 'PATCH', '/api/updates/../x' ],
    [ 400, 'PATCH', path_of($IMAGE), body => '{"acknowledged":1}' ],
    [ 200, 'POST', '/api/updates/acknowledge-by-tag',
        body => '{"tag_id":ID}' ],
    [ 404, 'POST', '/api/updates/acknowledge-by-tag',
        body => '{"tag_id":999999}' ],
    [ 200, 'POST', '/api/updates/acknowledge-all' ],
    [ 204, 'DELETE', '/api/tag-assignments', body => qq({"image":"$IMAGE"}) ],
    [ 204, 'DELETE', '/api/tags/ID' ],
    [ 404, 'DELETE', '/api/tags/999999' ],
    [ 400, 'DELETE', '/api/tags/1;drop' ],
    [ 200, 'GET', '/healthz' ],
    [ 404, 'GET', '/nope' ],
    [ 405, 'DELETE', '/api/updates' ],
    [ 204, 'OPTIONS', '/api/tags' ],
    [ 403, 'POST', '/api/tags', body => '{"name":"evil"}',
        headers => [ 'Sec-Fetch-Site' => 'cross-site' ] ],
    [ 415, 'POST', '/api/tags', body => '{"name":"evil"}',
        headers => [ 'Sec-Fetch-Site' => 'same-origin' ] ],
);

# The whole mix once; what was not as expected.
sub mix {
    my ($t) = @_;
    my ($id, @wrong) = (0);
    for (@MIX) {
        my ($status, $method, $path, %o) = @{$_};
        $path =~ s/ID/$id/;
        $o{body} =~ s/ID\}/$id}/ if defined $o{body};
        my @want = @{ delete $o{expect} || [$status] };
        my $r = $t->request($method, $path, %o);
        my $got = $r->{error} || $r->{status};
        push @wrong, "$method $path: $got, not @want"
            if !grep { $_ eq $got } @want;
        $id = json_of($r->{body})->{id} if $got eq '201';
    }
    return @wrong;
}

# Peers that leave half-way.
sub rude {
    my ($t) = @_;
    my $body = minimal('docker.io/evil/x:1');
    my $whole = DiunDash::FCGI::begin()
        . DiunDash::FCGI::stream(DiunDash::FCGI::FCGI_PARAMS,
        DiunDash::FCGI::pairs(DiunDash::CGI::variables('POST', '/webhook',
                body => $body)))
        . DiunDash::FCGI::stream(DiunDash::FCGI::FCGI_STDIN, $body);
    for my $part (0, 5, 60, length($whole) - 40) {
        my $socket = DiunDash::FCGI::connect_to($t->workers->socket);
        DiunDash::FCGI::send_all($socket, substr $whole, 0, $part);
        close($socket);
    }
    return;
}

sub good {
    my ($t) = @_;
    my @wrong = mix($t);
    is_deeply(\@wrong, [], 'a mix over all routes');
    rude($t);
    is(ask($t, 'GET', '/healthz')->{status}, 200, 'after rude peers');
    return;
}

if ($SANITIZED) {
    my $t = DiunDash::FCGI->new;
    good($t);
    my ($count, @wrong) = (0);
    while ($count < 10_000 && @wrong < 10) {
        push @wrong, mix($t);
        $count += @MIX;
    }
    is_deeply(\@wrong, [], "$count requests under the sanitizers");
    ok($t->stop, 'the worker ends with 0: nothing has leaked');
    unlike($t->log, qr/Sanitizer|runtime error/, 'no fault in the log');
    done_testing();
    exit 0;
}

my $valgrind = need('valgrind');
# What FCGX_Init allocates once, for as long as the process lives.
my $known = spew(scratch() . '/known.supp', <<'SUPPRESSION');
{
   libfcgi's table of descriptors
   Memcheck:Leak
   match-leak-kinds: reachable
   fun:calloc
   fun:OS_LibInit
   fun:FCGX_Init
}
SUPPRESSION
my @options = ("--suppressions=$known", qw(--quiet --error-exitcode=99 --leak-check=full
    --show-leak-kinds=all --errors-for-leak-kinds=all
    --num-callers=30));

sub under_valgrind {
    my (%o) = @_;
    return DiunDash::FCGI->new(%o, wrapper => [ $valgrind, @options ]);
}

# What valgrind wrote: every line of its begins with ==.
sub findings {
    my ($t) = @_;
    my @lines = grep { /^==\d+==/ } split /\n/, $t->log;
    is_deeply([ @lines[ 0 .. ($#lines > 30 ? 30 : $#lines) ] ], [],
        'valgrind found nothing');
    return;
}

subtest 'all routes' => sub {
    my $t = under_valgrind();
    good($t);
    is_deeply([ mix($t) ], [], 'and once more');
    is($t->workers->end(0), 0, 'the worker ends with 0');
    findings($t);
};

subtest 'with a secret' => sub {
    my $t = under_valgrind(env => { WEBHOOK_SECRET => 'sesame' });
    my $body = minimal($IMAGE);
    is($t->request('POST', '/webhook', body => $body)->{status}, 401,
        'without it');
    for ([ sesame => 200 ], [ 'Bearer sesame' => 200 ], [ wrong => 401 ]) {
        my ($value, $want) = @{$_};
        is($t->request('POST', '/webhook', body => $body,
                headers => [ Authorization => $value ])->{status}, $want,
            $value);
    }
    is($t->workers->end(0), 0, 'the worker ends with 0');
    findings($t);
};

subtest 'in trouble' => sub {
    my $dir = scratch();
    my $t = under_valgrind(db => "$dir/missing/diun.db",
        env => { DIUNDASH_BUSY_TIMEOUT => 100 });
    is(ask($t, 'GET', '/api/updates')->{status}, 503, 'no folder');
    mkdir "$dir/missing";
    hook($t, minimal($IMAGE), 'then a folder');
    rename "$dir/missing/diun.db$_", "$dir/old$_" for '', '-wal', '-shm';
    is(updates_text($t), '{}', 'the file moved away');
    unlink map { "$dir/missing/diun.db$_" } '', '-wal', '-shm';
    spew("$dir/missing/diun.db", 'not a database' x 100);
    is(ask($t, 'POST', '/webhook', body => minimal($IMAGE))->{status}, 200,
        'not a database: a webhook goes to the spool');
    is($t->workers->ended(0), 1 << 8, 'the worker ends by itself with 1');
    findings($t);
};

done_testing();
