#!/bin/sh
# Creates the streams and durable consumers of a bus, and changes those that differ. It may run any number of times; a
# change that the server refuses, such as another retention, fails it and says why.
#
# It deletes no stream and no message. It deletes durable consumers that it created, if their requests are gone, or ask
# a work queue for other subjects: a work queue takes one consumer for each message, so the old one would exclude the
# new one. The messages that a deleted consumer did not acknowledge stay in the stream.
#
# STREAMS        directory with the server's own requests: NAME.stream.json and STREAM.CONSUMER.consumer.json
# DESCRIPTION    description of the consumers in the requests; consumers with another one are not deleted
# WAIT_SECONDS   how long the bus may leave a request without an answer; 300 when absent
# NATS_URL, NATS_USER, NATS_PASSWORD, NATS_CA   read by nats
set -eu

wait=${WAIT_SECONDS:-300}

# ask SUBJECT REQUEST: leaves the answer in $answer. Servers that start or choose a leader are asked again.
ask() {
	deadline=$(($(date +%s) + wait))
	until answer=$(nats request --raw --timeout 5s "$1" "$2" 2>/dev/null) &&
		printf '%s' "$answer" | jq -e '.error.code != 503' >/dev/null; do
		[ "$(date +%s)" -lt "$deadline" ] || {
			echo "the bus at $NATS_URL does not answer" >&2
			exit 1
		}
		sleep 1
	done
}

# change WHAT SUBJECT FILE: fails, saying why, when the bus refuses.
change() {
	ask "$2" "$(cat "$3")"
	why=$(printf '%s' "$answer" | jq -r '.error | select(.) | .description + (
		if .err_code == 10099 or .err_code == 10100 then
			": delete the other consumer that receives its messages, if nothing uses it" else "" end)')
	[ -z "$why" ] || {
		echo "$1: refused: $why" >&2
		exit 1
	}
	echo "$1: ready"
}

# pages SUBJECT FILTER: prints what FILTER selects from each page of a list.
pages() {
	offset=0
	until [ "$offset" = end ]; do
		ask "$1" "{\"offset\": $offset}"
		printf '%s' "$answer" | jq -r --arg own "$DESCRIPTION" "$2"
		offset=$(printf '%s' "$answer" | jq -r '(.offset + .limit) as $next | if .total > $next then $next else "end" end')
	done
}

subjects='[.config | .filter_subject // empty, .filter_subjects[]?] | sort | tojson'
# shellcheck disable=SC2016 # $own is a variable of jq
own='.consumers[]? | select(.config.description == $own and (.config.durable_name // "") != "")'

# obsolete STREAM NAME SUBJECTS: whether the requests lack a consumer, or want other subjects of a work queue for it.
obsolete() {
	wanted=$STREAMS/$1.$2.consumer.json
	[ -e "$wanted" ] || return 0
	[ "$(jq -r .retention "$STREAMS/$1.stream.json")" = workqueue ] && [ "$(jq -r "$subjects" "$wanted")" != "$3" ]
}

ask "\$JS.API.INFO" ''

# Those that exist first: what they give up, the new ones may need.
for pass in UPDATE CREATE; do
	for file in "$STREAMS"/*.stream.json; do
		name=$(jq -r .name "$file")
		ask "\$JS.API.STREAM.INFO.$name" ''
		needed=$(printf '%s' "$answer" | jq -r 'if has("error") then "CREATE" else "UPDATE" end')
		if [ "$needed" = "$pass" ]; then change "stream $name" "\$JS.API.STREAM.$pass.$name" "$file"; fi
	done
done

known=$(pages "\$JS.API.STREAM.NAMES" '.streams[]?')
for stream in $known; do
	mine=$(pages "\$JS.API.CONSUMER.LIST.$stream" "$own | .config.durable_name + \" \" + ($subjects)")
	while read -r name filters; do
		if [ -n "$name" ] && obsolete "$stream" "$name" "$filters"; then
			ask "\$JS.API.CONSUMER.DELETE.$stream.$name" ''
			echo "consumer $name of $stream: deleted"
		fi
	done <<-END
		$mine
	END
done

for file in "$STREAMS"/*.consumer.json; do
	[ -e "$file" ] || continue
	stream=$(jq -r .stream_name "$file")
	name=$(jq -r .config.durable_name "$file")
	change "consumer $name of $stream" "\$JS.API.CONSUMER.DURABLE.CREATE.$stream.$name" "$file"
done
