# CGI.pm - a request as CGI variables, an answer as a header and a body
#
# variables() says what a web server would tell a CGI program (RFC 3875 and
# the usual REQUEST_URI); parse() reads what the program writes. The object
# is a target for DiunDash::Cases: each request starts the program anew under
# an otherwise empty environment, with the body on a pipe.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::CGI;

use strict;
use warnings;

use DiunDash::Env;

# %o: base (in front of the path), headers => [name, value, ...], body,
# content_length (replaces the true one; undef: leave it out), without =>
# [names of variables to leave out], set => {more variables}.
sub variables {
    my ($method, $path, %o) = @_;
    my $base = defined $o{base} ? $o{base} : '';
    my ($raw, $query) = split /\?/, $path, 2;
    my $decoded = defined $raw ? $raw : '';
    $decoded =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    $decoded =~ s/\0.*//s;
    my %v = (
        GATEWAY_INTERFACE => 'CGI/1.1',
        SERVER_PROTOCOL => 'HTTP/1.1',
        SERVER_SOFTWARE => 'test',
        SERVER_NAME => 'dash.example',
        SERVER_PORT => '8080',
        REMOTE_ADDR => '127.0.0.1',
        REQUEST_METHOD => $method,
        REQUEST_URI => $base . $path,
        SCRIPT_NAME => $base,
        PATH_INFO => $decoded,
        QUERY_STRING => defined $query ? $query : '',
        HTTP_HOST => 'dash.example:8080',
    );
    if (exists $o{content_length}) {
        $v{CONTENT_LENGTH} = $o{content_length}
            if defined $o{content_length};
    } elsif (defined $o{body}) {
        $v{CONTENT_LENGTH} = length $o{body};
    }
    my @headers = @{ $o{headers} || [] };
    while (@headers) {
        my ($name, $value) = splice @headers, 0, 2;
        my $key = uc $name;
        $key =~ tr/-/_/;
        $key = "HTTP_$key" if $key ne 'CONTENT_TYPE';
        $v{$key} = exists $v{$key} && $key ne 'HTTP_HOST'
            ? "$v{$key}, $value" : $value;
    }
    delete $v{$_} for @{ $o{without} || [] };
    %v = (%v, %{ $o{set} || {} });
    return \%v;
}

# {status, headers => {lower-case name => value}, body}; {error} when it is
# not an answer at all.
sub parse {
    my ($bytes) = @_;
    my ($head, $body) = split /\r?\n\r?\n/, $bytes, 2;
    return { error => 'no end of the header', raw => $bytes }
        if !defined $body;
    my %r = (status => 200, headers => {}, body => $body, raw => $bytes);
    for my $line (split /\r?\n/, $head) {
        return { error => "not a header line: $line", raw => $bytes }
            if $line !~ /\A([!#-'*+.0-9A-Z^-z|~-]+):[ \t]*([^\r\n\0]*)\z/;
        my ($name, $value) = (lc $1, $2);
        if ($name eq 'status') {
            return { error => "not a status: $value", raw => $bytes }
                if $value !~ /\A([1-5]\d\d)(?: [\x20-\x7e]*)?\z/;
            $r{status} = $1;
        } else {
            $r{headers}{$name} = exists $r{headers}{$name}
                ? "$r{headers}{$name}, $value" : $value;
        }
    }
    return \%r;
}

# %o: env (configuration), base, program, db, wrapper => [command that the
# program is given to].
sub new {
    my ($class, %o) = @_;
    my $dir = scratch();
    my $self = bless {
        dir => $dir,
        db => defined $o{db} ? $o{db} : "$dir/diun.db",
        wrapper => $o{wrapper} || [],
        base => defined $o{base} ? $o{base} : '/cgi-bin/diundash.fcgi',
        program => $o{program} || $WORKER,
        env => { DB_PATH => defined $o{db} ? $o{db} : "$dir/diun.db",
            %{ $o{env} || {} } },
        options => $o{options} || {},
    }, $class;
    return $self;
}

sub name { return 'cgi' }
sub host { return 'dash.example:8080' }
sub db { return $_[0]{db} }
sub stop { return 1 }
sub log { return $_[0]{log} || '' }

# As for variables(); also hold => 1 (the pipe stays open after the body).
sub request {
    my ($self, $method, $path, %o) = @_;
    my $v = variables($method, $path, base => $self->{base}, %o);
    my $r = run([ @{ $self->{wrapper} }, $self->{program} ],
        env => { %{ $self->{env} }, %{$v} },
        input => defined $o{body} ? $o{body} : '',
        hold => $o{hold}, %{ $self->{options} });
    $self->{log} .= $r->{err};
    return { error => 'the program hangs', %{$r} } if $r->{hung};
    return { error => "ended by signal $r->{signal}: $r->{err}", %{$r} }
        if $r->{signal};
    my $answer = parse($r->{out});
    $answer->{error} .= "; it wrote '$r->{err}'" if $answer->{error};
    $answer->{$_} = $r->{$_} for qw(exit err);
    return $answer;
}

1;
