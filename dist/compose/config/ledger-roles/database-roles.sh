#!/bin/sh
# Gives a database roles of its own, and each its password. It changes nothing that is right already, so it may run any
# number of times; after a password has changed, it sets the new one.
#
# DATABASE_DIR  directory with the administrator's `database`, `host`, `port`, `username`, `password`, and perhaps
#               `ca.crt`
# ROLES_DIR     directory with `username` and `password` in a directory for each of `owner`, `writer` and `reader`
#               With LOGINS, nobody logs in as a role, and ROLES_DIR is not needed
# LOGINS        file with a line `ROLE USER` for each user that logs in with a token of a cloud identity
# ROLES         with LOGINS: beginning of the names of the roles, before `_owner`, `_writer` and `_reader`
# PGSSLMODE     how to connect where there is no `ca.crt`
# WAIT_SECONDS  how long to wait for the server
set -eu

value() { cat "$DATABASE_DIR/$1"; }

PGHOST=$(value host) PGPORT=$(value port) PGUSER=$(value username) PGPASSWORD=$(value password)
PGDATABASE=$(value database)
export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGCONNECT_TIMEOUT=30
if [ -f "$DATABASE_DIR/ca.crt" ]; then
	export PGSSLMODE=verify-full PGSSLROOTCERT="$DATABASE_DIR/ca.crt"
fi
here=$(dirname "$0")

sql() { psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 "$@"; }
fail() {
	echo "$1" >&2
	exit 1
}

left=${WAIT_SECONDS:-600}
until pg_isready --quiet; do
	[ "$left" -gt 0 ] || fail "$PGHOST does not answer"
	left=$((left - 2))
	sleep 2
done

name() {
	if [ -n "${LOGINS:-}" ]; then printf '%s_%s' "$ROLES" "$1"; else cat "$ROLES_DIR/$1/username"; fi
}
sql --set database="$PGDATABASE" --set owner="$(name owner)" --set writer="$(name writer)" \
	--set reader="$(name reader)" --file="$here/database-roles.sql" || fail "the roles could not be created"

if [ -n "${LOGINS:-}" ]; then
	while read -r role user; do
		sql --set database="$PGDATABASE" --set login="$user" --set role="$(name "$role")" --set owner="$(name owner)" \
			--set writer="$(name writer)" --set reader="$(name reader)" --file="$here/database-login.sql" </dev/null ||
			fail "$user could not be made a $role"
		echo "$role: $user logs in with a token"
	done <"$LOGINS"
	exit
fi

# logs_in ROLE: whether it does, with the password in its Secret.
logs_in() {
	PGUSER=$(name "$1") PGPASSWORD=$(cat "$ROLES_DIR/$1/password") sql --command "select" >/dev/null 2>&1
}

# give ROLE: the password in its Secret. psql hashes it before it sends it, so that the server cannot log it.
give() {
	password=$(cat "$ROLES_DIR/$1/password")
	printf '%s\n%s\n' "$password" "$password" | sql --set role="$(name "$1")" --file=/dev/fd/3 2>&1 3<<-'SQL'
		\password :"role"
	SQL
}

for role in owner writer reader; do
	if logs_in "$role"; then
		echo "$role: $(name "$role") is as it was"
	else
		said=$(give "$role") || fail "$role: the password of $(name "$role") could not be set: $said"
		logs_in "$role" || fail "$role: $(name "$role") cannot log in"
		echo "$role: $(name "$role") has a new password"
	fi
done
