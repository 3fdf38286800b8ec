#!/bin/sh
# Makes what the services need before they start: passwords, and volumes that they may write to. It never changes a
# value, so it runs at every start. It runs as root with no capability but CHOWN.
#
# PLAN     folder with the files below
# SECRETS  volume: .values/SECRET/KEY, and a folder for each service with what it may see
# VOLUMES  folder with the services' own volumes
#
# secrets  NAME KEY[=VALUE|@FILE]...       a KEY with neither gets a random value; the Secrets of the cluster
# given    NAME KEY VARIABLE               values from outside, by environment variable; empty ones are left out
# views    FOLDER USER NAME [KEY:FILE]...  what USER sees of the Secret NAME in FOLDER; no KEY means all of them
# owners   VOLUME USER                     whose a volume is
set -eu
umask 077

values=$SECRETS/.values

# A password starts with a letter: some configuration languages read a bare word of digits as a number.
random() {
	printf 'p%s' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"
}

# write FILE: standard input into FILE, at once.
write() {
	mkdir -p "${1%/*}"
	cat >"$1.new"
	mv "$1.new" "$1"
}

# take SECRET ITEM...: the values that are missing. Files belong together: when one is missing, all are written.
take() {
	place=$values/$1
	shift
	torn=
	for item in "$@"; do
		case $item in *=*) ;; *@/*) [ -e "$place/${item%%@*}" ] || torn=yes ;; esac
	done
	for item in "$@"; do
		case $item in
		*=*) printf '%s' "${item#*=}" | write "$place/${item%%=*}" ;;
		*@/*) [ -z "$torn" ] || write "$place/${item%%@*}" <"${item#*@}" ;;
		*) [ -e "$place/$item" ] || random | write "$place/$item" ;;
		esac
	done
}

# show FOLDER USER SECRET ITEM...: a copy that USER alone may read.
show() {
	folder=$SECRETS/$1 user=$2 place=$values/$3
	shift 3
	mkdir -p "$folder"
	chmod 755 "$folder"
	if [ $# -eq 0 ] && [ -d "$place" ]; then
		for file in "$place"/*; do set -- "$@" "${file##*/}:${file##*/}"; done
	fi
	for item in "$@"; do
		[ -e "$place/${item%%:*}" ] || continue # nobody has given it; what needs it says so
		write "$folder/${item#*:}" <"$place/${item%%:*}"
		chmod 400 "$folder/${item#*:}"
		chown "$user:$user" "$folder/${item#*:}"
	done
}

# shellcheck disable=SC2086 # items are words
while read -r name items; do [ -z "$name" ] || take "$name" $items; done <"$PLAN/secrets"
while read -r name key variable; do
	eval "value=\${$variable-}"
	# shellcheck disable=SC2154 # eval sets it
	[ -z "$value" ] || printf '%s' "$value" | write "$values/$name/$key"
done <"$PLAN/given"
# shellcheck disable=SC2086 # items are words
while read -r folder user name items; do show "$folder" "$user" "$name" $items; done <"$PLAN/views"
while read -r volume user; do chown "$user:$user" "$VOLUMES/$volume"; done <"$PLAN/owners"
echo "ready"
