#!/bin/sh
# Creates the streams and durable consumers of a bus, and changes those that differ. It deletes nothing, so it may run
# any number of times; a change that the server refuses, such as another retention, fails it and says why.
#
# STREAMS        directory with the server's own requests: NAME.stream.json and STREAM.CONSUMER.consumer.json
# WAIT_SECONDS   how long to wait for the bus; 300 when absent
# NATS_URL, NATS_USER, NATS_PASSWORD, NATS_CA   read by nats
set -eu

left=${WAIT_SECONDS:-300}

# ask SUBJECT REQUEST: leaves the answer in $answer; fails when there is none.
ask() {
	answer=$(nats request --raw --timeout 10s "$1" "$2" 2>/dev/null)
}

# succeeded WHAT: fails, saying why, when $answer is an error.
succeeded() {
	why=$(printf '%s' "$answer" | jq -r '.error.description // empty')
	[ -z "$why" ] || {
		echo "$1: refused: $why" >&2
		exit 1
	}
}

until ask '$JS.API.INFO' '' && printf '%s' "$answer" | jq -e 'has("error") | not' >/dev/null; do
	[ "$left" -gt 0 ] || {
		echo "the bus at $NATS_URL does not answer" >&2
		exit 1
	}
	sleep 5
	left=$((left - 5))
done

# Those that exist first: what they give up, the new ones may need.
for pass in UPDATE CREATE; do
	for file in "$STREAMS"/*.stream.json; do
		name=$(jq -r .name "$file")
		ask "\$JS.API.STREAM.INFO.$name" '' || { echo "stream $name: no answer" >&2; exit 1; }
		exists=$(printf '%s' "$answer" | jq -r 'if has("error") then "CREATE" else "UPDATE" end')
		[ "$exists" = "$pass" ] || continue
		ask "\$JS.API.STREAM.$pass.$name" "$(cat "$file")" || { echo "stream $name: no answer" >&2; exit 1; }
		succeeded "stream $name"
		echo "stream $name: ready"
	done
done

for file in "$STREAMS"/*.consumer.json; do
	[ -e "$file" ] || continue
	stream=$(jq -r .stream_name "$file")
	name=$(jq -r .config.durable_name "$file")
	ask "\$JS.API.CONSUMER.DURABLE.CREATE.$stream.$name" "$(cat "$file")" || {
		echo "consumer $name of $stream: no answer" >&2
		exit 1
	}
	succeeded "consumer $name of $stream"
	echo "consumer $name of $stream: ready"
done
