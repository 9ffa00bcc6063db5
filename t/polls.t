#!/usr/bin/perl
# polls.t - polls that cost nothing: revision, ETag, 304, and what changed
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
use strict;
use warnings;
use utf8;

use Test::More;

use DiunDash::Cases;
use DiunDash::Env;
use DiunDash::FCGI;
use DiunDash::Fleet;

need('sqlite3');

my $nginx = 'docker.io/library/nginx:latest';
my $other = 'docker.io/a/other:1';
my $third = 'nas:5000/c:1';
my @all = ($nginx, $other, $third);

sub part {
    my ($name, $code, %o) = @_;
    subtest $name => sub {
        my $t = DiunDash::FCGI->new(%o);
        $code->($t);
        is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'the database');
        ok($t->stop, 'the workers ended as they should');
    };
    return;
}

sub since {
    my ($t, $revision) = @_;
    my $r = ask($t, 'GET', "/api/updates?since=$revision");
    my $page = json_ok($r, 200, "since $revision") || {};
    is($page->{revision}, $r->{headers}{'x-revision'},
        'the revision, in body and header');
    return $page;
}

sub prune {
    my ($t) = @_;
    my $r = run([ $COMMAND, qw(prune --older-than 1d) ],
        env => { DB_PATH => $t->db });
    return is($r->{exit}, 0, 'pruned') || diag($r->{err});
}

# Every kind of change: name, what does it, the images it is about, those
# that it removes, and whether the tags are others.
sub changes {
    my ($t) = @_;
    my $tag;
    my $patch = sub {
        my ($name) = @_;
        return ask($t, 'PATCH', "/api/tags/$tag->{id}",
            body => text_of({ name => $name }));
    };
    my $post = sub {
        my ($path, %o) = @_;
        return ask($t, 'POST', "/api/updates/$path", %o);
    };
    return (
        [ 'a webhook', sub { came($t, $nginx, 'nas', 'sha256:a') },
            [$nginx] ],
        [ 'one for another image', sub { came($t, $other, 'nas', 'x') },
            [$other] ],
        [ 'another host', sub { came($t, $nginx, 'pi', 'sha256:a') },
            [$nginx] ],
        [ 'the same once more', sub { came($t, $nginx, 'pi', 'sha256:a') },
            [$nginx] ],
        [ 'a third image', sub { came($t, $third, 'tower', 'x') },
            [$third] ],
        [ 'a test', sub { hook($t, payload('notif-test')) }, [] ],
        [ 'a tag', sub { $tag = tag_made($t, 'media') }, [], [], 1 ],
        [ 'tagging', sub { tagged($t, $nginx, $tag) }, [$nginx] ],
        [ 'tagging another', sub { tagged($t, $other, $tag) }, [$other] ],
        [ 'tagging an image to come', sub {
                tagged($t, 'docker.io/a/later:1', $tag) }, [] ],
        [ 'renaming the tag', sub { $patch->('films') }, [ $nginx, $other ],
            [], 1 ],
        [ 'acknowledging a host', sub { acknowledged($t, $nginx, 'pi') },
            [$nginx] ],
        [ 'acknowledging the rest', sub { acknowledged($t, $nginx, undef) },
            [$nginx] ],
        [ 'reopening', sub { reopened($t, $nginx, undef) }, [$nginx] ],
        [ 'acknowledging by tag', sub { $post->('acknowledge-by-tag',
                    body => text_of({ tag_id => $tag->{id} })) },
            [ $nginx, $other ] ],
        [ 'acknowledging all', sub { $post->('acknowledge-all') },
            [$third] ],
        [ 'untagging', sub { untagged($t, $other) }, [$other] ],
        [ 'tagging the third', sub { tagged($t, $third, $tag) }, [$third] ],
        [ 'deleting the tag', sub {
                ask($t, 'DELETE', "/api/tags/$tag->{id}") },
            [ $nginx, $third ], [], 1 ],
        [ 'renaming a host', sub { renamed($t, 'nas', 'store') },
            [ $nginx, $other ] ],
        [ 'another', sub { renamed($t, 'pi', 'box') }, [$nginx] ],
        # Of all images that bear the name, for nobody wrote down which.
        [ 'merging two hosts', sub { renamed($t, 'box', 'store') },
            [ $nginx, $other ] ],
        [ 'a host again', sub { came($t, $nginx, 'box', 'sha256:a') },
            [$nginx] ],
        [ 'removing a host', sub { removed($t, $nginx, 'box') }, [$nginx] ],
        [ 'removing the last', sub { removed($t, $nginx, 'store') }, [],
            [$nginx] ],
        [ 'removing an image', sub { removed($t, $third, undef) }, [],
            [$third] ],
        [ 'its return', sub { came($t, $third, 'tower', 'x') }, [$third] ],
    );
}

