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

# shellcheck source-path=SCRIPTDIR source=database-connect.sh
. "$here/database-connect.sh"

for role in owner writer reader; do
	if [ "$VERSION" -gt 0 ]; then
		user=$(cat "$ROLES_DIR/$role/username") file="$ROLES_DIR/$role/password"
		sql --set database="$PGDATABASE" --set role="${ROLES}_$role" --set login="$user" \
			--file="$here/database-user.sql" || fail "$role: $user could not be created"
		keep "$role" "$user" "$file"
	fi
	sql --set database="$PGDATABASE" --set role="${ROLES}_$role" --set version="$VERSION" \
		--file="$here/database-retire.sql" || fail "$role: older users could not be locked"
done
