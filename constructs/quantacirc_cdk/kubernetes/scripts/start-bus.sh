#!/bin/sh
# Starts a NATS server whose passwords are any text on one line.
#
# The server parses the value of a variable like a part of its configuration: 12345678 is a number, and 5e10 and it's
# are errors. In the address of another server, a blank or an @ is an error too. So each byte of a password is escaped.
#
# CONFIG          configuration file
# BUS_PASSWORD_*  password of each user, which becomes NATS_PASSWORD_*
# ROUTES          hosts and ports of all servers, if there are several, which become NATS_ROUTES
set -eu

newline='
'

refuse() {
	user=$(echo "$1" | tr 'A-Z_' 'a-z-')
	echo "The password of $user $2. Change the key $user of the Secret with the passwords of the bus." >&2
	refused=yes
}

# Prints each byte of a text as this prefix and two hexadecimal digits.
escape() {
	printf %s "$2" | od -An -v -tx1 | tr -d ' \n' | sed "s/../$1&/g"
}

refused=
# shellcheck disable=SC2013,SC2016,SC2154 # names are words, which eval reads
for name in $(sed -n 's/^ *password: \$NATS_PASSWORD_//p' "$CONFIG" | sort -u); do
	eval "password=\${BUS_PASSWORD_$name-}"
	case $password in
	'') refuse "$name" "is empty" ;;
	*"$newline"*) refuse "$name" "has a line break" ;;
	# The server would compare what clients send with a hash.
	\$2[abxy]\$*) refuse "$name" "looks like a bcrypt hash" ;;
	*) export "NATS_PASSWORD_$name=\"$(escape '\\x' "$password")\"" ;;
	esac
done
if [ "$refused" ]; then
	exit 1
fi

if [ "${ROUTES:-}" ]; then
	login="route:$(escape % "$BUS_PASSWORD_ROUTE")"
	NATS_ROUTES="[$(echo "$ROUTES" | sed "s|[^ ][^ ]*|\"nats-route://$login@&\",|g")]"
	export NATS_ROUTES
fi

exec nats-server --config "$CONFIG" "$@"
