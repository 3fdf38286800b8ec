#!/bin/sh
# Creates Secrets with random values, and adds the keys that an existing one lacks. It never changes a value, so it may
# run any number of times. The values exist in the cluster only.
#
# Input, one Secret a line: NAME KEY[=VALUE|@FILE]...   A key without a value or file gets a random value.
#
# SECRETS_FILE  that input
# API           address of the Kubernetes API
# NAMESPACE     namespace of the Secrets
# CREDENTIALS   directory with `token` and `ca.crt`
# TMPDIR        a directory to write to
set -eu
umask 077

secrets="$API/api/v1/namespaces/$NAMESPACE/secrets"
header="$TMPDIR/authorization"
body="$TMPDIR/body"
answer="$TMPDIR/answer"
trap 'rm -f "$header" "$body" "$answer"' EXIT
printf 'Authorization: Bearer %s\n' "$(cat "$CREDENTIALS/token")" >"$header"

# A password starts with a letter: some configuration languages read a bare word of digits as a number.
random() {
	printf 'p%s' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"
}

# call METHOD PATH CONTENT-TYPE: prints the status, leaves the answer in $answer.
call() {
	curl --silent --show-error --retry 5 --retry-connrefused --max-time 30 --cacert "$CREDENTIALS/ca.crt" \
		--header "@$header" --header "Content-Type: $3" --request "$1" ${4:+--data "@$4"} \
		--output "$answer" --write-out '%{http_code}' "$2"
}

fail() {
	echo "$1: the API answered $2: $(jq -r '.message // .' "$answer")" >&2
	exit 1
}

# has KEY: whether the Secret in $answer has this key.
has() {
	jq -e --arg key "$1" '.data // {} | has($key)' "$answer" >/dev/null
}

# missing KEYS...: prints the keys, with their values, that the Secret in $answer lacks, as JSON. Files belong together:
# when one of them is missing, all are written.
missing() {
	torn=
	for item in "$@"; do
		case $item in *=*) ;; *@/*) has "${item%%@*}" || torn=yes ;; esac
	done
	for item in "$@"; do
		case $item in
		*=*) has "${item%%=*}" || jq -n --arg key "${item%%=*}" --arg value "${item#*=}" '{($key): $value}' ;;
		*@/*)
			[ -z "$torn" ] ||
				jq -n --arg key "${item%%@*}" --rawfile value "${item#*@}" '{($key): $value}'
			;;
		*) has "$item" || random | jq -R --arg key "$item" '{($key): .}' ;;
		esac
	done | jq -s 'add // {}'
}

while read -r name keys; do
	[ -n "$name" ] || continue
	status=$(call GET "$secrets/$name" application/json)
	case $status in
	200) ;;
	404) echo '{}' >"$answer" ;;
	*) fail "$name" "$status" ;;
	esac
	# shellcheck disable=SC2086 # the keys are words
	values=$(missing $keys)
	if [ "$values" = '{}' ]; then
		echo "$name: complete"
		continue
	fi
	if [ "$status" = 404 ]; then
		printf '%s' "$values" | jq --arg name "$name" \
			'{apiVersion: "v1", kind: "Secret", type: "Opaque", metadata: {name: $name}, stringData: .}' >"$body"
		status=$(call POST "$secrets" application/json "$body")
	else
		printf '%s' "$values" | jq '{stringData: .}' >"$body"
		status=$(call PATCH "$secrets/$name" application/strategic-merge-patch+json "$body")
	fi
	case $status in
	200 | 201) echo "$name: written" ;;
	409) echo "$name: created by another run" ;;
	*) fail "$name" "$status" ;;
	esac
done <"$SECRETS_FILE"
