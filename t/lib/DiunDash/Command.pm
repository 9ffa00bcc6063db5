# Command.pm - diundash, the administrator's command, for tests
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
package DiunDash::Command;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

use DiunDash::Env;

our @EXPORT = qw(command prints complains);

# Run it on a database, or on the one of its environment with undef; for what
# it gets on standard input, %{$db} is {db => ..., input => ...}.
sub command {
    my ($db, @arguments) = @_;
    my %o = ref $db ? %{$db} : (db => $db);
    $db = delete $o{db};
    return run([ $COMMAND, @arguments ],
        env => defined $db ? { DB_PATH => $db } : {}, %o);
}

# Done, and this on standard output alone.
sub prints {
    my ($r, $out, $name) = @_;
    is($r->{exit}, 0, "$name: exit 0");
    is($r->{err}, '', "$name: no error");
    like($r->{out}, $out, "$name: the output");
    return;
}

# Not done, and one line on standard error alone.
sub complains {
    my ($r, $exit, $err, $name) = @_;
    is($r->{exit}, $exit, "$name: exit $exit");
    is($r->{out}, '', "$name: nothing on standard output");
    like($r->{err}, qr/\Adiundash: [^\n]*\n\z/, "$name: one line");
    like($r->{err}, $err, "$name: the reason");
    return;
}

1;
