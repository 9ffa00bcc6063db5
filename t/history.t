#!/usr/bin/perl
# history.t - what came, what was done, by whom and when; and pruning it
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;

use POSIX ();
use Test::More;

use DiunDash::Cases;
use DiunDash::Command;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Fleet;

need('sqlite3');

my $nginx = 'docker.io/library/nginx:latest';
my $other = 'docker.io/a/other:1';
my @anna = (set => { REMOTE_USER => 'anna' });

sub part {
    my ($name, $code) = @_;
    subtest $name => sub {
        my $t = DiunDash::FCGI->new;
        $code->($t);
        is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'the database');
        ok($t->stop, 'the worker ended as it should');
    };
    return;
}

# One of each kind of change, in order; their rows, oldest first, without id
# and time.
sub everything {
    my ($t) = @_;
    my $body = { image => "$nginx\@sha256:pin", hostname => 'ab12',
        digest => 'sha256:a', metadata => { ctn_names => 'web', x => 'y' },
        extra => [ 1, { a => undef } ], status => "\x{1F433}" };
    my @want;
    my $row = sub {
        my ($action, $image, $host, $actor, $digest, $detail) = @_;
        push @want, { action => $action, image => $image, hostname => $host,
            actor => $actor, digest => $digest, detail => $detail };
    };
    hook($t, text_of($body));
    $row->('received', $nginx, 'ab12', 'diun', 'sha256:a', $body);
    my $second = { image => $other, hostname => 'pi', digest => 'sha256:b' };
    hook($t, text_of($second));
    $row->('received', $other, 'pi', 'diun', 'sha256:b', $second);
    acknowledged($t, $nginx, 'ab12', @anna);
    $row->('acknowledged', $nginx, 'ab12', 'anna', 'sha256:a', {});
    reopened($t, $nginx, undef);
    $row->('reopened', $nginx, 'ab12', '', 'sha256:a', {});
    my $tag = tag_made($t, 'media', @anna);
    my %tag = (id => $tag->{id}, name => 'media');
    $row->('tag-created', '', '', 'anna', '', {%tag});
    tagged($t, $nginx, $tag, @anna);
    $row->('tagged', $nginx, '', 'anna', '', {%tag});
    ask($t, 'PATCH', "/api/tags/$tag->{id}", body => '{"name":"films"}',
        @anna);
    $row->('tag-renamed', '', '', 'anna', '',
        { id => $tag->{id}, name => 'films', from => 'media' });
    $tag{name} = 'films';
    untagged($t, $nginx, @anna);
    $row->('untagged', $nginx, '', 'anna', '', {%tag});
    tagged($t, $other, $tag);
    $row->('tagged', $other, '', '', '', {%tag});
    ask($t, 'DELETE', "/api/tags/$tag->{id}", @anna);
    $row->('untagged', $other, '', 'anna', '', {%tag});
    $row->('tag-deleted', '', '', 'anna', '', {%tag});
    hook($t, payload('notif-test'));
    my $test = golden('notif-test');
    $row->('test', $test->{key}, $test->{event}{hostname}, 'diun',
        $test->{event}{digest}, json_of(payload('notif-test')));
    ask($t, 'POST', '/api/updates/acknowledge-all', @anna);
    $row->('acknowledged', $other, 'pi', 'anna', 'sha256:b', {});
    $row->('acknowledged', $nginx, 'ab12', 'anna', 'sha256:a', {});
    removed($t, $other, undef, @anna);
    $row->('removed', $other, '', 'anna', '', { hosts => ['pi'] });
    renamed($t, 'ab12', 'nas', @anna);
    $row->('host-renamed', '', 'nas', 'anna', '',
        { from => 'ab12', to => 'nas' });
    $_->{hostname} =~ s/\Aab12\z/nas/ for @want;
    return @want;
}

sub bare { return map { my %row = %{$_}; delete @row{qw(id at)}; \%row } @_ }

part 'each change is one row' => sub {
    my ($t) = @_;
    my @want = everything($t);
    my @got = reverse history_of($t);
    is_deeply([ bare(@got) ], \@want, 'with all that is to be known');
    my %seen = map { ($_->{action} => 1) } @got;
    is(scalar keys %seen, 11, 'all eleven actions');
    is_deeply([ map { $_->{id} } @got ], [ 1 .. @want ], 'numbered');
    is(scalar(grep { $_->{at} !~ /\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/ } @got),
        0, 'each with its time');
    is(revision_of($t), scalar @want, 'the newest is the revision');
    # What does nothing leaves nothing.
    acknowledged($t, $nginx, 'nas');
    acknowledged($t, 'docker.io/a/none:1', undef, status => 404);
    ask($t, 'POST', '/api/updates/acknowledge-all');
    untagged($t, $nginx);
    ask($t, 'GET', '/api/tags');
    ask($t, 'POST', '/webhook', body => '{"image":5}');
    is_deeply([ reverse history_of($t) ], \@got, 'what does nothing is none');
};

