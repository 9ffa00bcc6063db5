# SiteCases.pm - what a shipped configuration must do beside passing requests on
#
# The page with its headers and types, compression and 304, the login and what
# could get around it, what a worker is told, one worker for one request, and
# slow senders. Run for each kind of DiunDash::Site, at a root and under a
# path.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::SiteCases;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::HTTP;
use DiunDash::Site;

our @EXPORT = qw(run_site_cases);

my $IMAGE = 'docker.io/library/nginx:latest';
my $SECRET = 'Token123456';
my $STUB = "$SRC/t/lib/stub.fcgi";
my @GZIP = ('Accept-Encoding' => 'gzip');

my %HEADERS = (
    'content-security-policy' => "default-src 'none'; script-src 'self'; "
        . "style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        . "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options' => 'nosniff',
    'referrer-policy' => 'no-referrer',
    'cache-control' => 'no-cache',
);

sub headers_ok {
    my ($r, $name) = @_;
    is($r->{headers}{$_}, $HEADERS{$_}, "$name: $_")
        for sort keys %HEADERS;
    return;
}

# Asked for again with its ETag: 304, compressed or not.
sub again_ok {
    my ($t, $path, @headers) = @_;
    my $first = ask($t, 'GET', $path, headers => [@headers]);
    my $etag = $first->{headers}{etag};
    ok($etag, "$path @headers: an ETag") or return $first;
    my $r = ask($t, 'GET', $path, headers => [ @headers,
            'If-None-Match' => $etag ]);
    is($r->{status}, 304, "$path @headers: then 304");
    return $first;
}

sub page {
    my ($kind, $base) = @_;
    my $t = DiunDash::Site->new(kind => $kind, base => $base);
    hook($t, minimal("docker.io/a/image-$_:1")) for 1 .. 20;
    my %types = (
        '/' => qr{\Atext/html(?:;|\z)},
        '/css/base.css' => qr{\Atext/css(?:;|\z)},
        '/js/main.js' => qr{\A(?:text|application)/javascript(?:;|\z)},
        '/img/pending.svg' => qr{\Aimage/svg\+xml(?:;|\z)},
    );
    for my $path (sort keys %types) {
        my $file = $path eq '/' ? '/index.html' : $path;
        my $r = again_ok($t, $path);
        is($r->{status}, 200, "$path: 200");
        is($r->{body}, slurp("$SRC/htdocs$file"), "$path: the file");
        like($r->{headers}{'content-type'} || '', $types{$path},
            "$path: the type");
        headers_ok($r, $path);
        $r = ask($t, 'HEAD', $path);
        is($r->{status}, 200, "$path: HEAD");
    }
    for my $path ('/', '/js/list.js', '/css/page.css', '/api/updates') {
        my $plain = ask($t, 'GET', $path)->{body};
        my $r = again_ok($t, $path, @GZIP);
        is($r->{headers}{'content-encoding'}, 'gzip', "$path: gzip");
        is(unzipped($r), $plain, "$path: unzipped");
        cmp_ok(length $r->{body}, '<', length $plain, "$path: smaller");
    }
    headers_ok(ask($t, 'GET', $_), $_)
        for '/api/updates', '/api/none', '/none', '/webhook', '/healthz';
    for my $path ('/../server.conf', '/%2e%2e/server.conf',
        '/..%2fserver.conf', '/js/../../server.conf', '/.htaccess',
        '/.%2e/%2e./server.conf', '/js/..%5c..%5cserver.conf') {
        my $r = ask($t, 'GET', $path);
        like($r->{status}, qr/\A4/, "$path: nothing");
    }
    for my $path ('/css/', '/js', '/js/') {
        my $r = ask($t, 'GET', $path);
        unlike($r->{body}, qr/main\.js|base\.css/, "$path: no index");
    }
    if ($base ne '') {
        my $r = DiunDash::HTTP::ask($t->port, 'GET', $base);
        like($r->{status}, qr/\A30[128]\z/, 'without the slash: to the one'
            . ' with it');
        like($r->{headers}{location}, qr{\Q$base\E/\z}, 'by Location');
        $r = DiunDash::HTTP::ask($t->port, 'GET', '/api/updates');
        is($r->{status}, 404, 'nothing beside the path');
    }
    ok($t->stop, 'all ended as they should');
    return;
}

# Paths that a server and a worker could take for different ones.
my @AROUND = ('/api/updates', '/webhook/../api/updates', '//api/updates',
    '/./api/updates', '/%61pi/updates', '/webhook/api/updates',
    '/webhookx/api/updates', '/webhook%2f..%2fapi%2fupdates',
    '/webhook/%2e%2e/api/updates', '/webhook/..%2fapi/updates',
    '/webhook;/api/updates', '/webhook%3f/../api/updates',
    '/webhook%00/../api/updates', '/webhook%23/../api/updates',
    '/webhook?/../api/updates', '/healthz/api/updates', '/x/api/updates',
    '/api/updates?/webhook', '/api/updates#/webhook', '/api/updates//',
    '/api/updates/%2e%2e/../webhook/../api/updates',
    '/api%2fupdates', '/webhook\\..\\api\\updates', '/api/updates/webhook',
    '/api/updates/x/../../../webhook', '/API/updates', '/webhook//api/updates',
    '/cgi-bin/diundash.fcgi/api/updates',
    '/cgi-bin/diundash.fcgi/webhook/../api/updates',
    '/cgi-bin/diundash.fcgi/x/webhook/api/updates', '/index.html', '/js/',
    '/css/base.css', '/mark.txt', '/webhook/../mark.txt',
    '/webhook/mark.txt', '/none');

