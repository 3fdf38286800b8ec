#!/bin/sh
# Uploads the dump in WORK_DIR, reads it back from the store, and only then lets go of old ones.
#
# WORK_DIR   holds one <time>.<suffix> and its .sha256
# TARGET     rclone's name of the place, `remote:bucket/prefix`
# KEEP_DAYS  days after which a backup is deleted
# KEEP_LAST  the newest backups that stay however old they are
#
# A backup exists once its .sha256 does, which is written last: an upload that was interrupted counts for nothing.
set -eu
# shellcheck source-path=SCRIPTDIR source=backup-remote.sh
. "$(dirname "$0")/backup-remote.sh"

fail() {
	echo "backup failed: $1; older backups are as they were" >&2
	exit 1
}
trap 'fail "interrupted"' HUP INT TERM

cd "$WORK_DIR"
dump=$(find . -name "*.$suffix" | sort | tail -n 1)
dump=${dump#./}
[ -n "$dump" ] || fail "there is no dump in $WORK_DIR"
sha256sum -c "$dump.sha256" >/dev/null || fail "$dump changed on the way to the upload"

rclone copyto "$dump" "$TARGET/$dump" || fail "$dump could not be uploaded"
stored=$(rclone cat "$TARGET/$dump" | sha256sum | cut -d ' ' -f 1)
[ "$stored" = "$(cut -d ' ' -f 1 "$dump.sha256")" ] || fail "what the store holds of $dump is not what was uploaded"
rclone copyto "$dump.sha256" "$TARGET/$dump.sha256" || fail "the checksum of $dump could not be uploaded"
echo "stored $dump"

# before DAYS: the name that a dump of so many days ago would have.
before() { date -u -d "@$(($(date +%s) - $1 * 86400))" "+%Y%m%dT%H%M%SZ.$suffix"; }

# older LIMIT: those of the names read that are below it.
older() { awk -v limit="$1" '$0 < limit'; }

remove() {
	rclone deletefile "$TARGET/$1" || echo "warning: $1 could not be deleted" >&2
}

names=$(backups)
total=$(echo "$names" | wc -l)
spare=$((total > KEEP_LAST ? total - KEEP_LAST : 0))
for name in $(echo "$names" | head -n "$spare" | older "$(before "$KEEP_DAYS")"); do
	remove "$name.sha256" # first, so that half a backup is never taken for one
	remove "$name"
	echo "deleted $name"
done
for name in $(unfinished | older "$(before 1)"); do
	remove "$name"
	echo "deleted the unfinished $name"
done
