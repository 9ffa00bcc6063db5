#!/usr/bin/perl
# doc-api.t - every example of doc/api.md, run as it is written
#
# Each ```sh example``` is given to the shell, with DASH and SECRET set and one
# server and database for all of them, in order. The ```http``` block that
# follows says what comes back: the status, headers, and JSON, in which ...
# stands for any text, and "..." as a whole value for any value.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Test::More;

use DiunDash::Env;
use DiunDash::Server;

need('nginx', 'curl');
my $t = DiunDash::Server->new(kind => 'nginx',
    env => { WEBHOOK_SECRET => 'SECRET' });

# curl reads this: as written, and yet its status and headers are told.
my $dir = scratch();
spew("$dir/.curlrc", "silent\nshow-error\ndump-header = \"$dir/head\"\n");

# [line, command, answer]
my @examples;
my @blocks = split /^```/m, slurp("$SRC/doc/api.md");
my $line = 1;
for my $i (0 .. $#blocks) {
    my ($kind, $text) = split /\n/, $blocks[$i], 2;
    if ($i % 2) {
        if ($kind eq 'sh example') {
            push @examples, [ $line, $text, undef ];
        } elsif ($kind eq 'http' && @examples && !$examples[-1][2]) {
            $examples[-1][2] = $text;
        } else {
            fail("line $line: a block ```$kind that nothing is done with");
        }
    }
    $line += $blocks[$i] =~ tr/\n//;
}
is(@blocks % 2, 1, 'every block has its end');
cmp_ok(scalar @examples, '>', 20, 'the examples are found');

sub like_text {
    my ($got, $pattern) = @_;
    my $regex = join '.*', map { quotemeta } split /\Q...\E/, $pattern, -1;
    return $got =~ /\A$regex\z/s;
}

# The first place where $got is not as $wanted, or ''.
sub difference {
    my ($got, $wanted, $where) = @_;
    return '' if !ref $wanted && defined $wanted && $wanted eq '...';
    return "$where: another type" if ref $got ne ref $wanted;
    if (ref $wanted eq 'HASH') {
        my ($have, $want) = map { join ' ', sort keys %{$_} } $got, $wanted;
        return "$where: has $have, not $want" if $have ne $want;
        for my $key (sort keys %{$wanted}) {
            my $d = difference($got->{$key}, $wanted->{$key}, "$where/$key");
            return $d if $d ne '';
        }
    } elsif (ref $wanted eq 'ARRAY') {
        return "$where: has " . @{$got} . ' elements' if @{$got} != @{$wanted};
        for my $i (0 .. $#{$wanted}) {
            my $d = difference($got->[$i], $wanted->[$i], "$where/$i");
            return $d if $d ne '';
        }
    } elsif (ref $wanted) {
        return "$where: " . text_of($got) if !!$got ne !!$wanted;
    } elsif (!defined $wanted || !defined $got) {
        return "$where: " . text_of($got) if defined $wanted || defined $got;
    } elsif (!like_text($got, $wanted)) {
        return "$where: " . text_of($got);
    }
    return '';
}

my %covered;
for my $example (@examples) {
    my ($number, $command, $answer) = @{$example};
    if (!defined $answer) {
        fail("line $number has an answer");
        next;
    }
    my ($head, $body) = split /\n\n/, $answer, 2;
    my ($status, @headers) = split /\n/, $head;
    my ($code) = $status =~ m{\AHTTP/1\.1 (\d{3}) } or die "line $number";
    unlink "$dir/head";
    my $r = run([ '/bin/sh', '-c', $command ], env => { CURL_HOME => $dir,
        HOME => $dir, PATH => $ENV{PATH}, DASH => $t->url,
        SECRET => 'SECRET' });
    my ($first) = split /\n/, $command;
    my $name = "line $number: $first";
    is($r->{err}, '', "$name: no complaint");
    my $got = -e "$dir/head" ? slurp("$dir/head") : '';
    like($got, qr{\AHTTP/1\.1 $code }, "... answers $code") or
        diag($r->{out});
    for my $header (@headers) {
        my ($key, $value) = split /: /, $header, 2;
        my ($is) = $got =~ /^\Q$key\E: ([^\r\n]*)/mi;
        ok(defined $is && like_text($is, $value), "... with $header") or
            diag(defined $is ? $is : 'it is missing');
    }
    if (!defined $body || $body eq '') {
        is($r->{out}, '', '... and no body');
    } else {
        my $value = eval { json_of($r->{out}) };
        is(defined $value ? difference($value, json_of($body), '')
            : "no JSON: $r->{out}", '', '... and the body');
    }
    my ($method) = $command =~ /-X ([A-Z]+)/;
    my ($path) = $command =~ m{\$DASH(/[^"?]*)};
    $path =~ s{\A(/api/updates/)docker.*}{$1 . '{image}'}e;
    $path =~ s{\A(/api/tags/)\d+}{$1 . '{id}'}e;
    $path =~ s{\A(/api/hosts/).*/rename}{$1 . '{name}/rename'}e;
    $covered{ ($method || 'GET') . " $path" } = 1;
}

my $paths = json_of(slurp("$SRC/doc/openapi.json"))->{paths};
is_deeply([ sort keys %covered ], [ sort map {
    my $path = $_;
    map { $_ eq 'parameters' ? () : uc($_) . " $path" }
        keys %{ $paths->{$path} };
} keys %{$paths} ], 'every call of the API has an example');
ok($t->stop, 'server and workers end well');

done_testing();