sub login {
    my ($kind, $base) = @_;
    my $t = DiunDash::Site->new(kind => $kind, base => $base, login => 1,
        env => { WEBHOOK_SECRET => $SECRET });
    my @login = (headers => [@DiunDash::Site::LOGIN]);
    my @secret = (headers => [ Authorization => "Bearer $SECRET" ]);
    hook($t, minimal($IMAGE), 'a webhook needs no login', @secret);
    hook($t, minimal($IMAGE), "by $_", @secret, method => $_)
        for qw(GET PUT);
    for my $path ('/', '/api/updates', '/healthz', '/css/base.css', '/none',
        '/api/none') {
        my $r = ask($t, 'GET', $path);
        is($r->{status}, 401, "$path: 401");
        like($r->{headers}{'www-authenticate'} || '', qr/\ABasic /,
            "$path: asks for the password");
        is($r->{headers}{$_}, $HEADERS{$_}, "$path: $_")
            for grep { $_ ne 'cache-control' } sort keys %HEADERS;
        is(ask($t, 'GET', $path, @secret)->{status}, 401,
            "$path: the secret is no login");
        is(ask($t, 'GET', $path, headers => [ Authorization =>
                    'Basic am9zOndyb25n' ])->{status}, 401,
            "$path: a wrong password");
        is(ask($t, 'GET', $path, @login)->{status},
            $path =~ /none/ ? 404 : 200, "$path: logged in");
    }
    my $list = sub { ask($t, 'GET', '/api/updates', @login)->{body} };
    my $before = $list->();
    like($before, qr/\Q$IMAGE\E/, 'the list');
    for my $wrong (undef, 'Bearer wrong', $DiunDash::Site::LOGIN[1]) {
        my $r = ask($t, 'POST', '/webhook', body => minimal('evil/x:1'),
            headers => [ defined $wrong ? (Authorization => $wrong) : () ]);
        is($r->{status}, 401, 'webhook: ' . ($wrong || 'nothing'));
        error_ok($r, 'says the worker', qr/./);
    }
    for my $path (@AROUND) {
        my $r = ask($t, 'GET', $path);
        unlike($r->{status}, qr/\A2/, "$path: not shown");
        unlike($r->{body}, qr/\Q$IMAGE\E|DOCTYPE html>\n<html lang/,
            "$path: nothing of it");
        for my $method (qw(POST PATCH DELETE)) {
            $r = ask($t, $method, "$path/acknowledge-all");
            unlike($r->{status}, qr/\A2/, "$method $path/acknowledge-all");
        }
        $r = ask($t, 'PATCH', "$path/$IMAGE");
        unlike($r->{status}, qr/\A2/, "PATCH $path/$IMAGE");
    }
    is($list->(), $before, 'and nothing was changed');
    unlike($t->log, qr/\Q$SECRET\E|sesame/, 'no log has a secret');
    ok($t->stop, 'all ended as they should');
    return;
}

