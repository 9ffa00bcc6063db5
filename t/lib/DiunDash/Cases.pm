# Cases.pm - the HTTP contract as one list of cases for any target
#
# A target is anything with request(method, path, options): the program under
# an empty environment, a worker behind our own FastCGI client, lighttpd,
# nginx. Every case runs identically against each; where a web server answers
# by itself, the case names that server and the exact code it gives.
#
# A case starts with a new database and a target made for it. After every
# refused request the list of updates must be, byte for byte, what it was.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Cases;

use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Exporter qw(import);
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use Test::More;
use Time::Local qw(timegm);

use DiunDash::Env;

our @EXPORT = qw(run_cases ask hook updates updates_text refused json_ok
    done_ok path_of minimal error_ok unzipped family);

my $NGINX = 'docker.io/library/nginx:latest';
my $SECRET = 'Token123456';

# ------------------------------------------------------------ small helpers

# A request, with what must hold for each of our answers.
sub ask {
    my ($t, $method, $path, %o) = @_;
    delete $t->{list_as_it_was};
    my $r = $t->request($method, $path, %o);
    my $what = "$method " . substr($path, 0, 80);
    if ($r->{error}) {
        fail("$what: $r->{error}");
        return { status => 0, headers => {}, body => '' };
    }
    my $h = $r->{headers};
    fail("$what: a CORS header") if grep { /^access-control-/ } keys %{$h};
    fail("$what: a cookie") if $h->{'set-cookie'};
    fail("$what: Content-Length $h->{'content-length'}, sent "
        . length $r->{body})
        if defined $h->{'content-length'} && $method ne 'HEAD'
        && $r->{status} != 304
        && $h->{'content-length'} != length $r->{body};
    fail("$what: a body with $r->{status}") if $r->{body} ne ''
        && ($method eq 'HEAD' || $r->{status} =~ /\A(?:204|304)\z/);
    fail("$what: a worker exited $r->{exit}")
        if defined $r->{exit} && $r->{exit} != 0;
    return $r;
}

# Headers that each answer of ours, good or bad, carries.
sub common_ok {
    my ($r, $name) = @_;
    my $h = $r->{headers};
    is($h->{'x-content-type-options'}, 'nosniff', "$name: nosniff");
    is($h->{'cache-control'}, 'no-cache', "$name: Cache-Control")
        if $r->{status} < 400;
    return;
}

# The body, which a web server may have compressed when it was allowed to.
sub unzipped {
    my ($r) = @_;
    return $r->{body} if ($r->{headers}{'content-encoding'} || '') ne 'gzip';
    my $text;
    gunzip(\$r->{body} => \$text) or return "not gzip: $GunzipError";
    return $text;
}

# The body decoded; fails and gives undef when it is not JSON.
sub json_ok {
    my ($r, $status, $name) = @_;
    is($r->{status}, $status, "$name: $status") or do {
        diag(substr $r->{body}, 0, 300);
        return undef;
    };
    like($r->{headers}{'content-type'} || '',
        qr{\Aapplication/json(?:\z|;)}, "$name: application/json");
    common_ok($r, $name);
    my $value = eval { json_of($r->{body}) };
    ok(defined $value, "$name: JSON") or diag($@);
    return $value;
}

# An answer without a body.
sub done_ok {
    my ($r, $status, $name) = @_;
    my $ok = is($r->{status}, $status, "$name: $status");
    diag(substr $r->{body}, 0, 300) if !$ok;
    is($r->{body}, '', "$name: no body") if $ok;
    return $ok;
}

# The shape of every error of ours.
sub error_ok {
    my ($r, $name, $like) = @_;
    like($r->{headers}{'content-type'} || '',
        qr{\Aapplication/json(?:\z|;)}, "$name: application/json");
    common_ok($r, $name);
    my $e = eval { json_of($r->{body}) };
    my $ok = ref $e eq 'HASH' && defined $e->{error} && !ref $e->{error};
    ok($ok, "$name: an object with error")
        or diag(substr $r->{body}, 0, 300);
    return '' if !$ok;
    my $text = $e->{error};
    like($text, qr/\A[^\x00-\x1f\x7f]+\z/, "$name: one line, not empty");
    cmp_ok(length $text, '<=', 300, "$name: short");
    like($r->{body}, qr/\A[^\n]*\n?\z/, "$name: one line of JSON");
    unlike($text, qr{SELECT|INSERT|sqlite3?_|/tmp/|\.c:\d}i,
        "$name: nothing given away");
    like($text, $like, "$name: the text") if $like;
    return $text;
}

sub updates_text {
    my ($t) = @_;
    my $r = ask($t, 'GET', '/api/updates');
    return $r->{status} == 200 ? $r->{body} : "status $r->{status}";
}

sub updates {
    my ($t, $name) = @_;
    $name ||= 'GET /api/updates';
    return json_ok(ask($t, 'GET', '/api/updates'), 200, $name) || {};
}

# One entry of the list.
sub entry {
    my ($t, $key) = @_;
    my $text = updates_text($t);
    my $all = eval { json_of($text) } || {};
    return $all->{$key} || { event => { metadata => {} } };
}

