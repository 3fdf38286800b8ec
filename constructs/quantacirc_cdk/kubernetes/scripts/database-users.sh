#!/bin/sh
# Gives each role of a database a user for the current version of its password. The user of the version before keeps its
# own, so that the pods of both releases can log in; users of older versions lose theirs. It may run any number of times.
#
# DATABASE_DIR, LOGINS, ROLES, PGSSLMODE, WAIT_SECONDS  as of database-roles.sh, which runs first
# ROLES_DIR  directory with `username` and `password` of the user in a directory for each of `owner`, `writer` and
#            `reader`. With LOGINS, nobody logs in with a password, and ROLES_DIR is not needed
# VERSION    version of the passwords, 2 or more; with LOGINS, 0
set -eu
here=$(dirname "$0")
LOGINS=${LOGINS:-/dev/null} sh "$here/database-roles.sh"

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

for role in owner writer reader; do
	if [ "$VERSION" -gt 0 ]; then
		user=$(cat "$ROLES_DIR/$role/username") file="$ROLES_DIR/$role/password"
		sql --set database="$PGDATABASE" --set role="${ROLES}_$role" --set login="$user" \
			--file="$here/database-user.sql" || fail "$role: $user could not be created"
		if logs_in "$user" "$file"; then
			echo "$role: $user is as it was"
		else
			said=$(give "$user" "$file") || fail "$role: the password of $user could not be set: $said"
			logs_in "$user" "$file" || fail "$role: $user cannot log in"
			echo "$role: $user has a new password"
		fi
	fi
	sql --set database="$PGDATABASE" --set role="${ROLES}_$role" --set version="$VERSION" \
		--file="$here/database-retire.sql" || fail "$role: older users could not be locked"
done
