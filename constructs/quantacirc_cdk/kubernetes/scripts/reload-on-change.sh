#!/bin/sh
# Has a NATS server read its configuration again when the files it is made of have changed, such as a renewed
# certificate.
#
# WATCHED   directories to look at
# PID_FILE  file with the server's process id
# SECONDS_BETWEEN  seconds between two looks; 30 when absent
set -eu

digest() {
	# shellcheck disable=SC2086 # the directories are words
	find -L $WATCHED -type f -exec cat {} + 2>/dev/null | cksum
}

last=$(digest)
while sleep "${SECONDS_BETWEEN:-30}"; do
	now=$(digest)
	if [ "$now" != "$last" ] && nats-server --signal "reload=$PID_FILE"; then
		echo "reloaded"
		last=$now
	fi
done
