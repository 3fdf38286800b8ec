#!/bin/sh
# Creates the streams and durable consumers of a bus, and changes those that differ. It deletes nothing, so it may run
# any number of times; a change that the server refuses, such as another retention, fails it and says why.
#
# STREAMS        directory with the server's own requests: NAME.stream.json and STREAM.CONSUMER.consumer.json
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
	why=$(printf '%s' "$answer" | jq -r '.error.description // empty')
	[ -z "$why" ] || {
		echo "$1: refused: $why" >&2
		exit 1
	}
	echo "$1: ready"
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

for file in "$STREAMS"/*.consumer.json; do
	[ -e "$file" ] || continue
	stream=$(jq -r .stream_name "$file")
	name=$(jq -r .config.durable_name "$file")
	change "consumer $name of $stream" "\$JS.API.CONSUMER.DURABLE.CREATE.$stream.$name" "$file"
done