part 'every change moves the revision, and is what changed' => sub {
    my ($t) = @_;
    is(revision_of($t), 0, 'an empty dashboard');
    is_deeply(since($t, 0), { revision => 0, updates => {}, removed => [] },
        'nothing since 0');
    my @paths = ('/api/updates', '/api/tags', '/api/history',
        '/api/updates?since=0');
    for (changes($t)) {
        my ($name, $change, $images, $removed, $tags) = @{$_};
        my $revision = revision_of($t);
        my %etag = map {
            ($_ => ask($t, 'GET', $_)->{headers}{etag}) } @paths;
        $change->();
        cmp_ok(revision_of($t), '>', $revision, "$name: a new revision");
        for my $path (@paths) {
            my $r = ask($t, 'GET', $path,
                headers => [ 'If-None-Match' => $etag{$path} ]);
            is($r->{status}, 200, "$path: no 304");
            isnt($r->{headers}{etag}, $etag{$path}, 'another ETag');
            is($r->{headers}{'x-revision'}, revision_of($t), 'X-Revision');
            is(ask($t, 'GET', $path, headers => [ 'If-None-Match' =>
                        $r->{headers}{etag} ])->{status}, 304, 'then 304');
        }
        my $page = since($t, $revision);
        my $list = updates($t);
        is_deeply([ sort keys %{ $page->{updates} } ],
            [ sort @{$images} ], "$name: these images and no others");
        is_deeply($page->{updates}{$_}, $list->{$_}, "$_ as in the list")
            for @{$images};
        is_deeply([ sort @{ $page->{removed} } ],
            [ sort @{ $removed || [] } ], 'removed: these');
        ok(!exists $page->{full}, 'not full');
        is(exists $page->{tags} ? 1 : 0, $tags || 0, 'tags when they changed');
        is_deeply($page->{tags}, json_of(ask($t, 'GET', '/api/tags')
                    ->{body}), 'all of them') if $tags;
        is_deeply(since($t, revision_of($t)), { revision =>
                    revision_of($t), updates => {}, removed => [] },
            'and then nothing');
    }
    my $whole = since($t, 0);
    is_deeply($whole->{updates}, updates($t), 'since 0: all that is there');
    is_deeply($whole->{removed}, [$nginx], 'and what went for good');
};