sub parameters {
    my ($kind, $base) = @_;
    my $t = DiunDash::Site->new(kind => $kind, base => $base, login => 1,
        worker => $STUB);
    my @login = @DiunDash::Site::LOGIN;
    my $told = sub {
        my ($method, $path, %o) = @_;
        my $r = ask($t, $method, $path, %o);
        is($r->{status}, 200, "$method $path: 200");
        return eval { json_of($r->{body}) } || {};
    };
    my $raw = '/api/updates/a%2Fb/c:1@sha256:d%20e%C3%A9?x=%41&y=/webhook';
    # .htaccess cannot tell Apache to let %2F pass.
    $raw =~ s/%2F/%252F/ if $kind eq 'apache-cgi';
    my $p = $told->('PATCH', $raw, body => '{"a":1}', headers => [ @login,
            Origin => 'http://x', 'Content-Type' => 'application/json',
            'Sec-Fetch-Site' => 'none', Proxy => 'http://evil/' ]);
    is($p->{REQUEST_URI}, "$base$raw", 'REQUEST_URI as it was sent');
    is($p->{REQUEST_METHOD}, 'PATCH', 'REQUEST_METHOD');
    is($p->{REMOTE_USER}, $DiunDash::Site::USER, 'REMOTE_USER');
    is($p->{CONTENT_LENGTH}, 7, 'CONTENT_LENGTH');
    is($p->{BODY}, '{"a":1}', 'the body');
    is($p->{CONTENT_TYPE}, 'application/json', 'CONTENT_TYPE');
    is($p->{HTTP_HOST}, $t->host, 'HTTP_HOST with its port');
    is($p->{HTTP_ORIGIN}, 'http://x', 'HTTP_ORIGIN');
    is($p->{HTTP_SEC_FETCH_SITE}, 'none', 'HTTP_SEC_FETCH_SITE');
    is($p->{HTTP_PROXY} || '', '', 'no HTTP_PROXY');
    is($p->{REMOTE_ADDR}, '127.0.0.1', 'REMOTE_ADDR');
    like($p->{GATEWAY_INTERFACE}, qr{\ACGI/1\.}, 'GATEWAY_INTERFACE');
    is(($p->{FLAGS} || 0) & 1, 0, 'the connection is not kept');
    $p = $told->('GET', '/webhook', body => 'hello', headers =>
            [ Authorization => 'Bearer x y' ]);
    is($p->{HTTP_AUTHORIZATION}, 'Bearer x y', 'Authorization at webhook');
    is($p->{BODY}, 'hello', 'the body of a GET');
    is($p->{REMOTE_USER} || '', '', 'nobody is logged in there');
    $p = $told->('POST', '/webhook', body => 'x' x 500, chunked => 1);
    is($p->{BODY}, 'x' x 500, 'a chunked body');
    # Plain CGI, and Caddy's workers, have the body alone, to its end.
    is($p->{CONTENT_LENGTH}, 500, 'and its length')
        if $kind !~ /\A(?:apache-cgi|caddy)\z/;
    my $big = 'y' x 1_500_000;
    $p = $told->('POST', '/webhook', body => $big);
    ok(($p->{BODY} || '') eq $big, '1.5 MB reach the worker');
    $t->stop;
    return;
}

sub one_worker {
    my ($kind) = @_;
    my $t = DiunDash::Site->new(kind => $kind, worker => $STUB);
    for my $method (qw(POST PATCH)) {
        my $r = ask($t, $method, '/api/die', body => '{}');
        like($r->{status}, qr/\A50[0234]\z/, "$method: a worker dies,"
            . ' and the answer says so');
    }
    is(slurp($t->db), "POST\nPATCH\n", 'no other one was asked');
    $t->stop;
    return;
}

# Half a body must not hold the only worker.
sub slow_sender {
    my ($kind) = @_;
    return slow_sender_passed_on($kind) if $kind eq 'apache-proxy';
    my $t = DiunDash::Site->new(kind => $kind, count => 1,
        env => { DIUNDASH_IO_TIMEOUT => 60_000 });
    for my $size (10, 40_000) {
        my $body = minimal("docker.io/a/slow-$size:1", filler => 'x' x $size);
        my $bytes = DiunDash::HTTP::bytes_of('POST',
            $t->base . '/webhook', host => $t->host, body => $body);
        my $socket = DiunDash::HTTP::connect_to($t->port);
        DiunDash::FCGI::send_all($socket, substr $bytes, 0, -9);
        is(ask($t, 'GET', '/api/updates')->{status}, 200,
            'the worker is free for others') for 1 .. 2;
        DiunDash::FCGI::send_all($socket, substr $bytes, -9);
        local $/;
        like(scalar <$socket>, qr{\AHTTP/1\.1 200 }, 'then it is answered');
        ok(updates($t)->{"docker.io/a/slow-$size:1"}, 'and stored');
    }
    ok($t->stop, 'all ended as they should');
    return;
}

# mod_proxy_fcgi passes a body on as it comes: the worker is then free when it
# has waited for DIUNDASH_IO_TIMEOUT.
sub slow_sender_passed_on {
    my ($kind) = @_;
    my $t = DiunDash::Site->new(kind => $kind, count => 1,
        env => { DIUNDASH_IO_TIMEOUT => 300 });
    my $body = minimal('docker.io/a/slow:1');
    my $bytes = DiunDash::HTTP::bytes_of('POST', $t->base . '/webhook',
        host => $t->host, body => $body);
    my $socket = DiunDash::HTTP::connect_to($t->port);
    DiunDash::FCGI::send_all($socket, substr $bytes, 0, -9);
    is(updates_text($t), "{}", 'the worker is free for others');
    close($socket);
    is(updates_text($t), "{}", 'half a body is not stored');
    ok($t->stop, 'all ended as they should');
    return;
}

sub run_site_cases {
    my ($kind, @bases) = @_;
    @bases = ('') if !@bases;
    my $only = $ENV{DIUNDASH_CASE};
    my %cases = (page => \&page, login => \&login,
        'what a worker is told' => \&parameters,
        'a request is for one worker' => \&one_worker,
        'a slow sender holds no worker' => \&slow_sender);
    for my $base (@bases) {
        for my $name (sort keys %cases) {
            next if defined $only && $name !~ /$only/;
            next if $base ne '' && $name =~ / worker\z/;
            subtest "$name, at $base/" => sub {
                eval { $cases{$name}->($kind, $base); 1 }
                    or fail("died: $@");
            };
        }
    }
    return;
}

1;
