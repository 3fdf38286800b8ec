#!/bin/sh
# Loads the dump in WORK_DIR into a new database and then, in one transaction, gives it the name of the old one.
# Until that moment the old database is untouched; afterwards it is there as <database>_before_<UTC time>, for people
# to look at and to drop. Sessions on the old database are ended.
#
# DATABASE_DIR  directory with the files `database`, `host`, `port`, `username`, `password`, and perhaps `ca.crt`;
#               the user must be allowed to create databases
# WORK_DIR      holds one .dump
# RESTORE_JOBS  connections that load at once
# REHEARSE      yes: load and read everything, say how long it took, and drop it again; the database stays as it is
# ROLE_OWNER    owner of the database, and with it ROLE_WRITER and ROLE_READER, who have their privileges again
#               (database-roles.sql); without it, everything belongs to the user
# MAINTENANCE   database to be connected to meanwhile
# PGSSLMODE     how to connect where there is no `ca.crt`
#
# The new database has the dump's encoding, collation, settings (ALTER DATABASE SET), connection limit and comment.
# Owners and privileges of other roles are not restored.
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

# named SUFFIX: a name beside the database's. The server cuts names after 63 bytes, which would make it the database's
# own; a long one is cut here and told apart by a hash.
named() {
	if [ "$(printf %s "$database$1" | wc -c)" -le 63 ]; then
		printf %s "$database$1"
	else
		hash=$(printf %s "$database" | sha256sum | cut -c 1-8)
		printf '%s_%s%s' "$(printf %s "$database" | LC_ALL=C cut -b 1-$((63 - 9 - ${#1})))" "$hash" "$1"
	fi
}
new=$(named _restoring)
old=$(named "_before_$(date -u +%Y%m%dt%H%M%Sz)")

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

# described: the dump's statements on the database itself, with the new name in place of the one that was dumped.
described() {
	pg_restore --create --list "$dump" | grep -E '^[0-9]+; [0-9]+ [0-9]+ (DATABASE|DATABASE PROPERTIES|COMMENT - DATABASE) ' >"$WORK_DIR/entries"
	pg_restore --create --no-owner --no-acl --use-list="$WORK_DIR/entries" --file="$WORK_DIR/statements" "$dump"
	NEW=$(printf %s "$new" | sed 's/"/""/g') awk '
		/^\\(connect|restrict|unrestrict) / { next }
		!name && sub(/^CREATE DATABASE /, "") { name = substr($0, 1, index($0, " WITH TEMPLATE = ") - 1); $0 = "CREATE DATABASE " $0 }
		name && /^(CREATE|ALTER|COMMENT ON) DATABASE |^ALTER ROLE .* IN DATABASE / {
			start = index($0, "DATABASE " name " ")
			if (start) $0 = substr($0, 1, start + 8) "\"" ENVIRON["NEW"] "\"" substr($0, start + 9 + length(name))
		}
		{ print }' "$WORK_DIR/statements"
}

# tidied: without what a restore left that was killed: its database, and the old one closed while the names changed.
tidied() {
	sql <<-'SQL'
		select count(*) = 2 as killed from pg_database
			where datname = :'new' or datname = :'database' and not datallowconn \gset
		\if :killed
		alter database :"database" allow_connections true;
		\endif
		drop database if exists :"new" with (force);
	SQL
}

begun=$(date +%s)
tidied || fail "the server refused"
described >"$WORK_DIR/described" || fail "$(basename "$dump") cannot be read"
if ! grep '^CREATE DATABASE ' "$WORK_DIR/described" | sql 2>"$WORK_DIR/refused"; then
	echo "warning: created with the server's own encoding and collation: $(cat "$WORK_DIR/refused")" >&2
	echo 'create database :"new" template template0' | sql || fail "the user may not create databases"
fi
pg_restore --no-password --exit-on-error --no-owner --no-acl --jobs="${RESTORE_JOBS:-2}" --dbname="$new" "$dump" ||
	fail "$(basename "$dump") could not be loaded"
# Only now: a setting such as default_transaction_read_only would stop the loading. One that the user may not make, or a
# role that is not there, is said and stops nothing.
grep -v '^CREATE DATABASE ' "$WORK_DIR/described" | sql --set ON_ERROR_STOP=0 >/dev/null || fail "the server refused"
if [ -n "${ROLE_OWNER:-}" ]; then
	PGDATABASE=$new sql --set owner="$ROLE_OWNER" --set writer="$ROLE_WRITER" --set reader="$ROLE_READER" \
		--file="$(dirname "$0")/database-roles.sql" || fail "its roles could not be given their privileges"
fi
PGDATABASE=$new PGOPTIONS="$PGOPTIONS -c default_transaction_read_only=off" sql --command analyze || fail "the restored database cannot be read"

if [ "${REHEARSE:-no}" = yes ]; then
	tables=$(PGDATABASE=$new sql --no-align --tuples-only --command "select count(*) from pg_stat_user_tables") || fail "the restored database cannot be read"
	size=$(PGDATABASE=$new sql --no-align --tuples-only --command "select pg_size_pretty(pg_database_size(current_database()))") || fail "the restored database cannot be read"
	echo 'drop database :"new" with (force)' | sql || fail "the rehearsal's database could not be dropped"
	echo "rehearsed $(basename "$dump" .dump): $tables tables, $size, loaded in $(($(date +%s) - begun)) s; $database is as it was"
	exit 0
fi

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
# A signal now would leave the database closed, or report a failure after the names have changed.
trap '' HUP INT TERM
if ! swap; then
	echo 'alter database :"database" allow_connections true' | sql || true
	fail "the databases could not change names"
fi
echo "restored $(basename "$dump" .dump) into $database; what was there before, if anything, is $old"