part 'what changes nothing moves nothing' => sub {
    my ($t) = @_;
    came($t, $_, 'nas', 'sha256:a') for @all;
    my $tag = tag_made($t, 'media');
    tagged($t, $nginx, $tag);
    acknowledged($t, $other, undef);
    my $by_tag = text_of({ tag_id => $tag->{id} });
    acknowledged($t, $nginx, undef);
    my $path = "/api/tags/$tag->{id}";
    my @nothing = (
        [ 'acknowledging again', sub { acknowledged($t, $other, undef) } ],
        [ 'and by host', sub { acknowledged($t, $other, 'nas') } ],
        [ 'reopening what is open', sub { reopened($t, $third, 'nas') } ],
        [ 'the same tag', sub { tagged($t, $nginx, $tag) } ],
        [ 'untagging what has none', sub { untagged($t, $other) } ],
        [ 'untagging what is not there', sub { untagged($t, 'a/b:1') } ],
        [ 'the same name of a tag', sub { ask($t, 'PATCH', $path,
                    body => '{"name":"media"}') } ],
        [ 'the same name of a host', sub { renamed($t, 'nas', 'nas') } ],
        [ 'by tag, when all are', sub { ask($t, 'POST',
                    '/api/updates/acknowledge-by-tag', body => $by_tag) } ],
        [ 'an image that is not there', sub { acknowledged($t, 'a/b:1',
                    undef, status => 404) } ],
        [ 'a host that is not there', sub { removed($t, $nginx, 'pi',
                    status => 404) } ],
        [ 'renaming none', sub { renamed($t, 'pi', 'x', status => 404) } ],
        [ 'a tag that exists', sub { ask($t, 'POST', '/api/tags',
                    body => '{"name":"media"}') } ],
        [ 'a tag that does not', sub { ask($t, 'DELETE', '/api/tags/99') } ],
        [ 'a bad webhook', sub { ask($t, 'POST', '/webhook',
                    body => '{}') } ],
        [ 'reading', sub { ask($t, 'GET', $_) for '/api/tags',
            '/api/history', '/healthz', '/nope' } ],
        [ 'pruning nothing', sub { prune($t) } ],
    );
    my $before = ask($t, 'GET', '/api/updates');
    for (@nothing) {
        my ($name, $do) = @{$_};
        $do->();
        my $r = ask($t, 'GET', '/api/updates', headers =>
                [ 'If-None-Match' => $before->{headers}{etag} ]);
        is($r->{status}, 304, "$name: 304");
        is($r->{headers}{'x-revision'}, $before->{headers}{'x-revision'},
            'the same revision');
    }
    is(updates_text($t), $before->{body}, 'the list is as it was');
    is(ask($t, 'POST', '/api/updates/acknowledge-all')->{status}, 200, 'all');
    my $revision = revision_of($t);
    ask($t, 'POST', '/api/updates/acknowledge-all');
    is(revision_of($t), $revision, 'all again');
};

part 'If-None-Match' => sub {
    my ($t) = @_;
    came($t, $nginx, 'nas', 'sha256:a');
    for my $path ('/api/updates', '/api/tags', '/api/history',
        '/api/history?limit=1', '/api/updates?since=0',
        '/api/updates?since=abc') {
        my $r = ask($t, 'GET', $path);
        my $etag = $r->{headers}{etag};
        is($etag, qq("0.1.0-$r->{headers}{'x-revision'}"),
            "$path: version and revision");
        (my $gzip = $etag) =~ s/"\z/-gzip"/;
        (my $next = $etag) =~ s/(\d+)"\z/($1 + 1) . '"'/e;
        for my $match ($etag, "W/$etag", '*', $gzip, "W/$gzip",
            qq("x", $etag), qq($gzip, "y")) {
            my $answer = ask($t, 'GET', $path,
                headers => [ 'If-None-Match' => $match ]);
            is($answer->{status}, 304, "$match: 304");
            is($answer->{headers}{etag}, $etag, 'the ETag');
            is($answer->{headers}{'x-revision'},
                $r->{headers}{'x-revision'}, 'X-Revision');
        }
        for my $match ('"x"', $next, '"0.1.0-"', '"-1"', '"0.1.0-0"',
            '"0.0.9-1"', '"1"', '1') {
            is(ask($t, 'GET', $path, headers => [ 'If-None-Match' =>
                        $match ])->{status}, 200, "$match: 200");
        }
    }
    my $bad = ask($t, 'GET', '/api/history?limit=x',
        headers => [ 'If-None-Match' => '*' ]);
    is($bad->{status}, 400, 'a bad request is not 304');
};

