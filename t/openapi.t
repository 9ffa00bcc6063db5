#!/usr/bin/perl
# openapi.t - the description of the API against what the worker answers
#
# Method by method and path by path, in both directions, with the table of
# routes and with the worker's own Allow. Whether the document is good
# OpenAPI 3.1 and whether answers have its shapes is tested beside the page,
# in t/browser/openapi.test.mjs, by validators that need Node.js.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::CGI;
use DiunDash::Env;

my $t = DiunDash::CGI->new;
my $r = $t->request('GET', '/api/openapi.json');
is($r->{status}, 200, 'the worker answers the document');
is($r->{headers}{'content-type'}, 'application/json', 'as JSON');
ok($r->{body} eq slurp("$SRC/doc/openapi.json"), 'the one of doc/');
is(DiunDash::CGI->new(env => { DB_PATH => '/nonexistent/diun.db' })
    ->request('GET', '/api/openapi.json')->{status}, 200,
    'a database that cannot be opened is no hindrance');
my $document = json_of($r->{body});
like($document->{openapi}, qr/\A3\.1\./, 'it is OpenAPI 3.1');

my $etag = $r->{headers}{etag};
like($etag, qr/\A"[^"]+"\z/, 'with an ETag');
is($r->{headers}{'x-revision'}, undef, 'and no revision');
my $again = $t->request('GET', '/api/openapi.json',
    headers => [ 'If-None-Match', $etag ]);
is($again->{status}, 304, 'a second time 304');
is($again->{headers}{etag}, $etag, 'with the same ETag');
$t->request('POST', '/api/tags', body => '{"name":"web"}');
$again = $t->request('GET', '/api/openapi.json',
    headers => [ 'If-None-Match', $etag ]);
is($again->{status}, 304, 'whatever has changed in the database');

is($document->{info}{version},
    json_of($t->request('GET', '/healthz')->{body})->{version},
    "its version is the program's");

# -------------------------------------------------------------- the routes

my %verb = map { $_ => 1 } qw(get put post delete options head patch trace);

sub methods_of {
    my ($item) = @_;
    return map { uc } grep { $verb{$_} } keys %{$item};
}

my %described = map {
    my $path = $_;
    map { ("$_ $path" => 1) } methods_of($document->{paths}{$path});
} keys %{ $document->{paths} };

my $table = slurp("$SRC/cgi-bin/routes.c");
$table =~ s{/\*.*?\*/}{}gs;
my %routed;
while ($table =~ m{\{\s*"([A-Z]+)",\s*"([^"]+)"}g) {
    my ($method, $path) = ($1, $2);
    $path =~ s/\*\}/}/g;
    $routed{"$method $path"} = 1;
}
cmp_ok(scalar keys %routed, '>', 15, 'the table of routes is found');
my $lines = () = $table =~ /\b(?:true|false)\s*\}/g;
is(scalar keys %routed, $lines, 'with all its lines');
is_deeply([ sort keys %described ], [ sort keys %routed ],
    'the document has every route, and no other');

# A path with the parameters filled in, and those whose pattern it fits too.
sub filled {
    my ($path) = @_;
    $path =~ s/\{id\}/1/;
    $path =~ s/\{name\}/nas/;
    $path =~ s/\{image\}/nginx/;
    return $path;
}

sub fits {
    my ($pattern, $path) = @_;
    my $regex = join '.*', map { quotemeta } split /\{\w+\}/, $pattern, -1;
    return $path =~ /\A$regex\z/;
}

for my $path (sort keys %{ $document->{paths} }) {
    my %expected = (OPTIONS => 1);
    for my $pattern (keys %{ $document->{paths} }) {
        next if !fits($pattern, filled($path));
        $expected{$_} = 1 for methods_of($document->{paths}{$pattern});
    }
    $expected{HEAD} = 1 if $expected{GET};
    $r = $t->request('OPTIONS', filled($path));
    is($r->{status}, 204, "OPTIONS $path");
    is_deeply([ sort split /, /, $r->{headers}{allow} ],
        [ sort keys %expected ], 'is answered with the methods described');
}

# ------------------------------------------------------ what hangs together

my (%named, %used, %ids);

sub walk {
    my ($node) = @_;
    if (ref $node eq 'ARRAY') {
        walk($_) for @{$node};
    } elsif (ref $node eq 'HASH') {
        $used{ $node->{'$ref'} } = 1 if defined $node->{'$ref'};
        push @{ $ids{ $node->{operationId} } }, 1 if $node->{operationId};
        walk($_) for values %{$node};
    }
}
walk($document);
for my $kind (keys %{ $document->{components} }) {
    next if $kind eq 'securitySchemes';
    $named{"#/components/$kind/$_"} = 1
        for keys %{ $document->{components}{$kind} };
}
is_deeply([ sort keys %used ], [ sort keys %named ],
    'every reference has its component, and every component is used');
is_deeply([ grep { @{ $ids{$_} } > 1 } keys %ids ], [],
    'no two operations have one id');
for my $operation (sort keys %described) {
    my ($method, $path) = split / /, $operation;
    my $item = $document->{paths}{$path};
    my %parameter = map { $_->{name} => $_ } map {
        $_->{'$ref'} ? $document->{components}{parameters}
            {($_->{'$ref'} =~ m{([^/]+)\z})[0]} : $_
    } @{ $item->{parameters} || [] },
        @{ $item->{ lc $method }{parameters} || [] };
    my @in_path = sort grep { $parameter{$_}{in} eq 'path' } keys %parameter;
    is_deeply(\@in_path, [ sort $path =~ /\{(\w+)\}/g ],
        "$operation describes the parameters of its path");
}

done_testing();
