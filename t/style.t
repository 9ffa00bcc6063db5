#!/usr/bin/perl
# style.t - the rules of the source itself that a program can check
#
# Who may include whom, what every file begins with, how wide a line is, and
# that a release holds every file. Looks at what lies in the source tree and
# is not ignored by git; in a release, at all that is there.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;

use Cwd ();
use File::Basename qw(dirname);
use File::Find ();
use Test::More;

my $src = $ENV{DIUNDASH_SRC} || Cwd::abs_path(dirname(__FILE__) . '/..');
chdir($src) or die "cannot enter $src: $!";

# ------------------------------------------------------------ what is there

# In a release configure writes files into the tree, and some come along.
my $generated = qr{^(?:Makefile\.in|aclocal\.m4|build_config\.h\.in~?|
    configure~?|autom4te\.cache/|_build|build[-/](?!aux)|_inst|\.git/|
    build-aux/(?!embed-migrations\.sh$))}x;

sub files_on_disk {
    my @found;
    # Git refuses to look at a clone of another user's.
    @found = split /\0/,
        `git ls-files -z --cached --others --exclude-standard 2>/dev/null`
        if -e '.git';
    if (!@found) {
        File::Find::find({ no_chdir => 1, wanted => sub {
            push @found, substr($File::Find::name, 2) if -f;
        } }, '.');
    }
    return sort grep { -f && !m{(?:^|/)node_modules/} && !/$generated/ }
        @found;
}

