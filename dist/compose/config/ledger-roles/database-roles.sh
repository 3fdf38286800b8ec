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

here=$(dirname "$0")
# shellcheck source-path=SCRIPTDIR source=database-connect.sh
. "$here/database-connect.sh"

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

for role in owner writer reader; do
	keep "$role" "$(name "$role")" "$ROLES_DIR/$role/password"
done
