#!/usr/bin/perl
# hosts.t - hosts kept apart: what each still has to update
#
# After every step the database itself is asked whether an image is pending
# exactly when one of its hosts is (DiunDash::Fleet).
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

# A part of the test with a worker and a database of its own.
sub part {
    my ($name, $code, %env) = @_;
    subtest $name => sub {
        my $t = DiunDash::FCGI->new(env => \%env);
        $code->($t);
        is(sqlite($t->db, 'PRAGMA integrity_check'), 'ok', 'the database');
        is(sqlite($t->db, 'PRAGMA foreign_key_check'), '', 'its keys');
        my $r = run([ $COMMAND, 'check' ], env => { DB_PATH => $t->db });
        is($r->{exit}, 0, 'diundash check is content')
            or diag($r->{out} . $r->{err});
        ok($t->stop, 'the worker ended as it should');
    };
    return;
}

sub user { return (set => { REMOTE_USER => $_[0] }) }

part 'two hosts of one image' => sub {
    my ($t) = @_;
    came($t, $nginx, 'nas', 'sha256:a', status => 'new', platform =>
            'linux/amd64', provider => 'docker', metadata =>
            { ctn_names => 'web', key => 'of nas' });
    came($t, $nginx, 'pi', 'sha256:a', status => 'update', platform =>
            'linux/arm64', provider => 'swarm', metadata =>
            { ctn_names => 'proxy', key => 'of pi' });
    is_deeply([ hosts_of($t, $nginx) ], [ 'nas', 'pi' ], 'both are there');
    my ($nas, $pi) = map { host_of($t, $nginx, $_) } qw(nas pi);
    is($nas->{platform}, 'linux/amd64', 'the platform of one');
    is($pi->{platform}, 'linux/arm64', 'and of the other');
    is($nas->{provider} . $nas->{status}, 'dockernew', 'the rest of one');
    is($pi->{provider} . $pi->{status}, 'swarmupdate', 'of the other');
    is($nas->{metadata}{key}, 'of nas', 'the metadata of one');
    is($pi->{metadata}{key}, 'of pi', 'and of the other');
    is_deeply([ $nas->{containers}, $pi->{containers} ],
        [ ['web'], ['proxy'] ], 'the containers');
    my $event = entry_of($t, $nginx)->{event};
    is($event->{hostname}, 'pi', 'the event is the newest');
    is($event->{metadata}{key}, 'of pi', 'with its metadata');
    came($t, $nginx, 'nas', 'sha256:b');
    is(entry_of($t, $nginx)->{event}{hostname}, 'nas', 'now the other is');
    is(host_of($t, $nginx, 'pi')->{digest}, 'sha256:a',
        'what the other reported stands');
    is(host_of($t, $nginx, 'nas')->{platform}, '',
        'nothing is left of an older event');
    came($t, $nginx, '', 'sha256:b');
    is_deeply([ hosts_of($t, $nginx) ], [ '', 'nas', 'pi' ],
        'no name is a host, too');
};

