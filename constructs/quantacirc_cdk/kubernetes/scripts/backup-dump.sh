#!/bin/sh
# Dumps a PostgreSQL database into a file whose every byte has been read back. A dump that fails leaves nothing.
#
# DATABASE_DIR  directory with the files `database`, `host`, `port`, `username`, `password`, and perhaps `ca.crt`
# WORK_DIR      where the dump goes: <UTC time>.dump and <UTC time>.dump.sha256
# PGSSLMODE     how to connect where there is no `ca.crt`
#
# pg_dump must be of the server's major release: it refuses a newer one, and an older one does not take back its dumps.
set -eu
umask 077

value() { cat "$DATABASE_DIR/$1"; }

PGHOST=$(value host) PGPORT=$(value port) PGUSER=$(value username)
PGPASSWORD=$(value password) PGDATABASE=$(value database)
export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGCONNECT_TIMEOUT=30
if [ -f "$DATABASE_DIR/ca.crt" ]; then
	export PGSSLMODE=verify-full PGSSLROOTCERT="$DATABASE_DIR/ca.crt"
fi

name=$(date -u +%Y%m%dT%H%M%SZ).dump
part="$WORK_DIR/part"
fail() {
	echo "backup failed: $1; nothing was stored, older backups are as they were" >&2
	exit 1
}
trap 'rm -f "$part"' EXIT
trap 'fail "interrupted"' HUP INT TERM

# A dump waits for locks that others hold; without a limit one forgotten transaction would stop all backups in silence.
pg_dump --format=custom --no-password --lock-wait-timeout=300000 --file="$part" || fail "pg_dump stopped"
# The list of contents stands at the front: only reading all of it shows that the file is whole.
pg_restore --file=/dev/null "$part" || fail "the dump cannot be read back"

cd "$WORK_DIR"
mv part "$name"
sha256sum "$name" >"$name.sha256"
echo "dumped $name, $(wc -c <"$name") bytes"