part 'a revision that says nothing gets everything' => sub {
    my ($t) = @_;
    came($t, $_, 'nas', 'sha256:a') for @all;
    my $tag = tag_made($t, 'media');
    my $revision = revision_of($t);
    my $everything = { revision => $revision, full => json_of('true'),
        updates => updates($t), removed => [], tags => [$tag] };
    for my $since ('abc', '-1', '', '1.5', '1e3', '%201', '+1', '0x1',
        $revision + 1, '9223372036854775807', '9223372036854775808',
        '99999999999999999999999', 'null') {
        is_deeply(since($t, $since), $everything, "since=$since");
    }
    ok(!exists since($t, $_)->{full}, "since=$_ is known")
        for 0, 1, $revision;
    is_deeply(since($t, '1&since=abc')->{updates},
        { map { ($_ => $everything->{updates}{$_}) } $other, $third },
        'the first of several');
    refused($t, 400, qr/since/, "since=$_", 'GET', "/api/updates?since=$_")
        for '%zz', '%00', '%FF';
    sqlite($t->db, q(UPDATE history SET at = '2020-01-01T00:00:00Z'
        WHERE id <= 2));
    prune($t);
    is_deeply(since($t, $_), $everything, "since=$_ was pruned") for 0, 1;
    is_deeply([ keys %{ since($t, 2)->{updates} } ], [$third],
        'since=2 is known: what came after is there');
    is(ask($t, 'HEAD', '/api/updates?since=2')->{status}, 200, 'HEAD');
};

# A copy of the database, good while workers write.
sub copy_of {
    my ($t, $to) = @_;
    sqlite($t->db, "VACUUM INTO '$to'");
    return $to;
}

