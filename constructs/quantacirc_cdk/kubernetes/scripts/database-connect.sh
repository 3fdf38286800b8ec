#!/bin/sh
# Connects to a database as its administrator, for the scripts beside it, which read this file.
#
# DATABASE_DIR  directory with the administrator's `database`, `host`, `port`, `username`, `password`, and perhaps
#               `ca.crt`
# PGSSLMODE     how to connect where there is no `ca.crt`
value() { cat "$DATABASE_DIR/$1"; }

PGHOST=$(value host) PGPORT=$(value port) PGUSER=$(value username) PGPASSWORD=$(value password)
PGDATABASE=$(value database)
export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGCONNECT_TIMEOUT=30
if [ -f "$DATABASE_DIR/ca.crt" ]; then
	export PGSSLMODE=verify-full PGSSLROOTCERT="$DATABASE_DIR/ca.crt"
fi

fail() {
	echo "$1" >&2
	exit 1
}
sql() { psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 "$@"; }

# logs_in USER FILE: whether it does, with the password in the file.
logs_in() { PGUSER=$1 PGPASSWORD=$(cat "$2") sql --command "select" >/dev/null 2>&1; }

# give USER FILE: the password in the file. psql hashes it before it sends it, so that the server cannot log it.
give() {
	password=$(cat "$2")
	printf '%s\n%s\n' "$password" "$password" | sql --set login="$1" --file=/dev/fd/3 2>&1 3<<-'SQL'
		\password :"login"
	SQL
}

# keep ROLE USER FILE: let the user of a role log in with the password in the file; say whether it was new.
keep() {
	if logs_in "$2" "$3"; then
		echo "$1: $2 is as it was"
	else
		said=$(give "$2" "$3") || fail "$1: the password of $2 could not be set: $said"
		logs_in "$2" "$3" || fail "$1: $2 cannot log in"
		echo "$1: $2 has a new password"
	fi
}