sub slurp {
    my ($path) = @_;
    open(my $in, '<:raw', $path) or die "cannot open $path: $!";
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

# Without comments and string literals, lines kept.
sub code_of {
    my ($text) = @_;
    $text =~ s{(/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}
        { my $t = $1; $t =~ tr/\n//cd; $t }gsex;
    return $text;
}

my @files = files_on_disk();
my @c = grep { /\.[ch]$/ } @files;
my %text = map { $_ => slurp($_) } @c;
cmp_ok(scalar @c, '>', 60, 'the sources are found');

# Report all that is wrong at once.
sub none {
    my ($name, @wrong) = @_;
    ok(!@wrong, $name);
    diag("  $_") for @wrong;
    return;
}

sub includes_of {
    my ($path) = @_;
    return $text{$path} =~ /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/mg;
}

# ---------------------------------------------------------- who knows whom

# What it is, the header, the files that may include it.
my @private = (
    [ 'sqlite3.h', qr/^sqlite3\.h$/, qr{^(?:lib/db_sqlite\.h|bench/|t/)} ],
    [ "SQLite's own headers of ours", qr/^(?:db|migrate)_sqlite\.h$/,
        qr{^(?:lib/(?:db|migrate|store)_sqlite\.[ch]$|t/)} ],
    [ 'fcgiapp.h', qr/^fcgi/, qr{^(?:lib/gateway_fcgi\.c$|bench/|t/)} ],
    [ 'fcgi_stdio.h', qr/^fcgi_stdio\.h$/, qr/^$/ ],
    [ 'json-c', qr/^json-c/, qr{^(?:lib/json\.c$|t/)} ],
    [ 'cmocka.h', qr/^cmocka\.h$/, qr{^t/unit/unit\.h$} ],
);
for my $rule (@private) {
    my ($what, $header, $allowed) = @{$rule};
    none("$what is included only where it belongs", grep {
        my $path = $_;
        $path !~ $allowed && grep { $_ =~ $header } includes_of($path);
    } @c);
}

my %in_program = map { (split m{/})[-1] => 1 }
    grep { m{^(?:cgi-bin|bin)/.*\.h$} } @c;
none('lib includes neither cgi-bin nor bin', grep {
    m{^lib/} && grep { $in_program{$_} || m{/} && m{\bbin/} } includes_of($_)
} @c);
none('cgi-bin and bin do not include each other', grep {
    my ($own) = m{^(cgi-bin|bin)/};
    my $path = $_;
    $own && grep { $in_program{$_} && !-e "$own/$_" } includes_of($path);
} @c);

none('nothing in lib ends the process', grep {
    m{^lib/} && code_of($text{$_}) =~
        /\b(?:_?exit|_Exit|quick_exit|atexit|errx?)\s*\(/
} @c);
none('abort in lib is for lack of memory alone', grep {
    m{^lib/} && $_ ne 'lib/mem.c' && code_of($text{$_}) =~ /\babort\s*\(/
} @c);

# What each .c begins with; compat.h comes with it. What is preloaded goes
# into any program, and is none of ours.
none('compat.h is the first include of every .c', grep {
    my $first = m{^t/unit/} ? 'unit.h' : m{^t/proof/} ? '../unit/unit.h'
        : m{^bench/} ? 'bench.h' : 'compat.h';
    my @includes = includes_of($_);
    /\.c$/ && @includes && $includes[0] ne $first;
} grep { !m{^t/fail/} } @c);
none('every header has its guard', grep {
    my ($name) = m{([^/]+)\.h$} or next;
    my $guard = uc($name) . '_H';
    $guard =~ tr/A-Z0-9_/_/c;
    $text{$_} !~ /^#ifndef \Q$guard\E\n#define \Q$guard\E\n/m;
} grep { /\.h$/ } @c);

# -------------------------------------------------------------- each line

my (@wide, @blank, @crlf);
for my $path (@c) {
    my $n = 0;
    for my $line (split /\n/, $text{$path}) {
        $n++;
        my $wide = $line;
        1 while $wide =~ s/^([^\t]*)\t/$1 . ' ' x (8 - length($1) % 8)/e;
        push @wide, "$path:$n" if length($wide) > 80;
        push @blank, "$path:$n" if $line =~ /[ \t]$/;
        push @crlf, "$path:$n" if $line =~ /\r/;
    }
}
none('no line of C is wider than 80 columns', @wide);
none('no line of C ends in blanks', @blank);
none('no line of C has a carriage return', @crlf);

# -------------------------------------------------------------- each file

# Sources by their name, and scripts by their first line.
my @sources = grep {
    m{\.(?:[chtlsy]|am|ac|conf|css|html|m?js|pl|pm|sh|bash|sql|[1-8])$}
        || slurp($_) =~ /\A#!/
} grep { !m{^t/data/} && !m{package(?:-lock)?\.json$} } @files;
cmp_ok(scalar @sources, '>', 100, 'the scripts and pages are found');
none('every source names its licence', grep {
    slurp($_) !~ /SPDX-License-Identifier: ISC/
} @sources);

# ---------------------------------------------------------------- schema

my @sql = grep { m{^sql/} } @files;
cmp_ok(scalar @sql, '>=', 2, 'the steps of the schema are found');
none('a step holds no BEGIN or COMMIT', grep {
    my $text = slurp($_);
    $text =~ s/--.*//g;
    $text =~ s/'(?:''|[^'])*'//g;
    $text =~ /\b(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|END\s*;|END\s+TRANS)/i;
} @sql);
none('every step can be undone', grep {
    my $down = $_;
    $down =~ s/\.up\.sql$/.down.sql/ && !-e $down;
} @sql);
none('steps are named NNNN_title.up.sql and .down.sql', grep {
    !m{^sql/[a-z]+/[0-9]{4}_[a-z0-9_]+\.(?:up|down)\.sql$}
} @sql);

# --------------------------------------------------------------- release

# All paths that Makefile.am names: files, folders, programs.
my $makefile = slurp('Makefile.am');
$makefile =~ s/^#.*//mg;
my %named = map { $_ => 1 } $makefile =~ m{(?:^|[\s=])([\w./-]+)}g;

sub is_distributed {
    my ($path) = @_;
    return 1 if $named{$path};
    # A test's program stands for its one source.
    return 1 if $path =~ m{^(t/(?:unit|proof)/.+-t)\.c$} && $named{$1};
    while ($path =~ s{/[^/]+$}{}) {
        return 1 if $named{$path};
    }
    return 0;
}
none('Makefile.am names every file of a release', grep {
    m{^(?:bench|bin|cgi-bin|conf|htdocs|lib|man|scripts|sql|t)/}
        && !is_distributed($_)
} @files);
none('and no file that is not there', grep {
    m{^(?:conf|htdocs|man|scripts|sql)/.*\.\w+$} && !-e
} sort keys %named);

done_testing();