sub minimal { return text_of({ image => $_[0], @_[ 1 .. $#_ ] }) }

# Deliver a webhook; $body is bytes or a hash.
sub hook {
    my ($t, $body, $name, %o) = @_;
    $body = text_of($body) if ref $body;
    my $r = ask($t, $o{method} || 'POST', '/webhook', %o, body => $body);
    return done_ok($r, 200, $name || 'webhook');
}

# Percent-encode all that is not plain; $more are also left as they are.
sub path_of {
    my ($image, $plain) = @_;
    $plain = '/:@' if !defined $plain;
    my $bytes = encode_utf8($image);
    $bytes =~ s{([^A-Za-z0-9\-._~\Q$plain\E])}{sprintf '%%%02X', ord $1}ge;
    return "/api/updates/$bytes";
}

sub tag_named {
    my ($t, $name) = @_;
    my $tag = json_ok(ask($t, 'POST', '/api/tags',
            body => text_of({ name => $name })), 201, "tag $name");
    return $tag || { id => 0 };
}

# The target without its mode: apache for apache-fcgid.
sub family { return $_[0]->name =~ /\A(\w+)/ ? $1 : '' }

# Is there a web server in front?
sub is_server { return $_[0]->name !~ /\A(?:cgi|fastcgi)\z/ }

# A path that is no worker's: behind a web server that serves the page it is
# not found by the server itself. Further arguments are other codes of its own.
sub outside {
    my ($t, @own) = @_;
    return is_server($t) ? [ 404, 'own 404', map { "own $_" } @own ] : 404;
}

# What the case expects of this target: a number, a list of them, or a hash
# by target or family with `default`; 'own 400' is the server's own answer.
sub expected {
    my ($t, $spec) = @_;
    if (ref $spec eq 'HASH') {
        my ($found) = grep { exists $spec->{$_} } $t->name, family($t);
        $spec = $spec->{ defined $found ? $found : 'default' };
    }
    return map { "$_" } ref $spec ? @{$spec} : ($spec);
}

# A request that must be refused: the code, the shape of the error, and
# nothing changed by it.
sub refused {
    my ($t, $spec, $like, $name, $method, $path, %o) = @_;
    subtest $name => sub {
        # Of several in a row, each begins with what the last one ended with.
        my $before = $t->{list_as_it_was};
        $before = updates_text($t) if !defined $before;
        my $r = ask($t, $method, $path, %o);
        my @want = expected($t, $spec);
        my ($own) = grep { $_ eq "own $r->{status}" } @want;
        my ($code) = grep { $_ eq $r->{status} } @want;
        ok($own || $code, "answered @want") or diag($t->name
                . " got $r->{status}: " . substr($r->{body}, 0, 300));
        my $json = ($r->{headers}{'content-type'} || '')
            =~ m{^application/json};
        if ($r->{status} >= 400 && $method ne 'HEAD' && (!$own || $json)) {
            error_ok($r, $name, $code ? $like : undef);
        }
        if ($r->{status} == 405 && !$own) {
            like($r->{headers}{allow} || '', qr/[A-Z]/, 'Allow');
        }
        like($r->{headers}{'www-authenticate'} || '', qr/\S/,
            'WWW-Authenticate') if $r->{status} == 401;
        my $after = updates_text($t);
        is($after, $before, 'the list is as it was');
        $t->{list_as_it_was} = $after;
    };
    return;
}

# ------------------------------------------------------------------- cases

my @CASES;

binmode $_, ':utf8' for Test::More->builder->output,
    Test::More->builder->failure_output;

sub case {
    my ($name, $code, %o) = @_;
    push @CASES, { name => $name, code => $code, %o };
    return;
}

case 'an empty dashboard' => sub {
    my ($t) = @_;
    my $health = json_ok(ask($t, 'GET', '/healthz'), 200, 'health');
    is($health->{status}, 'ok', 'status ok') if $health;
    my $r = ask($t, 'GET', '/api/updates');
    is_deeply(json_ok($r, 200, 'updates'), {}, 'no updates');
    like($r->{headers}{etag} || '', qr/\A"[^"]+"\z/, 'a strong ETag');
    $r = ask($t, 'GET', '/api/tags');
    is_deeply(json_ok($r, 200, 'tags'), [], 'no tags');
    like($r->{headers}{etag} || '', qr/\A"[^"]+"\z/, 'a strong ETag');
};

# What the entry says about the event's host, beside the golden event.
sub host_ok {
    my ($got, $golden, $body) = @_;
    my $event = $golden->{event};
    my ($host) = grep { $_->{hostname} eq $event->{hostname} }
        @{ $got->{hosts} };
    ok($host, 'its host is there') or return;
    is_deeply($host->{$_}, exists $event->{$_} ? $event->{$_} : '',
        "of the host: $_")
        for qw(digest status provider platform created metadata);
    is($host->{reference}, json_of($body)->{image}, 'the reference as sent');
    my %there = map { ($_ => 1) } @{ $host->{containers} };
    ok($there{$_}, "container $_") for @{ $golden->{containers} };
    is($host->{received_at}, $got->{received_at}, 'received_at');
    ok(!$host->{acknowledged}, 'pending');
    like($host->{first_pending_at}, qr/\A\d{4}-.*Z\z/, 'since when');
    ok(exists $host->{acknowledged_at} && !defined $host->{acknowledged_at},
        'acknowledged_at is null');
    is($host->{acknowledged_by}, '', 'by nobody');
    return;
}

# A test of Diun's is a row of history and nothing else.
sub test_ok {
    my ($t, $name, $golden) = @_;
    my $before = updates_text($t);
    hook($t, payload($name), $name);
    is(updates_text($t), $before, 'the list is as it was');
    my $page = json_ok(ask($t, 'GET', '/api/history?limit=1'), 200,
        'history');
    my $row = $page->{history}[0];
    is($row->{action}, 'test', 'recorded as a test');
    is($row->{image}, $golden->{key}, 'the image');
    is($row->{$_}, $golden->{event}{$_}, $_) for qw(hostname digest);
    is($row->{actor}, 'diun', 'by diun');
    is_deeply($row->{detail}, json_of(payload($name)), 'as it came');
    return;
}

case 'each body of Diun against its golden entry' => sub {
    my ($t) = @_;
    my (%keys, $tests);
    for my $name (payload_names()) {
        subtest $name => sub {
            my $golden = golden($name);
            if ($golden->{test}) {
                $tests++;
                return test_ok($t, $name, $golden);
            }
            hook($t, payload($name), $name);
            my $key = $golden->{key};
            $keys{$key} = 1;
            my $all = updates($t);
            my $got = $all->{$key};
            ok($got, "listed as $key") or return;
            for my $field (sort keys %{ $golden->{event} }) {
                is_deeply($got->{event}{$field}, $golden->{event}{$field},
                    $field);
            }
            ok(exists $got->{event}{$_}, "$_ is there")
                for qw(diun_version hostname status provider image hub_link
                    mime_type digest created platform metadata);
            like($got->{received_at},
                qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\z/,
                'received_at');
            ok(JSON::PP::is_bool($got->{acknowledged})
                && !$got->{acknowledged}, 'acknowledged is false');
            ok(exists $got->{tag} && !defined $got->{tag}, 'tag is null');
            host_ok($got, $golden, payload($name));
        };
    }
    is($tests, 3, 'three of them are tests');
    is_deeply([ sort keys %{ updates($t) } ], [ sort keys %keys ],
        'one entry a reference');
};

case 'a minimal body' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    my $got = entry($t, $NGINX);
    my $e = $got->{event};
    is($e->{$_}, '', "$_ is empty") for qw(diun_version hostname status
        provider hub_link mime_type digest platform);
    is($e->{image}, $NGINX, 'image');
    is($e->{created}, '0001-01-01T00:00:00Z', 'created');
    is_deeply($e->{metadata}, { ctn_names => '', ctn_id => '',
            ctn_state => '', ctn_status => '' }, 'metadata');
    my ($year, $month, $day, $h, $m, $s) = ($got->{received_at} || '')
        =~ /\A(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/;
    my $at = defined $s ? timegm($s, $m, $h, $day, $month - 1, $year) : 0;
    cmp_ok(abs($at - time), '<', 3600, 'received_at is now, in UTC');
};

case 'the key is the reference without its digest' => sub {
    my ($t) = @_;
    my $sha = 'sha256:' . 'ab' x 32;
    for (
        [ "docker.io/a/pinned\@$sha", 'docker.io/a/pinned:latest' ],
        [ "docker.io/a/both:1\@$sha", 'docker.io/a/both:1' ],
        [ "reg.lan:5000/a/port\@$sha", 'reg.lan:5000/a/port:latest' ],
        [ "reg.lan:5000/a/port:2\@$sha", 'reg.lan:5000/a/port:2' ],
        [ 'localhost/x@sha512:' . 'cd' x 64, 'localhost/x:latest' ],
    ) {
        my ($image, $key) = @{$_};
        hook($t, minimal($image), $key);
        is(entry($t, $key)->{event}{image}, $key, "$key is the image");
    }
    is(scalar keys %{ updates($t) }, 5, 'no other entries');
    hook($t, minimal("docker.io/a/both:1\@sha256:" . 'ef' x 32));
    is(scalar keys %{ updates($t) }, 5, 'a new pin is no new entry');
};

case 'a second webhook overwrites, reopens, keeps the tag' => sub {
    my ($t) = @_;
    my $image = 'docker.io/library/mariadb:11.4';
    hook($t, payload('docker-running-update'));
    hook($t, minimal($NGINX));
    my $tag = tag_named($t, 'media');
    done_ok(ask($t, 'PUT', '/api/tag-assignments', body =>
            text_of({ image => $image, tag_id => $tag->{id} })), 204,
        'assign');
    done_ok(ask($t, 'PATCH', path_of($image)), 204, 'acknowledge');
    my $one = entry($t, $image);
    ok(JSON::PP::is_bool($one->{acknowledged}) && $one->{acknowledged},
        'acknowledged');
    is_deeply($one->{tag}, { id => $tag->{id}, name => 'media' }, 'tagged');
    hook($t, minimal($image, digest => 'sha256:new', created => undef));
    my $two = entry($t, $image);
    ok(!$two->{acknowledged}, 'open again');
    is_deeply($two->{tag}, { id => $tag->{id}, name => 'media' },
        'still tagged');
    is($two->{event}{digest}, 'sha256:new', 'new digest');
    is($two->{event}{$_}, '', "$_ of the first is gone") for qw(hostname
        diun_version status provider hub_link mime_type platform);
    is($two->{event}{created}, '0001-01-01T00:00:00Z', 'created too');
    is($two->{event}{metadata}{ctn_names}, '', 'metadata too');
    ok(!entry($t, $NGINX)->{acknowledged}, 'the other one is as it was');
    hook($t, minimal($image, digest => 'sha256:new'), 'the same once more');
    is(scalar keys %{ updates($t) }, 2, 'a repetition does no harm');
};

case 'GET and PUT with a body are taken like POST' => sub {
    my ($t) = @_;
    hook($t, minimal("docker.io/a/by-$_:1"), $_, method => $_)
        for qw(GET PUT POST);
    is_deeply([ sort keys %{ updates($t) } ],
        [ map { "docker.io/a/by-$_:1" } qw(GET POST PUT) ], 'all stored');
    hook($t, minimal('docker.io/a/form:1'), 'any content type',
        headers => [ 'Content-Type' => 'application/x-www-form-urlencoded' ]);
    hook($t, minimal('docker.io/a/query:1'), 'no content type');
    refused($t, 405, qr/set notif\.webhook\.method: POST/,
        "$_ without a body", $_, '/webhook') for qw(GET PUT);
    refused($t, 405, qr/set notif\.webhook\.method: POST/,
        "GET with Content-Length 0", 'GET', '/webhook', body => '')
        if family($t) ne 'lighttpd';
    refused($t, 400, undef, 'POST without a body', 'POST', '/webhook',
        body => '');
    refused($t, 400, undef, 'POST of blanks', 'POST', '/webhook',
        body => " \n ");
    my $r = ask($t, 'GET', '/webhook');
    like($r->{headers}{allow} || '', qr/\bPOST\b/, 'Allow has POST');
    refused($t, 405, undef, "$_ /webhook", $_, '/webhook',
        body => minimal($NGINX)) for qw(PATCH DELETE);
    refused($t, 405, undef, 'HEAD /webhook', 'HEAD', '/webhook');
};

case 'values of every kind come back as sent' => sub {
    my ($t) = @_;
    my %big = map { ("key_$_" => "value $_ \x{1F433}") } 1 .. 500;
    my $rtl = "\x{202E}\x{5D0}\x{5D1} \x{627}\x{644}\x{62E}";
    hook($t, { image => $NGINX, hostname => "\x{1F5C4} nas", status =>
            "unchange", provider => 'script', platform => $rtl,
            metadata => { %big, ctn_names => "\x{1F98A}" x 100,
                ctn_status => 'x' x 30_000, ctn_state => $rtl } },
        'hundreds of keys, long values');
    my $e = entry($t, $NGINX)->{event};
    is($e->{hostname}, "\x{1F5C4} nas", 'emoji');
    is($e->{platform}, $rtl, 'right to left');
    is($e->{status}, 'unchange', 'an unknown status');
    is($e->{metadata}{ctn_names}, "\x{1F98A}" x 100, 'more emoji');
    is($e->{metadata}{ctn_state}, $rtl, 'right to left in metadata');
    is($e->{metadata}{ctn_status}, 'x' x 30_000, '30 kB');
    # Escapes, written by hand.
    hook($t, '{"image":"docker.io\/a\/esc:1","hostname":"a\u0000b",'
        . '"status":"\"\\\\\b\f\n\r\t\u001f\u007f","provider":'
        . '"\ud83d\ude00\u00e9\u2028","platform":"\u003c\u0026\u003e",'
        . '"metadata":{"ctn_names":"\u0000\u0000","ctn_id":"x\u0000"}}',
        'escapes');
    $e = entry($t, 'docker.io/a/esc:1')->{event};
    is($e->{hostname}, "a\x{FFFD}b", 'U+0000 becomes U+FFFD');
    is($e->{metadata}{ctn_names}, "\x{FFFD}\x{FFFD}", 'also in metadata');
    is($e->{metadata}{ctn_id}, "x\x{FFFD}", 'also at an end');
    is($e->{status}, "\"\\\b\f\n\r\t\x1f\x7f", 'control characters');
    is($e->{provider}, "\x{1F600}\x{E9}\x{2028}", 'a surrogate pair');
    is($e->{platform}, '<&>', 'HTML escapes of Go');
    hook($t, '{"image":"docker.io/a/sp:1","unknown":{"a":[1,-0.5e+2,true,'
        . 'null,{"b":"c"}]},"entry":[[]],"status":"weird"}',
        'unknown fields');
    hook($t, " \r\n\t{ \"image\" : \"docker.io/a/ws:1\" } \n",
        'white space around');
    is(entry($t, 'docker.io/a/ws:1')->{event}{image}, 'docker.io/a/ws:1',
        'stored');
    for (
        [ 'null', '0001-01-01T00:00:00Z' ],
        [ '"0001-01-01T00:00:00Z"', '0001-01-01T00:00:00Z' ],
        [ '"1970-01-01T00:00:00Z"', '1970-01-01T00:00:00Z' ],
        [ '"2026-03-29T03:30:00.123456789+05:45"',
            '2026-03-29T03:30:00.123456789+05:45' ],
        [ '"9999-12-31T23:59:59.999999999-12:00"',
            '9999-12-31T23:59:59.999999999-12:00' ],
        [ '"0000-01-01T00:00:00Z"', '0000-01-01T00:00:00Z' ],
    ) {
        my ($sent, $want) = @{$_};
        hook($t, qq({"image":"docker.io/a/c:1","created":$sent}), $sent);
        is(entry($t, 'docker.io/a/c:1')->{event}{created}, $want,
            "created $sent");
    }
    hook($t, '{"image":"docker.io/a/m:1","metadata":null}',
        'metadata null');
    hook($t, '{"image":"docker.io/a/m:1","metadata":{}}',
        'metadata empty');
    for my $link ('javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:x',
        " javascript:x", "java\nscript:x", '//evil.example/x', 'vbscript:x') {
        hook($t, minimal('docker.io/a/link:1', hub_link => $link));
        is(entry($t, 'docker.io/a/link:1')->{event}{hub_link}, '',
            text_of($link) . ' is no link');
    }
    for my $link ('http://example.com/', 'HTTPS://example.com/?a=b&c#d') {
        hook($t, minimal('docker.io/a/link:1', hub_link => $link));
        is(entry($t, 'docker.io/a/link:1')->{event}{hub_link}, $link, $link);
    }
};

case 'acknowledge and reopen' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    hook($t, minimal('docker.io/a/other:1'));
    my $path = path_of($NGINX);
    for (
        [ undef, 1 ], [ undef, 1 ], [ '{"acknowledged":false}', 0 ],
        [ '{"acknowledged":false}', 0 ], [ '{"acknowledged":true}', 1 ],
    ) {
        my ($body, $want) = @{$_};
        done_ok(ask($t, 'PATCH', $path, defined $body ? (body => $body)
                : ()), 204, $body || 'no body');
        is(!!entry($t, $NGINX)->{acknowledged}, !!$want, 'as asked');
    }
    ok(!entry($t, 'docker.io/a/other:1')->{acknowledged}, 'only that one');
    refused($t, 404, undef, 'an unknown image', 'PATCH',
        path_of('docker.io/library/nothing:1'));
    refused($t, 404, undef, 'an unknown image, reopened', 'PATCH',
        path_of('docker.io/a:1'), body => '{"acknowledged":false}');
    refused($t, 400, undef, 'no image', 'PATCH', '/api/updates/');
    refused($t, 400, qr/acknowledged/, "acknowledged: $_", 'PATCH', $path,
        body => qq({"acknowledged":$_})) for '"no"', 0, 1, '[]', 'null';
    refused($t, 400, undef, "body $_", 'PATCH', $path, body => $_)
        for '[]', '{', 'false', '{"acknowledged":false}x',
        '{"acknowledged":false,"acknowledged":true}';
    refused($t, [ 404, 405 ], undef, 'PATCH of the list', 'PATCH',
        '/api/updates');
};

case 'images in paths' => sub {
    my ($t) = @_;
    my @images = (
        $NGINX, 'reg.lan:5000/team/sub/sub/app:1.0-rc_2', 'nginx:1',
        'docker.io/a/b:1..2', 'docker.io/a/a b:1', 'docker.io/a/a%2Fb:1',
        'docker.io/a/a%b:1', 'docker.io/a/a+b:1', "docker.io/a/gr\x{F6}\x{DF}e:1",
        "docker.io/a/\x{1F433}:1", 'docker.io/a/q?x=1:1', 'docker.io/a/h#x:1',
        'docker.io/a/semi;x:1', 'docker.io/api/updates:1',
        'docker.io/webhook/healthz:api', q(docker.io/a/'"<&>:1),
        'docker.io/a/back\\slash:1', 'a' x 1019 . ':long',
    );
    hook($t, minimal($_)) for @images;
    for my $image (@images) {
        my $label = length $image > 60 ? 'a long image' : $image;
        for my $plain ('/:@', '') {
            my $path = path_of($image, $plain);
            # An .htaccess cannot tell Apache to let %2F pass.
            if ($t->name eq 'apache-cgi' && $path =~ /%2F/) {
                refused($t, 'own 404', undef, "$label, %2F", 'PATCH', $path);
                next;
            }
            done_ok(ask($t, 'PATCH', $path), 204, "$label ($plain)");
            ok(entry($t, $image)->{acknowledged}, 'acknowledged');
            done_ok(ask($t, 'PATCH', $path,
                    body => '{"acknowledged":false}'), 204, 'reopened');
        }
    }
    my @open = grep { !$_->{acknowledged} } values %{ updates($t) };
    is(scalar @open, scalar @images, 'all are open again');
    done_ok(ask($t, 'PATCH', path_of($NGINX) . '?acknowledged=x&y'), 204,
        'a query is no part of the image');
    done_ok(ask($t, 'PATCH', lc path_of($NGINX, '/')), 204,
        'lower-case hexadecimal');
    done_ok(ask($t, 'PATCH', '/api/updates/%64ocker.io/library/nginx:latest'),
        204, 'needless encoding');
    refused($t, 404, undef, 'decoded once only', 'PATCH',
        '/api/updates/docker.io%252Flibrary%252Fnginx:latest');
    refused($t, 404, undef, 'a plus is no blank', 'PATCH',
        '/api/updates/docker.io/a/a+b+c:1');
    my $pinned = ask($t, 'PATCH', path_of("$NGINX\@sha256:" . 'a' x 64));
    like($pinned->{status}, qr/\A(?:204|404)\z/, 'an image with @');
};

case 'bad paths' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    my %own = (nginx => 'own 400', lighttpd => 'own 400',
        apache => [ 'own 400', 'own 404' ], caddy => 'own 400');
    my $up = '/api/updates';
    refused($t, { default => 400, %own }, undef, 'NUL', 'PATCH',
        "$up/a%00b");
    refused($t, { default => 400, %own }, undef, 'NUL at the end', 'GET',
        "$up%00");
    refused($t, { default => 400, nginx => 'own 400', apache => 'own 400',
            caddy => 'own 400' }, undef, $_, 'PATCH',
        "$up/$_") for 'a%zz', 'a%4', 'a%', '%%', 'a%u0041', 'a%-1';
    refused($t, { default => 400, lighttpd => [ 'own 400', 400 ],
            caddy => [ 400, 'own 404' ] }, undef, $_,
        'PATCH', "$up/$_") for 'a%0d%0ab', 'a%0ab', 'a%1f', 'a%7f', 'a%09b';
    refused($t, { default => 400, lighttpd => [ 'own 400', 400 ] }, undef,
        "invalid UTF-8 $_", 'PATCH', "$up/$_")
        for 'a%ff', 'a%c0%80', 'a%ed%a0%80', 'a%f4%90%80%80', 'a%e2%82';
    # lighttpd takes dot segments out; what is left may be another path.
    refused($t, { default => 400, lighttpd => [ 400, 404, 405, 'own 400' ],
            caddy => [ 400, 'own 404' ], 'apache-cgi' => [ 400, 'own 404' ] },
        undef, $_, 'PATCH', "$up/$_") for '../a', 'a/../b', 'a/..',
        'a/%2e%2e/b', 'a/..%2fb', '..';
    refused($t, { default => 400, nginx => 'own 400', apache => 'own 400',
            lighttpd => outside($t, 400), caddy => outside($t, 400) },
        undef, 'out of the root', 'GET',
        '/../../../../../../etc/passwd') if $t->name ne 'cgi';
    refused($t, [ 400, 404 ], undef, 'two slashes', 'PATCH',
        "$up//docker.io/library/nginx:latest");
    refused($t, [ 400, 404 ], undef, 'two slashes first', 'GET',
        "/$up/nothing-here") if family($t) ne 'lighttpd';
    refused($t, { default => [ 400, 404, 414 ], nginx => 'own 414',
            apache => 'own 414', caddy => [ 400, 'own 404', 'own 500' ],
            lighttpd => [ 400, 404, 414, 'own 431', 'own 414', 'own 400' ] },
        undef, '8 kB of path', $_->[0], $_->[1] . 'a' x 8192)
        for [ GET => '/' ], [ PATCH => "$up/" ];
    refused($t, { default => [ 400, 404, 414 ] }, undef,
        'an image over its maximum', 'PATCH', "$up/" . 'a' x 1025);
    refused($t, { default => [ 400, 404, 414 ] }, undef,
        'an image over its maximum, encoded', 'PATCH', "$up/" . '%61' x 1025);
    refused($t, 400, undef, "a blank image ($_)", 'PATCH', "$up/$_")
        for '%20', '%20%20';
    if (!is_server($t)) {
        refused($t, 400, undef, 'a raw byte that is not UTF-8', 'PATCH',
            "$up/a\xff");
        refused($t, 400, undef, 'a raw control byte', 'PATCH', "$up/a\x01");
        refused($t, [ 400, 404 ], undef, 'an empty path', 'GET', '');
        refused($t, [ 400, 404 ], undef, '60 kB of path', 'PATCH',
            "$up/" . 'a/' x 30_000);
    }
    refused($t, 404, undef, "GET $_", 'GET', $_) for '/api/', '/api/nope',
        '/api/updates2', '/api/tags/1/2';
    refused($t, outside($t), undef, "GET $_", 'GET', $_) for '/nope',
        '/webhook/x', '/healthz/x', '/WEBHOOK', '/Api/updates',
        '/apiupdates';
    # nginx sends a path without its slash to the one with it.
    refused($t, { default => outside($t), nginx => 'own 301' }, undef,
        'GET /api', 'GET', '/api');
    refused($t, [ 404, 405 ], undef, 'POST /api/nope', 'POST', '/api/nope',
        body => '{}');
    refused($t, is_server($t) ? outside($t, 405) : [ 404, 405 ], undef,
        'POST /nope', 'POST', '/nope', body => '{}');
};

case 'tags' => sub {
    my ($t) = @_;
    my $media = tag_named($t, 'media');
    like(text_of($media->{id}), qr/\A\d+\z/, 'the id is a number');
    is_deeply($media, { id => $media->{id}, name => 'media' }, 'the tag');
    my $infra = tag_named($t, 'infra');
    isnt($infra->{id}, $media->{id}, 'another id');
    is_deeply(json_ok(ask($t, 'GET', '/api/tags'), 200, 'tags'),
        [ $infra, $media ], 'listed by name');
    my %post = (body => text_of({ name => 'media' }));
    refused($t, 409, undef, 'a name that is taken', 'POST', '/api/tags',
        %post);
    my $path = "/api/tags/$infra->{id}";
    is_deeply(json_ok(ask($t, 'PATCH', $path,
                body => text_of({ name => 'zz top' })), 200, 'rename'),
        { id => $infra->{id}, name => 'zz top' }, 'the renamed tag');
    is_deeply(json_ok(ask($t, 'PATCH', $path,
                body => text_of({ name => 'zz top' })), 200, 'once more'),
        { id => $infra->{id}, name => 'zz top' }, 'its own name is free');
    refused($t, 409, undef, 'rename to a taken name', 'PATCH', $path, %post);
    refused($t, 404, undef, 'rename of nothing', 'PATCH', '/api/tags/4711',
        %post);
    is_deeply(json_ok(ask($t, 'GET', '/api/tags'), 200, 'tags'),
        [ $media, { id => $infra->{id}, name => 'zz top' } ],
        'listed by the new name');
    done_ok(ask($t, 'DELETE', $path), 204, 'delete');
    refused($t, 404, undef, 'delete once more', 'DELETE', $path);
    my $new = tag_named($t, 'new');
    cmp_ok($new->{id}, '>', $infra->{id}, 'an id is not used again');
    for my $name (q('; DROP TABLE tags; --), "gr\x{FC}n \x{1F49A}", '0',
        'a' x 100, "\x{E9}" x 100, "\x{1F433}" x 100, 'null', '<b>&amp;') {
        my $tag = tag_named($t, $name);
        is($tag->{name}, $name, 'as sent');
        my ($listed) = grep { $_->{id} == $tag->{id} }
            @{ json_of(ask($t, 'GET', '/api/tags')->{body}) };
        is($listed->{name}, $name, 'and as listed');
    }
    my $tags = ask($t, 'GET', '/api/tags')->{body};
    my @bad = (
        [ 'empty', '{"name":""}' ], [ 'blank', '{"name":"  "}' ],
        [ 'a tab', '{"name":"\t"}' ], [ 'a newline', '{"name":"a\nb"}' ],
        [ 'NUL', '{"name":"a\u0000b"}' ], [ 'DEL', '{"name":"a\u007f"}' ],
        [ 'escape', '{"name":"\u001b[31m"}' ],
        [ '101 letters', '{"name":"' . 'a' x 101 . '"}' ],
        [ '101 characters', encode_utf8('{"name":"' . "\x{E9}" x 101 . '"}') ],
        [ 'a number', '{"name":1}' ], [ 'null', '{"name":null}' ],
        [ 'a list', '{"name":["a"]}' ], [ 'missing', '{}' ],
        [ 'twice', '{"name":"a","name":"b"}' ],
    );
    for (@bad) {
        my ($name, $body) = @{$_};
        my $like = $name eq 'twice' ? undef : qr/name/;
        refused($t, 400, $like, "name: $name", 'POST', '/api/tags',
            body => $body);
        refused($t, 400, $like, "rename: $name", 'PATCH',
            "/api/tags/$media->{id}", body => $body);
    }
    refused($t, 400, undef, "body: " . substr($_, 0, 20), 'POST',
        '/api/tags', body => $_) for '', 'x', '[]', '"media"', '{"name":"a"',
        '{"name":"a"} x', "{\"name\":\"\xff\"}", '[' x 10_000;
    is(ask($t, 'GET', '/api/tags')->{body}, $tags, 'no tag was made');
};

case 'tag ids' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    my $tag = tag_named($t, 'media');
    my $tags = ask($t, 'GET', '/api/tags')->{body};
    for my $id ('1e3', '1;drop', 'abc', '1.0', '0x1', '%201', '1%20', '+1',
        '1,2', 'a' x 200, '1%27', '%D9%A1') {
        refused($t, 400, undef, "DELETE $id", 'DELETE', "/api/tags/$id");
        refused($t, 400, undef, "PATCH $id", 'PATCH', "/api/tags/$id",
            body => '{"name":"x"}');
    }
    refused($t, [ 400, 404 ], undef, "DELETE $_", 'DELETE', "/api/tags/$_")
        for qw(-1 0 -0 9223372036854775808 18446744073709551617
        -9223372036854775809 99999999999999999999999999);
    refused($t, [ 400, 404, 'own 404' ], undef, 'DELETE 1%2F2', 'DELETE',
        '/api/tags/1%2F2');
    refused($t, 404, undef, "DELETE $_", 'DELETE', "/api/tags/$_")
        for qw(9223372036854775807 4711);
    refused($t, [ 400, 404, 405 ], undef, 'no id', 'DELETE', '/api/tags/');
    refused($t, 405, undef, 'DELETE of the list', 'DELETE', '/api/tags');
    for my $id (qw("1" 1.5 1e3 null true [1] {} "1;drop" -1 0
        9223372036854775808 1e999 18446744073709551617)) {
        my $spec = $id =~ /\A(?:-1|0|1e3|9223372036854775808|1844.*)\z/
            ? [ 400, 404 ] : 400;
        refused($t, $spec, undef, "tag_id $id by tag", 'POST',
            '/api/updates/acknowledge-by-tag', body => qq({"tag_id":$id}));
        refused($t, $spec, undef, "tag_id $id assigned", 'PUT',
            '/api/tag-assignments',
            body => qq({"image":"$NGINX","tag_id":$id}));
    }
    is(ask($t, 'GET', '/api/tags')->{body}, $tags, 'the tag is as it was');
    ok(!defined entry($t, $NGINX)->{tag}, 'nothing was assigned');
};

case 'assignments' => sub {
    my ($t) = @_;
    my ($a, $b) = ($NGINX, 'docker.io/a/other:1');
    hook($t, minimal($_)) for $a, $b;
    my $media = tag_named($t, 'media');
    my $infra = tag_named($t, 'infra');
    my $put = sub {
        my ($image, $tag) = @_;
        return done_ok(ask($t, 'PUT', '/api/tag-assignments', body =>
                text_of({ image => $image, tag_id => $tag->{id} })), 204,
            "$tag->{name} for $image");
    };
    my $drop = sub {
        my ($image) = @_;
        return done_ok(ask($t, 'DELETE', '/api/tag-assignments',
                body => text_of({ image => $image })), 204, "drop $image");
    };
    $put->($a, $media);
    $put->($b, $media);
    is_deeply(entry($t, $_)->{tag}, $media, "$_ has it") for $a, $b;
    $put->($a, $infra);
    is_deeply(entry($t, $a)->{tag}, $infra, 'one tag an image');
    $drop->($a);
    ok(!defined entry($t, $a)->{tag}, 'none');
    $drop->($a);
    $drop->('docker.io/never/seen:1');
    $put->($a, $infra);
    my $before = entry($t, $b);
    done_ok(ask($t, 'DELETE', "/api/tags/$media->{id}"), 204, 'delete tag');
    my $after = entry($t, $b);
    ok(!defined $after->{tag}, 'its images are free');
    is_deeply({ %{$after}, tag => 0 }, { %{$before}, tag => 0 },
        'and otherwise as they were');
    is_deeply(entry($t, $a)->{tag}, $infra, 'others keep theirs');
    my $path = '/api/tag-assignments';
    refused($t, 404, undef, 'no such tag', 'PUT', $path,
        body => text_of({ image => $a, tag_id => $media->{id} }));
    refused($t, 400, qr/image/, "PUT $_", 'PUT', $path, body => $_)
        for '{"tag_id":1}', '{"tag_id":1,"image":""}',
        '{"tag_id":1,"image":5}', '{"tag_id":1,"image":null}',
        '{"tag_id":1,"image":"a\u0000"}', '{"tag_id":1,"image":" "}',
        '{"tag_id":1,"image":"a\n"}',
        '{"tag_id":1,"image":"' . 'a' x 1025 . '"}';
    refused($t, 400, qr/tag_id/, 'PUT without tag_id', 'PUT', $path,
        body => text_of({ image => $a }));
    refused($t, 400, undef, 'DELETE ' . substr($_, 0, 20), 'DELETE', $path,
        body => $_) for '{}', '{"image":""}', '{"image":[]}', '{"image":1}',
        'x', '';
    refused($t, 400, undef, 'DELETE without a body', 'DELETE', $path);
    refused($t, 405, undef, "$_ $path", $_, $path, body => '{}')
        for qw(POST PATCH);
    is_deeply(entry($t, $a)->{tag}, $infra, 'and still tagged');
};

case 'acknowledge many' => sub {
    my ($t) = @_;
    my @images = map { "docker.io/a/i$_:1" } 1 .. 7;
    hook($t, minimal($_)) for @images;
    my $tag = tag_named($t, 'media');
    my $empty = tag_named($t, 'empty');
    done_ok(ask($t, 'PUT', '/api/tag-assignments', body => text_of({
                    image => $_, tag_id => $tag->{id} })), 204, "tag $_")
        for @images[ 0 .. 2 ];
    done_ok(ask($t, 'PATCH', path_of($images[0])), 204, 'one by hand');
    my $count = sub {
        my ($path, $body, $want, $name) = @_;
        is_deeply(json_ok(ask($t, 'POST', "/api/updates/$path",
                    defined $body ? (body => $body) : ()), 200, $name),
            { count => $want }, "$name: $want");
    };
    my $by = text_of({ tag_id => $tag->{id} });
    $count->('acknowledge-by-tag', $by, 2, 'by tag');
    my $all = updates($t);
    is_deeply([ map { $all->{$_}{acknowledged} ? 1 : 0 } @images ],
        [ 1, 1, 1, 0, 0, 0, 0 ], 'those and no others');
    $count->('acknowledge-by-tag', $by, 0, 'by tag again');
    $count->('acknowledge-by-tag', text_of({ tag_id => $empty->{id} }), 0,
        'by a tag without images');
    $count->('acknowledge-all', undef, 4, 'all');
    $count->('acknowledge-all', '{}', 0, 'all again, with a body');
    $all = updates($t);
    is(scalar(grep { $_->{acknowledged} } values %{$all}), 7, 'all are');
    hook($t, minimal($images[3]));
    $count->('acknowledge-all', undef, 1, 'one came back');
    hook($t, minimal($images[3]));
    my $path = '/api/updates/acknowledge-by-tag';
    refused($t, 404, undef, 'no such tag', 'POST', $path,
        body => '{"tag_id":4711}');
    refused($t, 400, undef, "by tag: $_", 'POST', $path, body => $_)
        for '{}', '', 'x', '[]', '{"tag":1}';
    refused($t, 405, undef, "GET acknowledge-$_", 'GET',
        "/api/updates/acknowledge-$_") for qw(all by-tag);
};

case 'ETag and 304' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    my $tag = tag_named($t, 'media');
    for my $path ('/api/updates', '/api/tags', '/api/history') {
        my $first = ask($t, 'GET', $path);
        my $etag = $first->{headers}{etag} || '';
        like($etag, qr/\A"[\x21\x23-\x7e]+"\z/, "$path: a strong ETag");
        is(ask($t, 'GET', $path)->{headers}{etag}, $etag, 'it is stable');
        for my $match ($etag, "W/$etag", '*', qq("x", $etag),
            qq($etag,"x"), qq("a,b" , W/"c", W/$etag), qq("",$etag),
            qq(  $etag  ), qq(,, $etag), join(', ', (map { qq("$_") }
                        1 .. 300), $etag)) {
            my $r = ask($t, 'GET', $path,
                headers => [ 'If-None-Match' => $match ]);
            my $label = substr $match, 0, 40;
            is($r->{status}, 304, "$label: 304");
            is($r->{headers}{etag}, $etag, 'with the ETag');
            is($r->{headers}{'cache-control'}, 'no-cache',
                'with Cache-Control');
            is(ask($t, 'HEAD', $path, headers => [ 'If-None-Match' =>
                        $match ])->{status}, 304, 'HEAD likewise');
        }
        (my $bare = $etag) =~ tr/"//d;
        for my $match ('"x"', $bare, "\"$bare", "$bare\"", 'W/"x"', '""',
            "\"x $bare\"", "w/$etag", "'$bare'", qq("*"),
            qq("x$bare"), '') {
            my $r = ask($t, 'GET', $path,
                headers => [ 'If-None-Match' => $match ]);
            is($r->{status}, 200, "'$match': 200");
            is($r->{body}, $first->{body}, 'the whole answer');
        }
        my $head = ask($t, 'HEAD', $path);
        is($head->{status}, 200, 'HEAD: 200');
        is($head->{headers}{etag}, $etag, 'HEAD: the ETag');
        is($head->{headers}{'content-type'},
            $first->{headers}{'content-type'}, 'HEAD: the type');
        my $length = $head->{headers}{'content-length'};
        is($length, length $first->{body}, 'HEAD: the length')
            if defined $length;
    }
    is(ask($t, 'HEAD', '/healthz')->{status}, 200, 'HEAD /healthz');
    my %seen;
    my $changed = sub {
        my ($name) = @_;
        my $h = ask($t, 'GET', '/api/updates')->{headers};
        my $etag = $h->{etag} || '';
        ok(!$seen{$etag}++, "another ETag after $name");
        like($etag, qr/-\Q$h->{'x-revision'}\E"\z/, 'of the revision');
        is(ask($t, 'GET', $_)->{headers}{etag}, $etag, "$_ has the same")
            for '/api/tags', '/api/history', '/api/updates?since=1';
    };
    $changed->('the start');
    done_ok(ask($t, 'PUT', '/api/tag-assignments', body => text_of({
                image => $NGINX, tag_id => $tag->{id} })), 204, 'assign');
    $changed->('an assignment');
    ask($t, 'PATCH', "/api/tags/$tag->{id}", body => '{"name":"renamed"}');
    $changed->('a rename');
    ask($t, 'PATCH', path_of($NGINX));
    $changed->('an acknowledgement');
    ask($t, 'DELETE', "/api/tags/$tag->{id}");
    $changed->('a deleted tag');
    hook($t, minimal('docker.io/a/b:1'));
    $changed->('a webhook');
    hook($t, minimal('docker.io/a/b:1', digest => 'sha256:x'));
    $changed->('a new digest');
    ask($t, 'POST', '/api/updates/acknowledge-all');
    $changed->('acknowledge-all');
    done_ok(ask($t, 'PATCH', path_of($NGINX), headers =>
            [ 'If-None-Match' => '*' ]), 204,
        'If-None-Match is for reading');
};

case 'methods' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    my $tag = tag_named($t, 'media');
    my %allowed = (
        '/api/updates' => [qw(GET HEAD)],
        '/api/tags' => [qw(GET HEAD POST)],
        "/api/tags/$tag->{id}" => [qw(DELETE PATCH)],
        path_of($NGINX) => [qw(DELETE PATCH)],
        '/api/history' => [qw(GET HEAD)],
        '/api/hosts/nas/rename' => ['POST'],
        '/api/updates/acknowledge-all' => ['POST'],
        '/api/updates/acknowledge-by-tag' => ['POST'],
        '/api/tag-assignments' => [qw(DELETE PUT)],
        '/healthz' => [qw(GET HEAD)],
    );
    for my $path (sort keys %allowed) {
        my %ok = map { ($_ => 1) } @{ $allowed{$path} };
        # A bulk path is also the path of an image of that name.
        my %maybe = $path =~ /acknowledge-/ ? (PATCH => 1, DELETE => 1) : ();
        for my $method (qw(GET HEAD POST PUT PATCH DELETE)) {
            next if $ok{$method} || $maybe{$method};
            refused($t, 405, undef, "$method $path", $method, $path,
                $method =~ /\AP/ ? (body => '{}') : ());
            my $r = ask($t, $method, $path, $method =~ /\AP/
                ? (body => '{}') : ());
            my %allow = map { ($_ => 1) }
                split /\s*,\s*/, $r->{headers}{allow} || '';
            ok($allow{$_}, "Allow has $_") for sort keys %ok;
            ok(!$allow{$method}, "Allow has no $method");
        }
        my $r = ask($t, 'OPTIONS', $path);
        like($r->{status}, qr/\A20[04]\z/, "OPTIONS $path");
        like($r->{headers}{allow} || '', qr/\b\Q$_\E\b/, "Allow has $_")
            for sort keys %ok;
    }
    my $r = ask($t, 'OPTIONS', '/webhook');
    like($r->{headers}{allow} || '', qr/\bPOST\b/, 'OPTIONS /webhook');
    refused($t, 404, undef, 'OPTIONS of nothing', 'OPTIONS', '/api/nope');
    if (!is_server($t)) {
        refused($t, [ 400, 405 ], undef, "method '$_'", $_, '/api/updates')
            for 'TRACE', 'CONNECT', 'get', 'FOO', 'GETX', 'G', '',
            'X' x 5000, "GET\n", 'PROPFIND';
        refused($t, [ 400, 405 ], undef, 'no method', 'GET', '/api/updates',
            without => ['REQUEST_METHOD']);
    }
};

case 'cross-site requests' => sub {
    my ($t) = @_;
    my $host = $t->host;
    my ($bare) = $host =~ /\A([^:]+)/;
    hook($t, minimal($NGINX));
    my $tag = tag_named($t, 'media');
    my @unsafe = (
        [ 'PATCH', path_of($NGINX) ],
        [ 'DELETE', path_of($NGINX) ],
        [ 'POST', '/api/hosts//rename', '{"name":"evil"}' ],
        [ 'POST', '/api/updates/acknowledge-all' ],
        [ 'POST', '/api/updates/acknowledge-by-tag',
            text_of({ tag_id => $tag->{id} }) ],
        [ 'POST', '/api/tags', '{"name":"evil"}' ],
        [ 'PATCH', "/api/tags/$tag->{id}", '{"name":"evil"}' ],
        [ 'DELETE', "/api/tags/$tag->{id}" ],
        [ 'PUT', '/api/tag-assignments',
            text_of({ image => $NGINX, tag_id => $tag->{id} }) ],
        [ 'DELETE', '/api/tag-assignments', text_of({ image => $NGINX }) ],
    );
    my @type = ('Content-Type' => 'application/json');
    my @foreign = (
        [ 'Sec-Fetch-Site' => 'cross-site' ],
        [ 'Sec-Fetch-Site' => 'same-site' ],
        [ 'Sec-Fetch-Site' => 'cross-site', Origin => "http://$host" ],
        [ 'Sec-Fetch-Site' => 'nonsense' ],
        [ Origin => 'http://evil.example' ],
        [ Origin => "http://$host.evil.example" ],
        [ Origin => "http://evil.example:8080/$host" ],
        [ Origin => "http://x$host" ],
        [ Origin => "http://$host\@evil.example" ],
        [ Origin => "http://$bare:1" ],
        [ Origin => 'null' ],
        [ Origin => $host ],
    );
    for my $headers (@foreign) {
        my @do = $headers == $foreign[0] ? @unsafe : $unsafe[0];
        for (@do) {
            my ($method, $path, $body) = @{$_};
            refused($t, 403, undef, "@{$headers} $method $path", $method,
                $path, headers => [ @{$headers}, @type ],
                defined $body ? (body => $body) : ());
        }
    }
    is_deeply(json_of(ask($t, 'GET', '/api/tags')->{body}), [$tag],
        'the tags are as they were');
    my @own = (
        [ 'Sec-Fetch-Site' => 'same-origin' ],
        [ 'Sec-Fetch-Site' => 'none' ],
        [ 'Sec-Fetch-Site' => 'same-origin', Origin => 'http://other' ],
        [ Origin => "http://$host" ],
        [ Origin => "https://$host" ],
        [],
    );
    for my $headers (@own) {
        done_ok(ask($t, 'PATCH', path_of($NGINX), headers => $headers), 204,
            "own: @{$headers}");
    }
    for my $headers (@foreign[ 0, 4 ]) {
        is(ask($t, 'GET', '/api/updates', headers => $headers)->{status},
            200, "reading: @{$headers}");
        is(ask($t, 'HEAD', '/api/tags', headers => $headers)->{status},
            200, "HEAD: @{$headers}");
        hook($t, minimal($NGINX), "a webhook: @{$headers}",
            headers => [ @{$headers}, @type ]);
    }
};

case 'the media type of a browser' => sub {
    my ($t) = @_;
    my $n = 0;
    for my $browser ([ 'Sec-Fetch-Site' => 'same-origin' ],
        [ Origin => 'http://' . $t->host ], [ 'Sec-Fetch-Site' => 'none' ]) {
        for my $type (undef, 'text/plain', 'application/jsonx', 'json',
            'application/x-www-form-urlencoded', 'text/json',
            'multipart/form-data; boundary=application/json',
            'xapplication/json') {
            refused($t, 415, undef, "@{$browser} " . ($type || 'no type'),
                'POST', '/api/tags', body => '{"name":"evil"}',
                headers => [ @{$browser}, defined $type
                    ? ('Content-Type' => $type) : () ]);
        }
        for my $type ('application/json', 'application/json; charset=utf-8',
            'Application/JSON', 'application/json;charset=UTF-8') {
            my $r = ask($t, 'POST', '/api/tags',
                body => text_of({ name => 'tag ' . ++$n }),
                headers => [ @{$browser}, 'Content-Type' => $type ]);
            is($r->{status}, 201, "@{$browser} $type");
        }
    }
    for my $type (undef, 'text/plain', 'application/x-www-form-urlencoded') {
        my $r = ask($t, 'POST', '/api/tags',
            body => text_of({ name => 'tag ' . ++$n }),
            headers => [ defined $type ? ('Content-Type' => $type) : () ]);
        is($r->{status}, 201, 'no browser: ' . ($type || 'no type'));
    }
    hook($t, minimal($NGINX));
    done_ok(ask($t, 'PATCH', path_of($NGINX), headers =>
            [ 'Sec-Fetch-Site' => 'same-origin' ]), 204,
        'no body needs no type');
    is(ask($t, 'POST', '/api/updates/acknowledge-all', headers =>
            [ 'Sec-Fetch-Site' => 'same-origin' ])->{status}, 200,
        'no body needs no type');
    is(scalar @{ json_of(ask($t, 'GET', '/api/tags')->{body}) }, $n,
        'these tags and no others');
};

# Bodies that are not JSON, or not wanted, with a good image in each.
sub bad_bodies {
    my $i = '"image":"docker.io/evil/image:1"';
    my $ok = "{$i}";
    my @bad = map { [ "body $_" => $_ ] } 'null', 'true', '42', '"x"', '[]',
        "[$ok]", '{', '}', '{]', "{$i", "{$i,}", "{,$i}", "{$i,\"a\"}",
        "{$i \"a\":1}", "$ok$ok", "$ok,", "$ok]", "$ok\nx", "{'image':'a'}",
        "{image:\"a\"}", "//x\n$ok", "/**/$ok", "{$i,\"a\":NaN}",
        "{$i,\"a\":Infinity}", "{$i,\"a\":-Infinity}", "{$i,\"a\":1.}",
        "{$i,\"a\":.5}", "{$i,\"a\":01}", "{$i,\"a\":+1}", "{$i,\"a\":1e}",
        "{$i,\"a\":1e999}", "{$i,\"a\":-1e999}", "{$i,\"a\":-}",
        "{$i,\"a\":0x10}", "{$i,\"a\":nul}", "{$i,\"a\":True}",
        "{$i,\"a\":\"\\x\"}", "{$i,\"a\":\"\\u12\"}", "{$i,\"a\":\"\\u12g4\"}",
        "{$i,$i}", "{$i,\"image\":\"docker.io/other:1\"}",
        "{$i,\"im\\u0061ge\":\"docker.io/other:1\"}",
        "{$i,\"metadata\":{\"a\":\"1\",\"a\":\"2\"}}",
        "{$i,\"unknown\":[{\"a\":1,\"a\":1}]}", "{$i,\"a\":[1,]}",
        "{$i,\"a\":\"unfinished}", "{$i,\"a\":\"x\\", 'image=a', '<xml/>';
    push @bad, [ 'a raw newline' => "{$i,\"a\":\"x\ny\"}" ],
        [ 'a raw tab' => "{$i,\"a\":\"x\ty\"}" ],
        [ 'a raw NUL' => "{$i,\"a\":\"x\0y\"}" ],
        [ 'NUL after the end' => "$ok\0" ],
        [ 'junk after NUL' => "$ok\0junk" ],
        [ 'a vertical tab' => "$ok\x0b" ],
        [ 'byte ff' => "{$i,\"a\":\"\xff\"}" ],
        [ 'overlong NUL' => "{$i,\"a\":\"\xc0\x80\"}" ],
        [ 'overlong slash' => "{$i,\"a\":\"\xe0\x80\xaf\"}" ],
        [ 'a surrogate' => "{$i,\"a\":\"\xed\xa0\x80\"}" ],
        [ 'over U+10FFFF' => "{$i,\"a\":\"\xf4\x90\x80\x80\"}" ],
        [ 'cut UTF-8' => "{$i,\"a\":\"\xe2\x82\"}" ],
        [ 'a lone continuation' => "{$i,\"a\":\"\x80\"}" ],
        [ 'invalid UTF-8 in a key' => "{$i,\"\xff\":1}" ],
        [ 'UTF-16' => pack('n*', unpack 'C*', $ok) ],
        [ '10,000 lists' => "{$i,\"a\":" . '[' x 10_000 . ']' x 10_000 . '}' ],
        [ '10,000 lists, open' => '[' x 10_000 ],
        [ '10,000 objects' => "{$i,\"metadata\":"
                . '{"a":' x 10_000 . '1' . '}' x 10_000 . '}' ],
        [ '500,000 lists, open' => '[' x 500_000 ];
    return @bad;
}

case 'bodies that are not right' => sub {
    my ($t) = @_;
    hook($t, payload('docker-running-update'));
    for (bad_bodies()) {
        my ($name, $body) = @{$_};
        refused($t, 400, undef, $name, 'POST', '/webhook', body => $body);
    }
    my $whole = payload('docker-custom-metadata');
    my $step = $t->name eq 'cgi' ? 61 : 17;
    my @wrong;
    my $before = updates_text($t);
    for (my $cut = 1; $cut < length $whole; $cut += $step) {
        my $r = ask($t, 'POST', '/webhook', body => substr $whole, 0, $cut);
        push @wrong, "$cut: $r->{status}" if $r->{status} != 400;
    }
    is_deeply(\@wrong, [], 'a body cut anywhere is 400');
    is(updates_text($t), $before, 'and nothing was stored');
};

case 'fields that are not right' => sub {
    my ($t) = @_;
    hook($t, payload('docker-running-update'));
    my $bad = sub {
        my ($name, $body, $like) = @_;
        refused($t, 400, $like, $name, 'POST', '/webhook', body => $body);
    };
    for my $field (qw(diun_version hostname status provider hub_link
        mime_type digest created platform)) {
        for my $value (qw(1 -1.5 true false [] {} ["x"])) {
            $bad->("$field: $value",
                qq({"image":"docker.io/evil/i:1","$field":$value}),
                qr/\b$field\b/);
        }
    }
    $bad->("metadata: $_",
        qq({"image":"docker.io/evil/i:1","metadata":$_}), qr/metadata/)
        for '"x"', 1, 'true', '[]', '[{}]';
    $bad->("ctn_id: $_",
        qq({"image":"docker.io/evil/i:1","metadata":{"ctn_id":$_}}),
        qr/ctn_id|metadata/) for 1, 'true', '[]', '{}', '["x"]';
    $bad->("image: $_", qq({"image":$_}), qr/\bimage\b/) for 'null', 1,
        'true', '[]', '{}', '["a"]', '""', '" "', '"\t"', '"  \n"', '"a\nb"', '"a\u0000"', '"\u0000"', '"a\u007fb"',
        '"a\u001bb"', '"a\rb"';
    $bad->('no image', '{"status":"new"}', qr/\bimage\b/);
    $bad->('an empty object', '{}', qr/\bimage\b/);
    $bad->('Image', '{"Image":"docker.io/evil/i:1"}', qr/\bimage\b/);
    $bad->('only a digest', '{"image":"@sha256:' . 'a' x 64 . '"}',
        qr/\bimage\b/);
    $bad->('1,025 bytes', '{"image":"' . 'a' x 1025 . '"}', qr/\bimage\b/);
    $bad->('1,025 bytes in 513 characters', encode_utf8('{"image":"'
                . "\x{E9}" x 512 . 'a"}'), qr/\bimage\b/);
    my $long = 'docker.io/' . 'a' x 1012 . ':1';
    hook($t, minimal($long), '1,024 bytes');
    is(entry($t, $long)->{event}{image}, $long, 'are stored');
};

case 'length and limit' => sub {
    my ($t) = @_;
    my $limit = 1_048_576;
    my $of_size = sub {
        my ($size) = @_;
        my $head = '{"image":"docker.io/a/big:1","filler":"';
        return $head . 'x' x ($size - length($head) - 2) . '"}';
    };
    hook($t, $of_size->($limit), 'exactly 1 MiB');
    ok(entry($t, 'docker.io/a/big:1')->{received_at}, 'is stored');
    refused($t, 413, undef, 'one byte more', 'POST', '/webhook',
        body => $of_size->($limit + 1));
    refused($t, 413, undef, '5 MiB', 'POST', '/webhook',
        body => $of_size->(5 * $limit));
    refused($t, 413, undef, '1 MiB of tag', 'POST', '/api/tags',
        body => '{"name":"' . 'x' x $limit . '"}');
    my $body = minimal('docker.io/evil/cl:1');
    if (is_server($t)) {
        # Caddy tells a worker -1 for the length of a body in chunks.
        my $caddy = family($t) eq 'caddy';
        my $chunked = payload('docker-running-update');
        if ($caddy) {
            refused($t, 400, undef, 'a chunked body', 'POST', '/webhook',
                chunked => 1, body => $chunked);
        } else {
            done_ok(ask($t, 'POST', '/webhook', chunked => 1,
                    body => $chunked), 200, 'a chunked body');
        }
        refused($t, $caddy ? 400 : 413, undef, 'over the limit in chunks',
            'POST', '/webhook', chunked => 1, body => $of_size->($limit + 1));
        refused($t, 'own 400', undef, "Content-Length '$_'", 'POST',
            '/webhook', body => $body, content_length => $_)
            for '-1', 'abc', '1e3', '0x10', '1 2', '+1',
            '99999999999999999999999';
        # The peer stops half-way: nobody to answer, nothing to store.
        my $before = updates_text($t);
        my $socket = DiunDash::HTTP::connect_to($t->port);
        my $half = DiunDash::HTTP::bytes_of('POST',
            $t->base . '/webhook', host => $t->host, body => $body,
            content_length => length($body) + 100);
        DiunDash::FCGI::send_all($socket, $half);
        close($socket);
        is(updates_text($t), $before, 'half a body is not stored');
        return;
    }
    refused($t, 413, undef, 'declared too large, nothing sent', 'POST',
        '/webhook', body => '', content_length => $_)
        for $limit + 1, 2 ** 31, 2 ** 40, '9223372036854775807';
    refused($t, [ 400, 413 ], undef, "Content-Length '$_'", 'POST',
        '/webhook', body => $body, content_length => $_)
        for '9223372036854775808', '18446744073709551616',
        '99999999999999999999999';
    refused($t, 400, undef, "Content-Length '$_'", 'POST', '/webhook',
        body => $body, content_length => $_) for '-1', 'abc', '1e3',
        '0x10', '12abc', ' ', '-9223372036854775808', '1.5', '1,2';
    refused($t, 400, undef, 'fewer bytes than declared', 'POST', '/webhook',
        body => $body, content_length => length($body) + 1);
    refused($t, 400, undef, 'far fewer', 'POST', '/webhook',
        body => $body, content_length => 100_000);
    refused($t, 400, undef, 'more bytes than declared', 'POST', '/webhook',
        body => $body, content_length => length($body) - 1);
    refused($t, [ 400, 413 ], undef, 'declared 10, sent 2 MiB', 'POST',
        '/webhook', body => $of_size->(2 * $limit), content_length => 10);
    # A web server that has no body to declare may set an empty variable.
    is(ask($t, 'GET', '/api/updates', content_length => '')->{status}, 200,
        'an empty CONTENT_LENGTH is none');
    done_ok(ask($t, 'PATCH', path_of('docker.io/a/big:1'),
            content_length => ''), 204, 'for a change likewise');
    refused($t, 405, qr/set notif\.webhook\.method: POST/,
        'a GET webhook with an empty one', 'GET', '/webhook',
        content_length => '');
    # Not declared at all: read to its end, within the limit.
    refused($t, [ 413, 400 ], undef, '2 MiB not declared', 'POST', '/webhook',
        body => $of_size->(2 * $limit), content_length => undef);
    my $r = ask($t, 'POST', '/webhook', content_length => undef,
        body => minimal('docker.io/a/undeclared:1'));
    my $there = exists json_of(updates_text($t))->{'docker.io/a/undeclared:1'};
    ok($r->{status} == 200 ? $there : ($r->{status} =~ /\A(?:400|411)\z/
            && !$there), "not declared: $r->{status}, told truly");
};

case 'a limit from the environment' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    refused($t, 413, undef, 'over it', 'POST', '/webhook',
        body => minimal('docker.io/evil/x:1', filler => 'x' x 2000));
}, env => { DIUNDASH_BODY_LIMIT => 2000 };

case 'the webhook secret' => sub {
    my ($t) = @_;
    my $hook = sub {
        my ($value, $image) = @_;
        return ($value, minimal($image));
    };
    hook($t, minimal('docker.io/a/exact:1'), 'exactly it',
        headers => [ Authorization => $SECRET ]);
    hook($t, minimal('docker.io/a/bearer:1'), 'Bearer',
        headers => [ Authorization => "Bearer $SECRET" ]);
    hook($t, minimal('docker.io/a/get:1'), 'by GET', method => 'GET',
        headers => [ Authorization => $SECRET ]);
    my $evil = minimal('docker.io/evil/x:1');
    refused($t, 401, undef, 'none', 'POST', '/webhook', body => $evil);
    for my $wrong ('wrong', 'Bearer wrong', lc $SECRET, "${SECRET}x",
        substr($SECRET, 0, -1), "x$SECRET", "Basic $SECRET", 'Bearer',
        "Bearer$SECRET", "Bearer Bearer $SECRET", "$SECRET $SECRET",
        "$SECRET,$SECRET", "$SECRET\tx", "Basic VG9rZW4xMjM0NTY=",
        'x' x 5000) {
        refused($t, 401, undef, substr($wrong, 0, 30), 'POST', '/webhook',
            body => $evil, headers => [ Authorization => $wrong ]);
        refused($t, 401, undef, 'a GET: ' . substr($wrong, 0, 30), 'GET',
            '/webhook', body => $evil, headers => [ Authorization => $wrong ]);
    }
    refused($t, { default => [ 401, 400, 413 ], nginx => 'own 400',
            apache => 'own 400', lighttpd => 'own 431' }, undef, '100 kB', 'POST', '/webhook',
        body => $evil, headers => [ Authorization => 'x' x 100_000 ]);
    refused($t, 401, undef, 'a secret in the query', 'POST',
        "/webhook?secret=$SECRET", body => $evil);
    refused($t, 401, undef, 'before the body is looked at', 'POST',
        '/webhook', body => '{not json');
    refused($t, 400, undef, 'right, but not JSON', 'POST', '/webhook',
        body => '{not json', headers => [ Authorization => $SECRET ]);
    is(scalar keys %{ updates($t) }, 3, 'the API needs no secret');
    done_ok(ask($t, 'PATCH', path_of('docker.io/a/get:1')), 204,
        'for a change neither');
    unlike($t->log, qr/\Q$SECRET\E/, 'the secret is in no log');
}, env => { WEBHOOK_SECRET => $SECRET };

case 'no secret: any Authorization will do' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX), $_, headers => [ Authorization => $_ ])
        for 'x', 'Basic dTpw';
};