part 'two workers and one database' => sub {
    my ($t) = @_;
    my $w = $t->workers;
    # One at a time answers; the other stands still, and keeps its list.
    my $turn = 0;
    my $by = sub {
        my ($which) = @_;
        kill 'CONT', $w->pid($which);
        kill 'STOP', $w->pid(1 - $which);
        $turn++;
        return $t;
    };
    # One that stands still while it starts may hold the writer lock.
    for my $which (0, 1) {
        ok(until_true(sub {
            $by->($which);
            return 1 if updates_text($t) eq '{}';
            kill 'CONT', $w->pid(1 - $which);
            return 0;
        }), "worker $which: empty");
    }
    for my $n (1 .. 30) {
        my $writer = $n % 2;
        my $image = "docker.io/a/i$n:1";
        $by->($writer);
        hook($t, minimal($image), "worker $writer: a webhook");
        my $written = updates_text($t);
        $by->(1 - $writer);
        is(updates_text($t), $written, 'the other shows it at once');
        ok(json_of($written)->{$image}, 'and it is there');
        done_ok(ask($t, 'PATCH', path_of($image)), 204, 'acknowledged there');
        $written = updates_text($t);
        ok(json_of($written)->{$image}{acknowledged}, 'is so there');
        $by->($writer);
        is(updates_text($t), $written, 'and here');
    }
    # The file is replaced: the same revision, but another list.
    my $dir = $w->dir;
    my $copy = copy_of($t, "$dir/copy.db");
    sqlite($copy, q(UPDATE host_updates SET platform = 'of the copy'));
    sqlite($copy, q(UPDATE updates SET platform = 'of the copy'));
    my $revision = revision_of($t);
    for my $which (0, 1) {
        $by->($which);
        unlike(updates_text($t), qr/of the copy/, "worker $which keeps one");
    }
    unlink $t->db . '-wal', $t->db . '-shm';
    rename $copy, $t->db or die "rename: $!";
    for my $which (0, 1) {
        $by->($which);
        my $all = updates($t);
        is(scalar(grep { $_->{event}{platform} eq 'of the copy' }
                values %{$all}), 30, "worker $which shows the copy");
        is(revision_of($t), $revision++, 'of the same revision');
        hook($t, minimal("docker.io/a/after-$which:1"));
        is(sqlite($t->db, "SELECT count(*) FROM updates WHERE image LIKE
            '%after-$which:1'"), 1, 'and writes to it');
    }
    kill 'CONT', $w->pid($_) for 0, 1;
}, count => 2;

# What a page does with an answer to ?since=.
sub applied {
    my ($state, $page) = @_;
    $state->{updates} = {} if $page->{full};
    $state->{updates}{$_} = $page->{updates}{$_}
        for keys %{ $page->{updates} };
    delete $state->{updates}{$_} for @{ $page->{removed} };
    $state->{tags} = $page->{tags} if exists $page->{tags};
    $state->{revision} = $page->{revision};
    return;
}

part 'whoever applies what changed has the whole list' => sub {
    my ($t) = @_;
    seed();
    my @images = (@all, 'docker.io/a/fourth:1', "docker.io/\x{1F433}:1");
    my @hosts = ('nas', 'pi', '', "\x{1F5C4}");
    my @names = qw(media films infra);
    my $any = sub { return $_[ int rand @_ ] };
    my $host = sub { return $any->(undef, @hosts) };
    my $query = sub {
        my ($name) = @_;
        return defined $name ? '?host=' . encoded($name) : '';
    };
    my $tag_id = sub {
        my @tags = @{ json_of(ask($t, 'GET', '/api/tags')->{body}) };
        return @tags ? $any->(@tags)->{id} : 1;
    };
    my @do = (
        (sub { ask($t, 'POST', '/webhook', body => text_of({
                        image => $any->(@images), hostname => $any->(@hosts),
                        digest => 'sha256:' . int rand 4 })) }) x 5,
        (sub { ask($t, 'PATCH', path_of($any->(@images))
                    . $query->($host->())) }) x 3,
        (sub { ask($t, 'PATCH', path_of($any->(@images))
                    . $query->($host->()),
                    body => '{"acknowledged":false}') }) x 2,
        sub { ask($t, 'DELETE', path_of($any->(@images))
                    . $query->($host->())) },
        sub { ask($t, 'POST', '/api/hosts/' . encoded($any->(@hosts))
                    . '/rename', body => text_of({
                        name => $any->(grep { $_ ne '' } @hosts) })) },
        sub { ask($t, 'POST', '/api/tags',
                body => text_of({ name => $any->(@names) })) },
        sub { ask($t, 'PATCH', '/api/tags/' . $tag_id->(),
                body => text_of({ name => $any->(@names) })) },
        sub { ask($t, 'DELETE', '/api/tags/' . $tag_id->()) },
        (sub { ask($t, 'PUT', '/api/tag-assignments', body => text_of({
                        image => $any->(@images),
                        tag_id => $tag_id->() })) }) x 2,
        sub { ask($t, 'DELETE', '/api/tag-assignments',
                body => text_of({ image => $any->(@images) })) },
        sub { ask($t, 'POST', '/api/updates/acknowledge-all') },
        sub { ask($t, 'POST', '/api/updates/acknowledge-by-tag',
                body => text_of({ tag_id => $tag_id->() })) },
        sub { ask($t, 'POST', '/webhook', body => payload('notif-test')) },
    );
    # One polls after each change, one now and then, one hardly ever.
    my %every = (always => 1, often => 7, seldom => 60);
    my %state = map { ($_ => { updates => {}, tags => [], revision => 0 }) }
        keys %every;
    my @wrong;
    my %statuses;
    for my $n (1 .. 500) {
        $statuses{ $any->(@do)->()->{status} }++;
        my $list;
        for my $who (sort keys %every) {
            next if $n % $every{$who} != 0;
            $list ||= json_of(updates_text($t));
            my $page = json_of(ask($t, 'GET',
                    "/api/updates?since=$state{$who}{revision}")->{body});
            push @wrong, "$n: $who: full" if $page->{full};
            applied($state{$who}, $page);
            push @wrong, "$n: $who: the list"
                if text_of($state{$who}{updates}) ne text_of($list);
            push @wrong, "$n: $who: the tags" if text_of($state{$who}{tags})
                ne text_of(json_of(ask($t, 'GET', '/api/tags')->{body}));
        }
        last if @wrong;
    }
    is_deeply(\@wrong, [], 'after each of 500 random changes');
    is_deeply([ grep { !/\A(?:200|201|204|404|409)\z/ } keys %statuses ],
        [], 'all were answered as they may be');
    sound($t);
};

done_testing();
