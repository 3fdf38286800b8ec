#!/bin/sh
# Loads the dump in WORK_DIR into a new database and then, in one transaction, gives it the name of the old one.
# Until that moment the old database is untouched; afterwards it is there as <database>_before_<UTC time>, for people
# to look at and to drop. Sessions on the old database are ended.
#
# DATABASE_DIR  directory with the files `database`, `host`, `port`, `username`, `password`, and perhaps `ca.crt`;
#               the user must be allowed to create databases
# WORK_DIR      holds one .dump
# RESTORE_JOBS  connections that load at once
# MAINTENANCE   database to be connected to meanwhile
# PGSSLMODE     how to connect where there is no `ca.crt`
#
# Everything belongs to the user afterwards: owners and privileges of other roles are not restored.
set -eu
umask 077

value() { cat "$DATABASE_DIR/$1"; }

PGHOST=$(value host) PGPORT=$(value port) PGUSER=$(value username) PGPASSWORD=$(value password)
export PGHOST PGPORT PGUSER PGPASSWORD PGCONNECT_TIMEOUT=30 PGDATABASE="${MAINTENANCE:-postgres}"
export PGOPTIONS="-c client_min_messages=warning"
if [ -f "$DATABASE_DIR/ca.crt" ]; then
	export PGSSLMODE=verify-full PGSSLROOTCERT="$DATABASE_DIR/ca.crt"
fi
database=$(value database)
new="${database}_restoring"
old="${database}_before_$(date -u +%Y%m%dt%H%M%Sz)"

sql() {
	psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 --set database="$database" --set new="$new" \
		--set old="$old" "$@"
}

fail() {
	trap - HUP INT TERM
	echo 'drop database if exists :"new" with (force)' | sql >/dev/null 2>&1 || true
	echo "restore failed: $1; the database is as it was" >&2
	exit 1
}
trap 'fail "interrupted"' HUP INT TERM

dump=$(find "$WORK_DIR" -name '*.dump' | sort | tail -n 1)
[ -n "$dump" ] || fail "there is no dump in $WORK_DIR"

# A restore that was killed may have left one.
echo 'drop database if exists :"new" with (force)' | sql || fail "the server refused"
echo 'create database :"new" template template0' | sql || fail "the user may not create databases"
pg_restore --no-password --exit-on-error --no-owner --no-acl --jobs="${RESTORE_JOBS:-2}" --dbname="$new" "$dump" ||
	fail "$(basename "$dump") could not be loaded"
PGDATABASE=$new sql --command analyze || fail "the restored database cannot be read"

# Nobody may connect while the names change hands. Both renames happen, or neither does.
swap() {
	sql <<-'SQL'
		select count(*) = 1 as exists from pg_database where datname = :'database' \gset
		\if :exists
		alter database :"database" allow_connections false;
		select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = :'database' \g /dev/null
		\endif
		begin;
		\if :exists
		alter database :"database" rename to :"old";
		\endif
		alter database :"new" rename to :"database";
		commit;
		\if :exists
		alter database :"old" allow_connections true;
		\endif
	SQL
}
if ! swap; then
	echo 'alter database :"database" allow_connections true' | sql || true
	fail "the databases could not change names"
fi
echo "restored $(basename "$dump" .dump) into $database; what was there before, if anything, is $old"