case 'under a sub-path' => sub {
    my ($t) = @_;
    is(ask($t, 'GET', '/healthz')->{status}, 200, 'health');
    hook($t, minimal($NGINX));
    my $tag = tag_named($t, 'media');
    done_ok(ask($t, 'PUT', '/api/tag-assignments', body => text_of({
                image => $NGINX, tag_id => $tag->{id} })), 204, 'assign');
    done_ok(ask($t, 'PATCH', path_of($NGINX)), 204, 'acknowledge');
    done_ok(ask($t, 'PATCH', path_of($NGINX, '/')), 204, 'encoded');
    my $got = entry($t, $NGINX);
    is_deeply($got->{tag}, $tag, 'tagged');
    ok($got->{acknowledged}, 'acknowledged');
    refused($t, outside($t), undef, 'an unknown path', 'GET', '/nope');
    refused($t, 404, undef, 'unknown in the API', 'GET', '/api/nope');
    refused($t, 405, undef, 'a wrong method', 'DELETE', '/api/updates');
    my $r = ask($t, 'GET', '/webhook');
    is($r->{status}, 405, 'GET /webhook');
}, base => '/deep/diun';

case 'a sub-path that is named' => sub {
    my ($t) = @_;
    is(ask($t, 'GET', '/healthz')->{status}, 200, 'health');
    hook($t, minimal($NGINX));
    done_ok(ask($t, 'PATCH', path_of($NGINX)), 204, 'acknowledge');
    refused($t, outside($t), undef, 'an unknown path', 'GET', '/nope');
}, base => '/api', env => { DIUNDASH_BASE_PATH => '/api' };