part 'filters' => sub {
    my ($t) = @_;
    everything($t);
    my @all = history_of($t);
    my %field = (image => 'image', host => 'hostname', action => 'action');
    my %values = (image => [ $nginx, $other, '', 'docker.io/a/none:1' ],
        host => [ 'nas', 'pi', '', 'NAS', 'ab12' ],
        action => [qw(received acknowledged removed tagged nothing)]);
    my $tried = 0;
    for my $image (undef, @{ $values{image} }) {
        for my $host (undef, @{ $values{host} }) {
            for my $action (undef, @{ $values{action} }) {
                my %filter;
                $filter{image} = $image if defined $image;
                $filter{host} = $host if defined $host;
                $filter{action} = $action if defined $action;
                my @want = @all;
                for my $name (keys %filter) {
                    @want = grep { $_->{ $field{$name} } eq $filter{$name} }
                        @want;
                }
                my $query = join '&', map { "$_=" . encoded($filter{$_}) }
                    keys %filter;
                my $r = ask($t, 'GET', "/api/history?$query");
                $tried++;
                next if $r->{status} == 200
                    && text_of(json_of($r->{body})->{history})
                    eq text_of(\@want);
                is($r->{body}, text_of(\@want), "filter '$query'");
            }
        }
    }
    is($tried, 5 * 6 * 6, 'alone and together: each as it must be');
    is_deeply([ history_of($t, image => $nginx, before => 6) ],
        [ grep { $_->{image} eq $nginx && $_->{id} < 6 } @all ],
        'with before');
    is_deeply([ history_of($t, image => $nginx, limit => 2) ],
        [ (grep { $_->{image} eq $nginx } @all)[ 0, 1 ] ], 'with limit');
};

part 'paging' => sub {
    my ($t) = @_;
    # Written by SQL: 250 webhooks would say no more.
    is(revision_of($t), 0, 'the database is there');
    sqlite($t->db, <<'SQL');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
INSERT INTO history (at, action, image, hostname, digest)
SELECT '2026-01-01T00:00:00Z', 'received', 'docker.io/a/i' || (i % 2) || ':1',
    'nas', i FROM n;
SQL
    my $pages = sub {
        my ($limit, %filter) = @_;
        my ($before, $pages, @ids) = (undef, 0);
        do {
            my $query = join '&', (map { "$_=" . encoded($filter{$_}) }
                    keys %filter), defined $limit ? "limit=$limit" : (),
                defined $before ? "before=$before" : ();
            my $page = json_of(ask($t, 'GET', "/api/history?$query")
                    ->{body});
            ok(exists $page->{before}, 'before is there') if !$pages++;
            push @ids, map { $_->{id} } @{ $page->{history} };
            $before = $page->{before};
        } while (defined $before && $pages < 300);
        return ($pages, @ids);
    };
    for ([ undef, 3 ], [ 7, 36 ], [ 50, 5, 6 ], [ 100, 3 ], [ 249, 2 ],
        [ 250, 1, 2 ], [ 251, 1 ], [ 1000, 1 ], [ 1, 250, 251 ]) {
        my ($limit, @want) = @{$_};
        my ($pages, @ids) = $pages->($limit);
        is_deeply(\@ids, [ reverse 1 .. 250 ],
            'each row once, newest first, ' . ($limit || 'default'));
        ok((grep { $_ == $pages } @want), "in $pages pages");
    }
    my ($pages, @ids) = $pages->(20, image => 'docker.io/a/i1:1',
        host => 'nas');
    is_deeply(\@ids, [ grep { $_ % 2 } reverse 1 .. 250 ], 'filtered');
    # A row that comes meanwhile moves no page.
    my $first = json_of(ask($t, 'GET', '/api/history?limit=10')->{body});
    hook($t, minimal($nginx));
    my $second = json_of(ask($t, 'GET',
            "/api/history?limit=10&before=$first->{before}")->{body});
    is($second->{history}[0]{id}, $first->{history}[-1]{id} - 1,
        'the next page goes on where the first ended');
    is_deeply(json_of(ask($t, 'GET', '/api/history?before=1')->{body}),
        { history => [], before => undef }, 'before the first is nothing');
    is(scalar(@{ json_of(ask($t, 'GET', '/api/history?limit=0')->{body})
            ->{history} }), 0, 'limit 0');
    is(json_of(ask($t, 'GET', '/api/history?before=9223372036854775807')
            ->{body})->{history}[0]{id}, 251, 'before the end of numbers');
};

