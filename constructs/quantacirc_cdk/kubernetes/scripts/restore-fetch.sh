#!/bin/sh
# Downloads a backup and its checksum, and sees that they fit each other.
#
# WORK_DIR  where it goes
# TARGET    rclone's name of the place, `remote:bucket/prefix`
# BACKUP    which one: the name of a dump, its time, or `latest`
set -eu
# shellcheck source-path=SCRIPTDIR source=backup-remote.sh
. "$(dirname "$0")/backup-remote.sh"

fail() {
	echo "restore failed: $1; nothing was changed" >&2
	[ -z "${known:-}" ] || printf 'complete backups, the newest last:\n%s\n' "$known" >&2
	rm -f "$WORK_DIR"/*."$suffix" "$WORK_DIR"/*.sha256
	exit 1
}
trap 'fail "interrupted"' HUP INT TERM

known=$(backups) || fail "the store cannot be read"
[ -n "$known" ] || fail "there is no complete backup"
case ${BACKUP:-latest} in
latest) name=$(echo "$known" | tail -n 1) ;;
*) name=${BACKUP%."$suffix"}.$suffix ;;
esac
echo "$known" | grep -q -x -F "$name" || fail "there is no complete backup $name"

cd "$WORK_DIR"
for file in "$name" "$name.sha256"; do
	rclone copyto "$TARGET/$file" "$file" || fail "$file could not be downloaded"
done
sha256sum -c "$name.sha256" >/dev/null 2>&1 || fail "$name is damaged: it does not fit its checksum; choose an older one"
echo "fetched $name"