part 'acknowledge and reopen one host, or all' => sub {
    my ($t) = @_;
    for my $image ($nginx, $other) {
        came($t, $image, $_, 'sha256:a') for qw(nas pi);
    }
    acknowledged($t, $nginx, 'nas', user('anna'));
    is(pending_hosts($t, $nginx), 'pi', 'one is left');
    is(pending_hosts($t, $other), 'nas,pi', 'of the other image both');
    my $entry = entry_of($t, $nginx);
    ok(!$entry->{acknowledged}, 'the image is pending');
    is($entry->{acknowledged_at}, undef, 'no time');
    is($entry->{acknowledged_by}, '', 'nobody');
    my $host = host_of($t, $nginx, 'nas');
    is($host->{acknowledged_by}, 'anna', 'the host: by whom');
    like($host->{acknowledged_at}, qr/\A\d{4}-.*T.*Z\z/, 'and when');
    is($host->{first_pending_at}, undef, 'it is not pending');
    acknowledged($t, $nginx, 'nas', user('ben'));
    is(host_of($t, $nginx, 'nas')->{acknowledged_by}, 'anna',
        'once more changes nothing');
    acknowledged($t, $nginx, 'pi', user('ben'));
    $entry = entry_of($t, $nginx);
    ok($entry->{acknowledged}, 'both: the image is dealt with');
    is($entry->{acknowledged_by}, 'ben', 'by who was last');
    like($entry->{acknowledged_at}, qr/\A\d{4}-.*T.*Z\z/, 'when');
    is($entry->{first_pending_at}, undef, 'pending since never');
    reopened($t, $nginx, 'nas');
    is(pending_hosts($t, $nginx), 'nas', 'one is open again');
    ok(!entry_of($t, $nginx)->{acknowledged}, 'and the image');
    is(host_of($t, $nginx, 'nas')->{acknowledged_by}, '', 'by nobody');
    reopened($t, $nginx, 'nas');
    reopened($t, $nginx, undef);
    is(pending_hosts($t, $nginx), 'nas,pi', 'all are open');
    acknowledged($t, $nginx, undef, user('anna'));
    is(pending_hosts($t, $nginx), '', 'all are dealt with');
    is(host_of($t, $nginx, $_)->{acknowledged_by}, 'anna', "$_ by anna")
        for qw(nas pi);
    reopened($t, $nginx, 'pi');
    acknowledged($t, $nginx, undef, user('ben'));
    is(host_of($t, $nginx, 'nas')->{acknowledged_by}, 'anna',
        'what was done stays who did it');
    is(host_of($t, $nginx, 'pi')->{acknowledged_by}, 'ben', 'ben the rest');
    came($t, $nginx, 'pi', 'sha256:b');
    is(pending_hosts($t, $nginx), 'pi', 'a webhook reopens its host only');
    acknowledged($t, $nginx, 'tower', status => 404);
    reopened($t, $nginx, 'tower', status => 404);
    acknowledged($t, $nginx, '', status => 404);
    acknowledged($t, 'docker.io/a/none:1', 'nas', status => 404);
    acknowledged($t, $nginx, 'NAS', status => 404);
    acknowledged($t, $nginx, 'x' x 256, status => 400);
    acknowledged($t, $nginx, "a\nb", status => 400);
    is(pending_hosts($t, $nginx), 'pi', 'refusals change nothing');
    for my $host ('', 'a/b', 'a b', "\x{1F5C4}&=+%", 'x' x 255) {
        came($t, $nginx, $host, 'sha256:c');
        acknowledged($t, $nginx, $host);
        ok(host_of($t, $nginx, $host)->{acknowledged}, 'this one');
        is(pending_hosts($t, $nginx), 'pi', 'and no other');
        reopened($t, $nginx, $host);
        removed($t, $nginx, $host);
    }
};