part 'bad parameters' => sub {
    my ($t) = @_;
    hook($t, minimal($nginx));
    refused($t, 400, qr/\bbefore\b/, "before=$_", 'GET',
        "/api/history?before=$_") for qw(abc -1 1.5 1e3 0x1 +1 %201 1%20
        9223372036854775808 99999999999999999999 %zz %00), '';
    refused($t, 400, qr/\blimit\b/, "limit=$_", 'GET',
        "/api/history?limit=$_") for qw(abc -1 1001 10000 1.5 1e2
        99999999999999999999 %zz), '';
    for my $name (qw(image host action)) {
        refused($t, 400, qr/\b$name\b/, "$name=$_", 'GET',
            "/api/history?$name=$_") for qw(%zz % %00 a%0Ab %1B %FF
            %ED%A0%80);
    }
    refused($t, 400, qr/255/, 'a long host', 'GET',
        '/api/history?host=' . 'x' x 256);
    refused($t, 405, undef, $_, $_, '/api/history', body => '{}')
        for qw(POST PUT PATCH DELETE);
    refused($t, 404, undef, 'below it', 'GET', '/api/history/1');
    is(scalar(@{ json_of(ask($t, 'GET', '/api/history?unknown=%zz&limit=5')
                ->{body})->{history} }), 1, 'others are passed over');
};

part 'diundash history' => sub {
    my ($t) = @_;
    everything($t);
    my @all = history_of($t);
    my $r = command($t->db, 'history');
    is($r->{exit}, 0, 'exit 0');
    is($r->{err}, '', 'nothing on standard error');
    my @lines = split /\n/, $r->{out};
    is(scalar @lines, scalar @all, 'a line for each row');
    for my $i (0 .. $#all) {
        my $row = $all[$i];
        my ($id, $at, $action, $actor, $host, $rest)
            = split /\s+/, $lines[$i], 6;
        is_deeply([ $id, $at, $action, $actor, $host ],
            [ @{$row}{qw(id at action)}, $row->{actor} || '-',
                $row->{hostname} || '-' ], "row $id");
        if ($row->{image} ne '') {
            is($rest, $row->{image}, 'its image');
        } else {
            is_deeply(json_of($rest), $row->{detail}, 'its detail');
        }
    }
    $r = command($t->db, qw(history --json));
    is_deeply(json_of($r->{out}), \@all, '--json is what the API says');
    my $same = sub {
        my ($arguments, %filter) = @_;
        my $got = command($t->db, 'history', '--json', @{$arguments});
        is($got->{exit}, 0, "@{$arguments}: exit 0");
        is_deeply(json_of($got->{out}), [ history_of($t, %filter) ],
            'as the API');
    };
    $same->([ '--image', $nginx ], image => $nginx);
    $same->([qw(--host nas)], host => 'nas');
    $same->([qw(--action received)], action => 'received');
    $same->([ qw(--host nas --action received --image), $nginx ],
        host => 'nas', action => 'received', image => $nginx);
    $same->([qw(--limit 3)], limit => 3);
    $same->([qw(--limit 3 --before 5)], limit => 3, before => 5);
    $same->([ '--host', '' ], host => '');
    $r = command($t->db, qw(history --json --host nobody));
    is_deeply([ $r->{exit}, json_of($r->{out}) ], [ 0, [] ], 'none');
    for ([qw(--limit)], [qw(--limit x)], [qw(--limit -1)], [qw(--before 1x)],
        [qw(--nonsense)], [qw(extra)], [qw(--image)]) {
        $r = command($t->db, 'history', @{$_});
        is($r->{exit}, 2, "@{$_}: exit 2");
        is($r->{out}, '', 'nothing is printed');
        like($r->{err}, qr/\A[^\n]+\n\z/, 'but one line');
    }
    # What a third party sends cannot drive the terminal.
    hook($t, { image => $nginx, hostname => "\x1b[31mred\n" });
    $r = command($t->db, qw(history --limit 1));
    like($r->{out}, qr/\A[^\x00-\x09\x0b-\x1f\x7f]+\n\z/, 'one clean line');
    $r = run([ $COMMAND, 'history' ], env =>
            { DB_PATH => $t->db . '.none' });
    is($r->{exit}, 3, 'no database: exit 3');
    ok(!-e $t->db . '.none', 'and none is made');
};

sub at { return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - $_[0])) }

