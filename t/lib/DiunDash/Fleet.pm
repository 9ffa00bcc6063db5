# Fleet.pm - several hosts with several images, as tests of hosts need them
#
# Short words for what Diun sends and what a user does, each checked for the
# answer that it must get; and sound(), which asks the database itself
# whether an image is pending exactly when one of its hosts is. It is asked
# after every change made through here.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Fleet;

use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Exporter qw(import);
use Test::More;

use DiunDash::Cases;
use DiunDash::Env;

our @EXPORT = qw(encoded came acknowledged reopened removed renamed tag_made
    tagged untagged entry_of host_of hosts_of pending_hosts history_of
    newest revision_of sound);

# Percent-encoded, whatever it is.
sub encoded {
    my $bytes = encode_utf8($_[0]);
    $bytes =~ s/([^A-Za-z0-9\-._~])/sprintf '%%%02X', ord $1/ge;
    return $bytes;
}

sub on_host { return defined $_[0] ? '?host=' . encoded($_[0]) : '' }

sub label { return join ' ', map { defined $_ ? "'$_'" : 'all' } @_ }

# ---------------------------------------------------------------- changes

# A webhook about an image from a host; %more are members of the body.
sub came {
    my ($t, $image, $host, $digest, %more) = @_;
    my $o = delete $more{options} || {};
    hook($t, { image => $image, hostname => $host, digest => $digest,
            %more }, label($image, $host) . " $digest", %{$o});
    return sound($t);
}

sub patched {
    my ($t, $image, $host, $name, %o) = @_;
    my $status = delete $o{status} || 204;
    my $r = ask($t, 'PATCH', path_of($image) . on_host($host), %o);
    is($r->{status}, $status, "$name " . label($image, $host)
            . ": $status") or diag(substr $r->{body}, 0, 300);
    return sound($t);
}

sub acknowledged {
    my ($t, $image, $host, %o) = @_;
    return patched($t, $image, $host, 'acknowledge', %o);
}

sub reopened {
    my ($t, $image, $host, %o) = @_;
    return patched($t, $image, $host, 'reopen',
        body => '{"acknowledged":false}', %o);
}

sub removed {
    my ($t, $image, $host, %o) = @_;
    my $status = delete $o{status} || 204;
    my $r = ask($t, 'DELETE', path_of($image) . on_host($host), %o);
    is($r->{status}, $status, 'remove ' . label($image, $host)
            . ": $status");
    return sound($t);
}

# The count that was answered, undef when it was refused.
sub renamed {
    my ($t, $from, $to, %o) = @_;
    my $status = delete $o{status} || 200;
    my $r = ask($t, 'POST', '/api/hosts/' . encoded($from) . '/rename',
        body => text_of({ name => $to }), %o);
    is($r->{status}, $status, 'rename ' . label($from, $to) . ": $status")
        or diag(substr $r->{body}, 0, 300);
    sound($t);
    return $r->{status} == 200 ? json_of($r->{body})->{count} : undef;
}

sub tag_made {
    my ($t, $name, %o) = @_;
    return json_ok(ask($t, 'POST', '/api/tags',
            body => text_of({ name => $name }), %o), 201, "tag '$name'");
}

sub tagged {
    my ($t, $image, $tag, %o) = @_;
    return done_ok(ask($t, 'PUT', '/api/tag-assignments', body =>
            text_of({ image => $image, tag_id => $tag->{id} }), %o), 204,
        "tag $image '$tag->{name}'");
}

sub untagged {
    my ($t, $image, %o) = @_;
    return done_ok(ask($t, 'DELETE', '/api/tag-assignments',
            body => text_of({ image => $image }), %o), 204,
        "untag $image");
}

# ---------------------------------------------------------------- answers

# An entry of the list, undef when it is not there.
sub entry_of {
    my ($t, $image) = @_;
    my $all = eval { json_of(updates_text($t)) } || {};
    return $all->{$image};
}

sub hosts_of {
    my ($t, $image) = @_;
    my $entry = entry_of($t, $image) || { hosts => [] };
    return sort map { $_->{hostname} } @{ $entry->{hosts} };
}

sub host_of {
    my ($t, $image, $name) = @_;
    my $entry = entry_of($t, $image) || { hosts => [] };
    my ($host) = grep { $_->{hostname} eq $name } @{ $entry->{hosts} };
    return $host || {};
}

# The names of the hosts that are pending, in one text.
sub pending_hosts {
    my ($t, $image) = @_;
    my $entry = entry_of($t, $image) || { hosts => [] };
    return join ',', sort map { $_->{hostname} }
        grep { !$_->{acknowledged} } @{ $entry->{hosts} };
}

# Rows of history, newest first; %filter as the query has it.
sub history_of {
    my ($t, %filter) = @_;
    my $query = join '&', map { "$_=" . encoded($filter{$_}) }
        sort keys %filter;
    my $page = json_ok(ask($t, 'GET', "/api/history?$query"), 200,
        "history $query") || { history => [] };
    return @{ $page->{history} };
}

sub newest { return (history_of($_[0], limit => 1))[0] || {} }

sub revision_of {
    my ($t) = @_;
    return ask($t, 'HEAD', '/api/updates')->{headers}{'x-revision'};
}

# -------------------------------------------------------------- invariant

my $BROKEN = <<'SQL';
SELECT 'pending: ' || image FROM updates AS u
 WHERE (acknowledged_at IS NULL) <> (SELECT count(*) > 0
       FROM host_updates AS h
       WHERE h.image = u.image AND h.acknowledged_at IS NULL)
UNION ALL
SELECT 'no host: ' || image FROM updates
 WHERE image NOT IN (SELECT image FROM host_updates)
UNION ALL
SELECT 'no image: ' || image FROM host_updates
 WHERE image NOT IN (SELECT image FROM updates)
UNION ALL
SELECT 'not the newest: ' || u.image FROM updates AS u, host_updates AS h
 WHERE h.image = u.image AND h.event_id = (SELECT max(event_id)
       FROM host_updates AS m WHERE m.image = u.image)
   AND (h.hostname, h.digest, h.status, h.received_at)
    <> (u.hostname, u.digest, u.status, u.received_at)
UNION ALL
SELECT 'no digest: ' || image FROM updates
 WHERE image NOT IN (SELECT image FROM pushed_digests);
SQL

sub sound {
    my ($t) = @_;
    my $broken = sqlite($t->db, $BROKEN);
    return 1 if $broken eq '';
    local $Test::Builder::Level = $Test::Builder::Level + 2;
    return is($broken, '', 'an image is pending when one of its hosts is');
}

1;
