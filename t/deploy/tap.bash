# tap.bash - what the tests of the deployment share: TAP and HTTP
#
# To be sourced.  Expects `dir`, a scratch folder.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

: "${dir:?}"
count=0
bad=0

# ok NAME COMMAND...: one test.
ok()
{
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >"$dir/ok.out" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		tail -n 30 "$dir/ok.out" | cut -c 1-300 | sed 's/^/# /'
		bad=$((bad + 1))
		return 1
	fi
}

# must NAME COMMAND...: one test without which the others mean nothing.
must()
{
	ok "$@" && return
	[ ! -e "$dir/log" ] || tail -n 30 "$dir/log" | sed 's/^/# /'
	echo "Bail out! $1"
	exit 1
}

has()
{
	grep -qF -e "$1" "$2" || { cat "$2"; return 1; }
}

free_port()
{
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(
		LocalAddr => "127.0.0.1", Listen => 1)->sockport'
}

get()
{
	curl -sS --noproxy '*' -m 20 "$@"
}

status_is()
{
	local want=$1 got

	shift
	got=$(get -o "$dir/body" -w '%{http_code}' "$@")
	echo "status $got, not $want:"
	cat "$dir/body"
	[ "$got" = "$want" ]
}

# The plan, and the exit status.
tap_end()
{
	echo "1..$count"
	[ $bad = 0 ]
}