case 'strange headers' => sub {
    my ($t) = @_;
    hook($t, minimal($NGINX));
    my $want = updates_text($t);
    for my $headers ([ Host => 'evil.example' ], [ Proxy => 'http://evil/' ],
        [ Cookie => 'a=' . 'b' x 3000 ], [ 'X-Secret' => 'x' ],
        [ 'If-Modified-Since' => 'Sat, 01 Jan 2050 00:00:00 GMT' ],
        [ 'If-Match' => '"x"' ],
        # lighttpd cuts any answer that has an ETag into ranges itself.
        family($t) eq 'lighttpd' ? () : [ Range => 'bytes=0-1' ],
        [ 'Accept' => 'image/png' ], [ 'Accept-Encoding' => 'gzip, br' ],
        [ 'X-HTTP-Method-Override' => 'DELETE' ], [ Expect => '' ],
        [ 'X-Original-URL' => '/healthz' ]) {
        my $r = ask($t, 'GET', '/api/updates', headers => $headers);
        is($r->{status}, 200, substr "@{$headers}", 0, 40);
        is(unzipped($r), $want, 'the usual answer');
    }
    my $r = ask($t, 'GET', '/api/updates?a=b&' . 'x' x 4000);
    is($r->{body}, $want, 'a long query');
};

# Run all cases. $make->(env => {...}, base => '...') gives a new target.
sub run_cases {
    my ($make, %o) = @_;
    my $only = $ENV{DIUNDASH_CASE};
    for my $case (@CASES) {
        next if defined $only && $case->{name} !~ /$only/;
        subtest $case->{name} => sub {
            my $t = $make->(env => $case->{env} || {},
                defined $case->{base} ? (base => $case->{base}) : ());
            $case->{code}->($t);
            my $clean = ok($t->stop, 'all ended as they should');
            my $log = $t->log;
            diag(substr $log, -2000) if !$clean;
            unlike($log, qr/Sanitizer|runtime error|assert/i,
                'no fault in the log');
        };
    }
    return;
}

1;