part 'containers of one host fold into one row' => sub {
    my ($t) = @_;
    my $image = golden('docker-samehost-a')->{key};
    hook($t, payload('docker-samehost-a'));
    hook($t, payload('docker-samehost-a-second-container'));
    my $name = golden('docker-samehost-a')->{event}{hostname};
    is_deeply([ hosts_of($t, $image) ], [$name], 'one host');
    is_deeply(host_of($t, $image, $name)->{containers},
        [ 'web-a', 'web-a2' ], 'with both containers');
    is(scalar(history_of($t, image => $image)), 2, 'each is in history');
    hook($t, payload('docker-samehost-a'));
    is_deeply(host_of($t, $image, $name)->{containers},
        [ 'web-a', 'web-a2' ], 'the first once more adds none');
    hook($t, payload('docker-samehost-b'));
    is(scalar(my @hosts = hosts_of($t, $image)), 2, 'another host is apart');
    sound($t);
    acknowledged($t, $image, $name);
    hook($t, payload('docker-samehost-a-second-container'));
    is_deeply(host_of($t, $image, $name)->{containers},
        [ 'web-a', 'web-a2' ], 'they stay when it is reopened');
    came($t, $image, $name, 'sha256:new', metadata =>
            { ctn_names => ' b, a ,,c ' });
    is_deeply(host_of($t, $image, $name)->{containers}, [qw(b a c)],
        'another digest begins anew; names are split at commas');
    came($t, $image, $name, 'sha256:new');
    is_deeply([ sort @{ host_of($t, $image, $name)->{containers} } ],
        [qw(a b c)], 'an event without names takes none away');
    is(entry_of($t, $image)->{event}{metadata}{ctn_names}, '',
        'the event is as it came');
    # Racing, as Diun sends them.
    my @pids = map {
        my $n = $_;
        spawn([], code => sub {
            $t->request('POST', '/webhook', body => text_of({
                        image => $image, hostname => 'racer', digest =>
                            'sha256:r', metadata =>
                            { ctn_names => "c$n" } }))->{status} == 200
                or die 'refused';
        }, inherit => 1);
    } 1 .. 8;
    is(scalar(grep { (wait_pid($_) // 1) == 0 } @pids), 8, 'eight at once');
    is_deeply(host_of($t, $image, 'racer')->{containers},
        [ map { "c$_" } 1 .. 8 ], 'none is lost');
    is(scalar(history_of($t, image => $image, host => 'racer')), 8,
        'each is in history');
    sound($t);
};

part 'any webhook reopens' => sub {
    my ($t) = @_;
    came($t, $nginx, 'nas', 'sha256:a');
    came($t, $nginx, 'pi', 'sha256:a');
    acknowledged($t, $nginx, undef);
    came($t, $nginx, 'nas', 'sha256:a');
    is(pending_hosts($t, $nginx), 'nas', 'the same digest: its host');
    acknowledged($t, $nginx, undef);
    came($t, $nginx, 'nas', '');
    is(pending_hosts($t, $nginx), 'nas', 'no digest: its host');
};

part 'with DIUNDASH_REOPEN=digest a new digest does' => sub {
    my ($t) = @_;
    came($t, $nginx, 'nas', 'sha256:a');
    is(pending_hosts($t, $nginx), 'nas', 'the first');
    came($t, $nginx, 'nas', 'sha256:a');
    is(pending_hosts($t, $nginx), 'nas', 'the same, not dealt with');
    acknowledged($t, $nginx, 'nas', user('anna'));
    my $before = host_of($t, $nginx, 'nas');
    came($t, $nginx, 'nas', 'sha256:a', metadata => { ctn_names => 'x' });
    is(pending_hosts($t, $nginx), '', 'the same again does not');
    my $after = host_of($t, $nginx, 'nas');
    is($after->{acknowledged_by}, 'anna', 'still by whom it was');
    is($after->{acknowledged_at}, $before->{acknowledged_at}, 'and when');
    is_deeply($after->{containers}, ['x'], 'but what came is shown');
    is(newest($t)->{action}, 'received', 'and in history');
    came($t, $nginx, 'pi', 'sha256:a');
    is(pending_hosts($t, $nginx), 'pi', 'another host has not dealt with it');
    came($t, $nginx, 'nas', 'sha256:b');
    is(pending_hosts($t, $nginx), 'nas,pi', 'a new digest does');
    came($t, $nginx, 'nas', 'sha256:a');
    is(pending_hosts($t, $nginx), 'nas,pi',
        'what is open stays open, whatever comes');
    acknowledged($t, $nginx, 'nas');
    came($t, $nginx, 'nas', 'sha256:b');
    is(pending_hosts($t, $nginx), 'nas,pi',
        'sha256:b was never acknowledged: another came before');
    acknowledged($t, $nginx, undef);
    came($t, $nginx, 'nas', $_) for qw(sha256:a sha256:b sha256:a);
    is(pending_hosts($t, $nginx), '', 'old ones that are known do not');
    came($t, $nginx, 'nas', '');
    is(pending_hosts($t, $nginx), 'nas', 'no digest is always new');
    acknowledged($t, $nginx, undef);
    came($t, $nginx, 'nas', '');
    is(pending_hosts($t, $nginx), 'nas', 'also when it comes again');
    acknowledged($t, $nginx, undef);
    is(renamed($t, 'nas', 'store'), 1, 'the host is renamed');
    came($t, $nginx, 'store', 'sha256:a');
    is(pending_hosts($t, $nginx), '', 'and still has dealt with it');
    removed($t, $nginx, undef);
    came($t, $nginx, 'store', 'sha256:a');
    is(pending_hosts($t, $nginx), '', 'even when the image was forgotten');
    ok(entry_of($t, $nginx)->{acknowledged}, 'it comes as dealt with');
    # What stands in the host's own row counts without history.
    came($t, $other, 'nas', 'sha256:z');
    acknowledged($t, $other, 'nas');
    my $since = host_of($t, $other, 'nas');
    sqlite($t->db, "UPDATE history SET at = '2020-01-01T00:00:00Z'");
    tag_made($t, 'newest');
    my $r = run([ $COMMAND, qw(prune --older-than 1d) ],
        env => { DB_PATH => $t->db });
    is($r->{exit}, 0, 'history is pruned');
    came($t, $other, 'nas', 'sha256:z');
    is(pending_hosts($t, $other), '', 'and the digest is known all the same');
    came($t, $other, 'nas', 'sha256:y');
    is(pending_hosts($t, $other), 'nas', 'a new one reopens');
}, DIUNDASH_REOPEN => 'digest';

part 'a host that runs what it reports is not pending' => sub {
    my ($t) = @_;
    my ($a, $b, $c) = map { 'sha256:' . $_ x 64 } qw(a b c);
    my $running = sub {
        my ($host, $digest) = @_;
        return came($t, "$nginx\@$digest", $host, $digest);
    };
    $running->('nas', $a);
    ok(entry_of($t, $nginx)->{acknowledged}, 'new, and current');
    my $host = host_of($t, $nginx, 'nas');
    is($host->{acknowledged_by}, 'diun', 'by diun');
    is($host->{reference}, "$nginx\@$a", 'the reference with its pin');
    is_deeply([ map { $_->{action} } history_of($t) ],
        [qw(acknowledged received)], 'history has both');
    is((history_of($t))[0]{actor}, 'diun', 'by diun');
    came($t, "$nginx\@$a", 'nas', $b);
    is(pending_hosts($t, $nginx), 'nas', 'pinned to another: pending');
    came($t, $nginx, 'pi', $b);
    $running->('nas', $b);
    is(pending_hosts($t, $nginx), 'pi', 'it follows; the other has not');
    is(host_of($t, $nginx, 'nas')->{acknowledged_by}, 'diun', 'by diun');
    is(entry_of($t, $nginx)->{event}{hostname}, 'nas', 'and is the newest');
    $running->('pi', $b);
    ok(entry_of($t, $nginx)->{acknowledged}, 'both follow: dealt with');
    is(entry_of($t, $nginx)->{acknowledged_by}, 'diun', 'by diun');
    my $rows = () = history_of($t);
    $running->('pi', $b);
    is(scalar(my @now = history_of($t)), $rows + 1,
        'the same again is one row, received');
    came($t, $nginx, 'nas', $c);
    acknowledged($t, $nginx, 'nas', user('anna'));
    $running->('nas', $c);
    is(host_of($t, $nginx, 'nas')->{acknowledged_by}, 'anna',
        'what anna dealt with stays hers');
    $running->('nas', $a);
    is(host_of($t, $nginx, 'nas')->{acknowledged_by}, 'diun',
        'another digest is not');
    came($t, "$nginx\@$c", 'nas', '');
    is(pending_hosts($t, $nginx), 'nas', 'a pin, but no digest: pending');
    came($t, 'docker.io/a/pin@' . $a, 'nas', $a);
    ok(entry_of($t, 'docker.io/a/pin:latest')->{acknowledged},
        'a pin without a tag');
};

part 'the host in the webhook\'s address' => sub {
    my ($t) = @_;
    my $n = 0;
    my $ok = sub {
        my ($query, $want, $name) = @_;
        my $image = 'docker.io/a/i' . ++$n . ':1';
        my $r = ask($t, 'POST', "/webhook?$query",
            body => minimal($image, hostname => 'ab12cd34ef56'));
        is($r->{status}, 200, $name);
        is_deeply([ hosts_of($t, $image) ], [$want], 'its host');
        is(entry_of($t, $image)->{event}{hostname}, $want, 'the event\'s');
        is(newest($t)->{hostname}, $want, 'in history');
        is(newest($t)->{detail}{hostname}, 'ab12cd34ef56',
            'where the body is as it came');
    };
    $ok->('host=nas', 'nas', 'plain');
    $ok->('a=b&host=nas&host=pi&c', 'nas', 'the first of several');
    $ok->('host=my%20nas', 'my nas', 'percent-encoded');
    $ok->('host=my+nas', 'my nas', 'a plus');
    $ok->('host=a%2Bb%26c%3Dd', 'a+b&c=d', 'signs');
    $ok->('host=k%C3%BCche', "k\x{FC}che", 'not ASCII');
    $ok->('host=' . encoded("\x{1F5C4}"), "\x{1F5C4}", 'an emoji');
    $ok->('h%6Fst=nas', 'nas', 'an encoded name of the parameter');
    $ok->('host=a/b', 'a/b', 'a slash');
    $ok->('host=' . 'x' x 255, 'x' x 255, '255 bytes');
    $ok->('host=' . '%C3%BC' x 127, "\x{FC}" x 127, '254 bytes');
    $ok->('host=', 'ab12cd34ef56', 'empty: the body\'s');
    $ok->('host', 'ab12cd34ef56', 'without a value: the body\'s');
    $ok->('', 'ab12cd34ef56', 'an empty query');
    $ok->('hosts=nas&xhost=pi', 'ab12cd34ef56', 'other parameters');
    $ok->('%zz=1&host=nas', 'nas', 'behind one that is malformed');
    for ([ 'x' x 256, qr/255/ ], [ '%C3%BC' x 128, qr/255/ ],
        [ 'a%0Ab', qr/host/ ], [ '%1B', qr/host/ ], [ '%7F', qr/host/ ],
        [ 'a%00b', qr/host/ ], [ '%C2%85', qr/host/ ], [ '%FF', qr/host/ ],
        [ '%zz', qr/host/ ], [ '%', qr/host/ ], [ 'a%0d%0aX: y', qr/host/ ]) {
        my ($value, $like) = @{$_};
        refused($t, 400, $like, 'host=' . substr($value, 0, 20), 'POST',
            "/webhook?host=$value", body => minimal($nginx));
    }
    is(entry_of($t, $nginx), undef, 'none of these is stored');
    my $secret = DiunDash::FCGI->new(env => { WEBHOOK_SECRET => 'x' });
    is(ask($secret, 'POST', '/webhook?host=%zz', body => '{}')->{status},
        401, 'the secret is looked at first');
};

part 'rename a host' => sub {
    my ($t) = @_;
    came($t, $_, 'ab12cd', 'sha256:a') for $nginx, $other;
    came($t, $nginx, 'pi', 'sha256:a');
    came($t, $other, 'ab12cd', 'sha256:b');
    acknowledged($t, $other, 'ab12cd', user('anna'));
    my $before = host_of($t, $other, 'ab12cd');
    is(renamed($t, 'ab12cd', 'nas', user('anna')), 2, 'two images');
    is_deeply([ hosts_of($t, $nginx) ], [ 'nas', 'pi' ], 'renamed');
    is_deeply(host_of($t, $other, 'nas'),
        { %{$before}, hostname => 'nas' }, 'and otherwise as it was');
    is(entry_of($t, $other)->{event}{hostname}, 'nas', 'the event, too');
    is(entry_of($t, $nginx)->{event}{hostname}, 'pi', 'but not another\'s');
    is(scalar(history_of($t, host => 'ab12cd')), 0, 'history has it not');
    is(scalar(history_of($t, host => 'nas', action => 'received')), 3,
        'but by its new name');
    my $row = newest($t);
    is_deeply([ @{$row}{qw(action hostname actor image)} ],
        [ 'host-renamed', 'nas', 'anna', '' ], 'and that it was renamed');
    is_deeply($row->{detail}, { from => 'ab12cd', to => 'nas' }, 'from what');
    my $revision = revision_of($t);
    is(renamed($t, 'nas', 'nas'), 2, 'to itself');
    is(revision_of($t), $revision, 'is no change');
    is(renamed($t, 'ab12cd', 'x', status => 404), undef, 'not there any more');
    renamed($t, 'nothing', 'nas', status => 404);
    renamed($t, 'NAS', 'x', status => 404);
    renamed($t, '', 'x', status => 404);
    is(revision_of($t), $revision, 'refusals are no change');
    for my $name ('a/b', '/', '//', 'my nas', "\x{1F5C4} gro\x{DF}",
        'rename', 'x/rename', '%2F', '+', '?a=b&c#d', "it's \"<b>\"",
        'x' x 255, '..', '.') {
        my $label = substr $name, 0, 20;
        is(renamed($t, 'nas', $name), 2, "to '$label'");
        is_deeply([ hosts_of($t, $nginx) ], [ sort $name, 'pi' ], 'so');
        # A path cannot hold it; a proxy might even resolve it.
        if ($name eq '..') {
            renamed($t, $name, 'nas', status => 400);
            sqlite($t->db, q(UPDATE host_updates SET hostname = 'nas' WHERE
                hostname = '..'; UPDATE updates SET hostname = 'nas' WHERE
                hostname = '..';));
            next;
        }
        is(renamed($t, $name, 'nas'), 2, 'and back');
        is_deeply([ hosts_of($t, $nginx) ], [ 'nas', 'pi' ], 'so');
    }
    for (
        [ 'x' x 256, qr/255/ ], [ '', qr/name/ ], [ '  ', qr/name/ ],
        [ "a\nb", qr/control/ ], [ "a\0b", qr/name/ ],
        [ "\x{85}", qr/control/ ], [ 1, qr/name/ ], [ undef, qr/name/ ],
        [ [], qr/name/ ],
    ) {
        my ($name, $like) = @{$_};
        $name = 0 + $name if defined $name && $name eq '1';
        refused($t, 400, $like, 'name ' . substr(text_of($name), 0, 20),
            'POST', '/api/hosts/nas/rename',
            body => text_of({ name => $name }));
    }
    refused($t, 400, undef, "body '$_'", 'POST', '/api/hosts/nas/rename',
        body => $_) for '', '[]', 'x', '{}', '{"name":"a","name":"b"}';
    refused($t, 400, undef, 'a long name in the path', 'POST',
        '/api/hosts/' . 'x' x 256 . '/rename', body => '{"name":"a"}');
    refused($t, 404, undef, $_, 'POST', $_, body => '{"name":"a"}')
        for '/api/hosts', '/api/hosts/nas', '/api/hosts/nas/renamed',
        '/api/hosts/rename';
    refused($t, 403, undef, 'by another site', 'POST',
        '/api/hosts/nas/rename', body => '{"name":"a"}',
        headers => [ 'Sec-Fetch-Site' => 'cross-site' ]);
};

part 'the host that has no name' => sub {
    my ($t) = @_;
    came($t, $nginx, '', 'sha256:a');
    tagged($t, $nginx, tag_made($t, 'media'));
    acknowledged($t, $nginx, '');
    is(renamed($t, '', 'nas'), 1, 'can be given one');
    is_deeply([ hosts_of($t, $nginx) ], ['nas'], 'has it');
    is_deeply([ map { $_->{hostname} } history_of($t) ],
        [ 'nas', 'nas', '', '', 'nas' ],
        'what is about no host has none still');
    is(renamed($t, '', 'x', status => 404), undef, 'and is gone');
    hook($t, payload('notif-test'));
    my $host = golden('notif-test')->{event}{hostname};
    is(renamed($t, $host, 'tested'), 0,
        'a host that only sent a test can be renamed');
    is(scalar(history_of($t, host => 'tested', action => 'test')), 1, 'so');
};

part 'rename to a name that exists: the two become one' => sub {
    my ($t) = @_;
    my $n = 0;
    # [digest, acknowledged] of the older and the newer, and what is left.
    for my $digests ([ 'sha256:a', 'sha256:a' ], [ 'sha256:a', 'sha256:b' ]) {
        for my $ack ([ 0, 0 ], [ 0, 1 ], [ 1, 0 ], [ 1, 1 ]) {
            for my $direction (0, 1) {
                my $image = 'docker.io/a/m' . ++$n . ':1';
                my @names = ("old$n", "new$n");
                for my $i (0, 1) {
                    came($t, $image, $names[$i], $digests->[$i],
                        platform => "p$i",
                        metadata => { ctn_names => "c$i" });
                    acknowledged($t, $image, $names[$i], user("user$i"))
                        if $ack->[$i];
                }
                my @before = map { host_of($t, $image, $_) } @names;
                my ($from, $to) = $direction ? reverse @names : @names;
                my $what = join ' ', @{$digests}, @{$ack}, "$from to $to";
                is(renamed($t, $from, $to), 1, $what);
                is_deeply([ hosts_of($t, $image) ], [$to], 'one is left');
                my $host = host_of($t, $image, $to);
                is_deeply([ @{$host}{qw(digest platform acknowledged_by)} ],
                    [ @{ $before[1] }{qw(digest platform acknowledged_by)} ],
                    'the newer event counts');
                is(!!$host->{acknowledged}, !!$ack->[1], 'and its state');
                is(!!entry_of($t, $image)->{acknowledged}, !!$ack->[1],
                    'also the image\'s');
                is_deeply($host->{containers},
                    $digests->[0] eq $digests->[1] ? [ 'c0', 'c1' ] : ['c1'],
                    'the containers that have this digest');
                is(entry_of($t, $image)->{event}{hostname}, $to,
                    'the event bears the name');
                is($host->{first_pending_at},
                    $before[0]{first_pending_at}, 'pending since the first')
                    if !$ack->[0] && !$ack->[1];
                is(scalar(history_of($t, host => $from)), 0, 'history');
                is(scalar(history_of($t, host => $to, image => $image,
                            action => 'received')), 2, 'has both by one name');
            }
        }
    }
    # A third host, and images that only one of the two has.
    came($t, $nginx, 'a', 'sha256:1');
    came($t, $other, 'a', 'sha256:1');
    came($t, $nginx, 'c', 'sha256:1');
    came($t, $nginx, 'b', 'sha256:1');
    came($t, 'docker.io/a/of-b:1', 'b', 'sha256:1');
    acknowledged($t, $nginx, 'b');
    acknowledged($t, $nginx, 'c');
    is(pending_hosts($t, $nginx), 'a', 'the older of the two is pending');
    is(renamed($t, 'a', 'b'), 2, 'a is b');
    ok(entry_of($t, $nginx)->{acknowledged},
        'the newer was dealt with: so is the image');
    is_deeply([ hosts_of($t, $nginx) ], [ 'b', 'c' ], 'b and c are left');
    is(pending_hosts($t, $other), 'b', 'the image of a is b\'s');
    is(pending_hosts($t, 'docker.io/a/of-b:1'), 'b', 'that of b as before');
};

part 'remove' => sub {
    my ($t) = @_;
    came($t, $nginx, $_, "sha256:$_", platform => "of $_", metadata =>
            { ctn_names => "web-$_", key => $_ }) for qw(a b c);
    came($t, $other, 'a', 'sha256:a');
    my $tag = tag_made($t, 'media');
    tagged($t, $_, $tag) for $nginx, $other;
    my $entry = entry_of($t, $other);
    removed($t, $nginx, 'c', user('anna'));
    is_deeply([ hosts_of($t, $nginx) ], [ 'a', 'b' ], 'the newest is gone');
    my $event = entry_of($t, $nginx)->{event};
    is($event->{$_->[0]}, $_->[1], "the event is b's: $_->[0]")
        for [ hostname => 'b' ], [ digest => 'sha256:b' ],
        [ platform => 'of b' ];
    is_deeply([ @{ $event->{metadata} }{qw(ctn_names key)} ],
        [ 'web-b', 'b' ], 'and its metadata');
    is(entry_of($t, $nginx)->{received_at},
        host_of($t, $nginx, 'b')->{received_at}, 'and when it came');
    my $row = newest($t);
    is_deeply([ @{$row}{qw(action image hostname actor)} ],
        [ 'removed', $nginx, 'c', 'anna' ], 'history has it');
    is_deeply($row->{detail}, { hosts => ['c'] }, 'with the host');
    acknowledged($t, $nginx, 'b');
    removed($t, $nginx, 'a');
    ok(entry_of($t, $nginx)->{acknowledged},
        'without its pending host the image is dealt with');
    removed($t, $nginx, 'a', status => 404);
    removed($t, $nginx, 'x', status => 404);
    removed($t, 'docker.io/a/none:1', undef, status => 404);
    refused($t, 400, undef, 'no image', 'DELETE', '/api/updates/');
    refused($t, 400, qr/host/, 'a bad host', 'DELETE',
        path_of($nginx) . '?host=%0a');
    removed($t, $nginx, 'b');
    is(entry_of($t, $nginx), undef, 'without a host the image is gone');
    is_deeply(entry_of($t, $other), $entry, 'the other is as it was');
    came($t, $nginx, 'b', 'sha256:b');
    is(entry_of($t, $nginx)->{tag}, undef, 'when it comes back, untagged');
    is(entry_of($t, $nginx)->{pushes}, 1, 'and counted anew');
    came($t, $nginx, $_, 'sha256:z') for qw(a b c);
    removed($t, $nginx, undef);
    is(entry_of($t, $nginx), undef, 'all hosts at once');
    $row = newest($t);
    is($row->{hostname}, '', 'history names no single host');
    is_deeply($row->{detail}, { hosts => [qw(a b c)] }, 'but all of them');
    is(sqlite($t->db, "SELECT count(*) FROM $_ WHERE image = '$nginx'"), 0,
        "$_ has nothing of it") for qw(updates host_updates pushed_digests
        tag_assignments);
    cmp_ok(scalar(history_of($t, image => $nginx)), '>', 10,
        'history keeps it all');
    removed($t, $other, 'a');
    is(entry_of($t, $other), undef, 'the last');
    is(updates_text($t), '{}', 'an empty dashboard');
};

part 'pushes and since when' => sub {
    my ($t) = @_;
    my $pushes = sub {
        my ($want, $name) = @_;
        is(entry_of($t, $nginx)->{pushes}, $want, $name);
    };
    came($t, $nginx, 'nas', 'A');
    $pushes->(1, 'A');
    # So that the times differ from those to come.
    sqlite($t->db, q(UPDATE host_updates SET first_pending_at =
        '2026-01-01T00:00:00Z'));
    came($t, $nginx, 'nas', 'B');
    $pushes->(2, 'A, B');
    came($t, $nginx, 'nas', 'A');
    $pushes->(2, 'A, B, A');
    is(entry_of($t, $nginx)->{first_pending_at}, '2026-01-01T00:00:00Z',
        'pending since the first');
    came($t, $nginx, 'pi', 'A');
    $pushes->(2, 'the same from another host');
    isnt(host_of($t, $nginx, 'pi')->{first_pending_at},
        '2026-01-01T00:00:00Z', 'which has its own time');
    is(entry_of($t, $nginx)->{first_pending_at}, '2026-01-01T00:00:00Z',
        'the image has the earliest');
    acknowledged($t, $nginx, 'nas');
    $pushes->(2, 'one of two is dealt with');
    is(entry_of($t, $nginx)->{first_pending_at},
        host_of($t, $nginx, 'pi')->{first_pending_at},
        'since when of those that are pending');
    came($t, $nginx, 'nas', 'C');
    $pushes->(3, 'C');
    isnt(host_of($t, $nginx, 'nas')->{first_pending_at},
        '2026-01-01T00:00:00Z', 'pending anew');
    sqlite($t->db, q(UPDATE host_updates SET first_pending_at =
        '2026-01-01T00:00:00Z'));
    acknowledged($t, $nginx, undef);
    $pushes->(0, 'all are dealt with');
    is(entry_of($t, $nginx)->{first_pending_at}, undef, 'not pending');
    reopened($t, $nginx, undef);
    $pushes->(3, 'and it was a mistake: as before');
    is(entry_of($t, $nginx)->{first_pending_at}, '2026-01-01T00:00:00Z',
        'also since when');
    acknowledged($t, $nginx, undef);
    came($t, $nginx, 'nas', 'C');
    $pushes->(1, 'acknowledged, and one more');
    came($t, $nginx, 'nas', '');
    $pushes->(2, 'no digest is one of its own');
    came($t, $nginx, 'nas', 'D');
    is(ask($t, 'POST', '/api/updates/acknowledge-all')->{status}, 200, 'all');
    sound($t);
    $pushes->(0, 'all are dealt with at once');
    came($t, $nginx, 'pi', 'E');
    $pushes->(1, 'counted anew');
};

part 'a known digest does not begin to wait anew' => sub {
    my ($t) = @_;
    came($t, $nginx, 'nas', 'A');
    sqlite($t->db, q(UPDATE host_updates SET first_pending_at =
        '2026-01-01T00:00:00Z'));
    acknowledged($t, $nginx, undef);
    came($t, $nginx, 'nas', 'A');
    ok(entry_of($t, $nginx)->{acknowledged}, 'dealt with still');
    reopened($t, $nginx, undef);
    is(entry_of($t, $nginx)->{first_pending_at}, '2026-01-01T00:00:00Z',
        'reopened by hand: since when it was pending');
}, DIUNDASH_REOPEN => 'digest';

part 'by whom' => sub {
    my ($t) = @_;
    came($t, $nginx, 'nas', 'sha256:a', options => { user('mallory') });
    is(newest($t)->{actor}, 'diun', 'a webhook is always diun\'s');
    my $n = 0;
    my $by = sub {
        my ($sent, $want, $name) = @_;
        my %o = defined $sent ? user($sent) : ();
        acknowledged($t, $nginx, undef, %o);
        is(entry_of($t, $nginx)->{acknowledged_by}, $want, $name);
        is(newest($t)->{actor}, $want, 'in history');
        reopened($t, $nginx, undef, %o);
        is(newest($t)->{actor}, $want, 'reopened by the same');
        tag_made($t, 'tag ' . ++$n, %o);
        is(newest($t)->{actor}, $want, 'and the tag');
    };
    $by->('anna', 'anna', 'a name');
    $by->(undef, '', 'nobody, after somebody');
    $by->('', '', 'an empty name');
    $by->('a b@c.example', 'a b@c.example', 'an address');
    $by->("j\xC3\xBCrgen", "j\x{FC}rgen", 'not ASCII');
    $by->("\xF0\x9F\xA6\x8A", "\x{1F98A}", 'an emoji');
    $by->(q(<b>"'&), q(<b>"'&), 'signs of HTML');
    $by->('x' x 255, 'x' x 255, '255 bytes');
    $by->('x' x 256, '', '256 bytes');
    $by->('x' x 300, '', '300 bytes');
    $by->("a\nb", '', 'a newline');
    $by->("a\x1b[31m", '', 'an escape');
    $by->("\x7f", '', 'DEL');
    $by->("\xC2\x85", '', 'a control character of Unicode');
    $by->("\xFF", '', 'no UTF-8');
    $by->("\xC3", '', 'UTF-8 that is cut');
    $by->("\xED\xA0\x80", '', 'a surrogate');
};

done_testing();
