# common.bash - what quickstart and test share: packages and the build
#
# To be sourced.  Expects `src`, the source tree, and sets `program`, the name
# in front of messages.
#
# Copyright (c) 2026 The diundash authors
# SPDX-License-Identifier: ISC
# shellcheck shell=bash

program=${0##*/}
: "${src:?}"

say()
{
	printf '%s\n' "$*"
}

warn()
{
	printf '%s: %s\n' "$program" "$*" >&2
}

die()
{
	warn "$*"
	exit 1
}

# need PACKAGE TEST...: remember PACKAGE as missing unless TEST succeeds.
missing=()
need()
{
	local package=$1

	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

# have COMMAND...: is one of them there?  The path of a plain user lacks sbin.
have()
{
	local name

	for name; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$name" && return 0
	done
	return 1
}

installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

header()
{
	[ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ] ||
		compgen -G "/usr/include/*-linux-gnu*/$1"
}

# What it takes to build the programs.
need_build()
{
	need gcc have cc gcc clang
	need libc6-dev header stdio.h
	need make have make
	need autoconf have autoconf
	need automake have automake
	need pkg-config have pkg-config
	need libfcgi-dev header fcgiapp.h
	need libjson-c-dev header json-c/json.h
	need libsqlite3-dev header sqlite3.h
}

# Install what is missing, or say how to.
install_missing()
{
	local names=("${missing[@]%\?}")
	local sudo=()

	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "${may_install:-yes}" = no ]; then
		die "missing: ${names[*]} (leave out --no-install, or run: sudo apt-get install ${names[*]})"
	fi
	have apt-get >/dev/null ||
		die "missing: ${names[*]} (Debian's names; this machine has no apt-get, so please install them yourself)"
	if [ "$(id -u)" != 0 ]; then
		have sudo >/dev/null ||
			die "missing: ${names[*]} (become root and run: apt-get install ${names[*]})"
		sudo=(sudo)
	fi
	say "Installing: ${names[*]}"
	"${sudo[@]}" bash "$src/scripts/install-packages" "${missing[@]}" ||
		die "could not install: ${names[*]} (see above)"
	missing=()
}

bootstrap()
{
	if [ ! -x "$src/configure" ] || [ ! -e "$src/Makefile.in" ]; then
		(cd "$src" && ./bootstrap)
	fi
}

# named VARIABLE...: what these variables name, of the Makefile in this folder.
named()
{
	make -s --no-print-directory -f - print names="$*" <<-'END'
		include Makefile
		print: ; @echo $(foreach name,$(names),$($(name)))
	END
}