part 'diundash prune' => sub {
    my ($t) = @_;
    my $day = 86400;
    everything($t);
    my @all = reverse history_of($t);
    my $list = updates_text($t);
    my $age = sub {
        my ($upto, $seconds) = @_;
        my $when = at($seconds);
        sqlite($t->db, "UPDATE history SET at = '$when' WHERE id <= $upto");
    };
    my $prune = sub {
        my ($older, $want, $name) = @_;
        my $r = command($t->db, 'prune', '--older-than', $older);
        is($r->{exit}, 0, "$name: exit 0") or diag($r->{err});
        like($r->{out}, qr/\A[^\n]*\b$want\b[^\n]*\n\z/, "says $want");
        return;
    };
    my $ids = sub { return [ map { $_->{id} } reverse history_of($t) ] };
    my $revision = revision_of($t);
    $prune->('180d', 0, 'nothing is old');
    is_deeply($ids->(), [ 1 .. @all ], 'all are there');
    $age->(7, 190 * $day);
    $age->(4, 200 * $day);
    $prune->('201d', 0, 'not old enough');
    $prune->('195d', 4, 'four are');
    is_deeply($ids->(), [ 5 .. @all ], 'the others are there');
    $prune->('180d', 3, 'three more');
    is_deeply($ids->(), [ 8 .. @all ], 'the others are there');
    is(revision_of($t), $revision, 'the revision stands');
    is(updates_text($t), $list, 'the list is as it was');
    sound($t);
    for my $since (0, 1, 6) {
        my $r = json_of(ask($t, 'GET', "/api/updates?since=$since")->{body});
        ok($r->{full}, "since $since, before the prune: full");
        is_deeply($r->{updates}, json_of($list), 'with all');
    }
    ok(!json_of(ask($t, 'GET', "/api/updates?since=$_")->{body})->{full},
        "since $_: still known") for 7, 8, $revision;
    # A clock that went back: a younger row protects those after it.
    $age->(9, 300 * $day);
    sqlite($t->db, q(UPDATE history SET at = ') . at(0)
        . q(' WHERE id = 8));
    $prune->('180d', 0, 'behind a row that is young');
    is_deeply($ids->(), [ 8 .. @all ], 'nothing is deleted');
    $age->(scalar @all, 400 * $day);
    $prune->('1y', @all - 8, 'all are old');
    is_deeply($ids->(), [ scalar @all ], 'but the newest is never deleted');
    $prune->('1h', 0, 'once more');
    is(revision_of($t), $revision, 'the revision stands');
    hook($t, minimal('docker.io/a/next:1'));
    is(revision_of($t), $revision + 1, 'and goes on from there');
    # More than one transaction's worth.
    sqlite($t->db, <<'SQL');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
INSERT INTO history (at, action) SELECT '2020-01-01T00:00:00Z', 'tagged'
FROM n;
SQL
    my $last = revision_of($t);
    sqlite($t->db, q(UPDATE history SET at = '2020-01-01T00:00:00Z'));
    $prune->('2w', 2501, 'thousands');
    is_deeply($ids->(), [$last], 'in one call');
    for ([], [qw(--older-than)], [qw(--older-than x)], [qw(--older-than d)],
        [qw(--older-than 180)], [qw(--older-than -1d)],
        [qw(--older-than 1.5d)], [qw(--older-than 180m)],
        [qw(--older-than 1d extra)], [qw(--older 1d)], ['180d'],
        [qw(--older-than 99999999d)], [qw(--older-than 1dd)],
        [ '--older-than', '' ]) {
        my $r = command($t->db, 'prune', @{$_});
        is($r->{exit}, 2, "prune @{$_}: exit 2");
        like($r->{err}, qr/\A[^\n]+\n\z/, 'one line');
    }
    for my $far ('9999y', '999999y') {
        my $r = command($t->db, 'prune', '--older-than', $far);
        is($r->{exit}, 0, "$far: exit 0");
        is_deeply($ids->(), [$last], 'before history: nothing');
    }
};

part 'nothing else ever deletes from it' => sub {
    my ($t) = @_;
    my %before;
    my $grown = sub {
        my ($name) = @_;
        my %now = map { ($_->{id} => $_) } history_of($t, limit => 1000);
        my @lost = grep { !$now{$_} } keys %before;
        is_deeply(\@lost, [], "$name: no row is lost");
        my @other = grep { $before{$_}
                && text_of($before{$_}) ne text_of($now{$_}) } keys %now;
        is_deeply(\@other, [], 'nor another than it was')
            if $name ne 'rename';
        %before = %now;
    };
    everything($t);
    $grown->('everything');
    came($t, $nginx, $_, 'sha256:c') for qw(nas pi);
    $grown->('webhooks');
    my $tag = tag_made($t, 'x');
    tagged($t, $nginx, $tag);
    ask($t, 'DELETE', "/api/tags/$tag->{id}");
    $grown->('a deleted tag');
    renamed($t, 'pi', 'nas');
    $grown->('rename');
    removed($t, $nginx, 'nas');
    $grown->('the last host');
    ok(!entry_of($t, $nginx), 'the image is gone');
    cmp_ok(scalar(history_of($t, image => $nginx)), '>', 5,
        'its history is not');
    $t->workers->restart(0);
    $grown->('another worker');
    is(command($t->db, 'check')->{exit}, 0, 'check');
    $grown->('a check');
};

done_testing();
