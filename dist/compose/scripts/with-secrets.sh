#!/bin/sh
# with-secrets.sh NAME=FILE... -- COMMAND...: run COMMAND with the content of each FILE in the environment as NAME, which
# is how a pod gets a variable from a Secret.
set -eu
while [ "$1" != -- ]; do
	export "${1%%=*}=$(cat "${1#*=}")"
	shift
done
shift
exec "$@"
