#!/usr/bin/perl
# writers.t - many clients write and read at once, through nginx
#
# Four workers on one socket, eight clients, 4,000 requests (a quarter of
# them in an instrumented build). Each client has images and tags of its own,
# so that it knows what must be there at the end, whatever the others did.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::Cases;
use DiunDash::Clients;
use DiunDash::Env;
use DiunDash::Server;

need('nginx', 'sqlite3');

my $CLIENTS = 8;
my $EACH = $SANITIZED ? 125 : 500;
my $IMAGES = 25;

# One client: what it did, and at the end what it left behind.
sub client {
    my ($client, $t) = @_;
    my $me = $client->number;
    my (%image, %tag, %done, @wrong);
    my $made = 0;
    my $request = sub {
        my ($kind, $method, $path, %o) = @_;
        my $r = $t->request($method, $path, %o);
        $done{$kind}++;
        return $r if !$r->{error} && $r->{status} =~ /\A2/;
        push @wrong, "$kind: " . ($r->{error} || "$r->{status} $r->{body}");
        return undef;
    };
    my $any = sub { my @all = sort keys %{ $_[0] };
        return $all[ rand @all ] };
    for my $n (1 .. $EACH) {
        my $kind = rand 100;
        my $image = $any->(\%image);
        my $tag = $any->(\%tag);
        if ($kind < 50 || !defined $image) {
            $image = "docker.io/c$me/i" . int(rand $IMAGES) . ':1';
            my $digest = "sha256:$me-$n";
            $request->('webhook', 'POST', '/webhook', body =>
                    minimal($image, digest => $digest)) or next;
            $image{$image} = { %{ $image{$image} || { tag => undef } },
                digest => $digest, acknowledged => 0 };
        } elsif ($kind < 65) {
            my $r = $request->('list', 'GET', '/api/updates') or next;
            my $seen = json_of($r->{body});
            for (keys %image) {
                my $got = $seen->{$_}{event}{digest} || 'nothing';
                push @wrong, "$_ is $got, not $image{$_}{digest}"
                    if $got ne $image{$_}{digest};
            }
        } elsif ($kind < 75) {
            my $acknowledge = rand 3 > 1;
            $request->('acknowledge', 'PATCH', path_of($image),
                $acknowledge ? () : (body => '{"acknowledged":false}'))
                and $image{$image}{acknowledged} = $acknowledge ? 1 : 0;
        } elsif ($kind < 80 || !defined $tag) {
            my $name = "tag $me-" . $made++;
            my $r = $request->('tag', 'POST', '/api/tags',
                body => text_of({ name => $name })) or next;
            $tag{ json_of($r->{body})->{id} } = $name;
        } elsif ($kind < 89) {
            $request->('assign', 'PUT', '/api/tag-assignments', body =>
                    text_of({ image => $image, tag_id => 0 + $tag }))
                and $image{$image}{tag} = $tag;
        } elsif ($kind < 92) {
            $request->('unassign', 'DELETE', '/api/tag-assignments',
                body => text_of({ image => $image }))
                and $image{$image}{tag} = undef;
        } elsif ($kind < 95) {
            my $r = $request->('by tag', 'POST',
                '/api/updates/acknowledge-by-tag',
                body => text_of({ tag_id => 0 + $tag })) or next;
            my @mine = grep { defined $_->{tag} && $_->{tag} == $tag
                    && !$_->{acknowledged} } values %image;
            my $count = json_of($r->{body})->{count};
            push @wrong, "by tag: $count, not " . @mine if $count != @mine;
            $_->{acknowledged} = 1 for @mine;
        } elsif ($kind < 97) {
            $request->('delete tag', 'DELETE', "/api/tags/$tag") or next;
            delete $tag{$tag};
            for (values %image) {
                $_->{tag} = undef if defined $_->{tag} && $_->{tag} == $tag;
            }
        } else {
            my $name = "tag $me-" . $made++;
            $request->('rename', 'PATCH', "/api/tags/$tag",
                body => text_of({ name => $name }))
                and $tag{$tag} = $name;
        }
    }
    $client->report({ done => \%done, wrong => \@wrong, image => \%image,
        tag => \%tag });
    return;
}

my $t = DiunDash::Server->new(kind => 'nginx', count => 4);
my @seen = DiunDash::Clients->start($CLIENTS, sub { client($_[0], $t) })
    ->finish;

my (%done, @wrong, %image, %tag);
for my $i (0 .. $#seen) {
    ok($seen[$i], "client $i came to its end") or next;
    my $report = $seen[$i][0];
    push @wrong, @{ $report->{wrong} };
    $done{$_} += $report->{done}{$_} for keys %{ $report->{done} };
    %image = (%image, %{ $report->{image} });
    %tag = (%tag, %{ $report->{tag} });
}
my $total = 0;
$total += $_ for values %done;
is($total, $CLIENTS * $EACH, 'so many requests were made');
ok($done{$_}, "among them: $_ ($done{$_})") for sort keys %done;
is(scalar keys %done, 9, 'of every kind');
is_deeply([ @wrong[ 0 .. ($#wrong > 9 ? 9 : $#wrong) ] ], [],
    'every answer was 2xx and true');

my $updates = updates($t);
my %found = map {
    my $u = $updates->{$_};
    ($_ => { digest => $u->{event}{digest}, tag => $u->{tag}
            && "$u->{tag}{id} $u->{tag}{name}",
        acknowledged => $u->{acknowledged} ? 1 : 0 })
} keys %{$updates};
my %want = map {
    my $i = $image{$_};
    ($_ => { digest => $i->{digest}, acknowledged => $i->{acknowledged},
        tag => defined $i->{tag} ? "$i->{tag} $tag{$i->{tag}}" : undef })
} keys %image;
is_deeply(\%found, \%want, 'every image is as its client left it');
my $tags = json_ok(ask($t, 'GET', '/api/tags'), 200, 'the tags');
is_deeply({ map { ($_->{id} => $_->{name}) } @{$tags} }, \%tag,
    'so are the tags');

ok($t->stop, 'all ended as they should');
is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'integrity_check');
is(sqlite($t->db, 'PRAGMA foreign_key_check'), '', 'foreign_key_check');
unlike($t->log, qr/: (?:warning|error): |Sanitizer|runtime error/,
    'nothing in the log');

done_testing();
