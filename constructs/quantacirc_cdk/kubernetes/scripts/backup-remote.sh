#!/bin/sh
# What the scripts that talk to the store have in common; read by them with `.`.
#
# STORE_DIR        directory with the files `access-key-id` and `secret-access-key`; without it the platform says who we are
# ENCRYPTION_FILE  file with a password; what is stored is then encrypted with it before it leaves the pod
# SUFFIX           what the name of a dump ends in; `dump` when absent

suffix=${SUFFIX:-dump}

if [ -n "${STORE_DIR:-}" ]; then
	RCLONE_CONFIG_STORE_ACCESS_KEY_ID=$(cat "$STORE_DIR/access-key-id") || exit 1
	RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY=$(cat "$STORE_DIR/secret-access-key") || exit 1
	export RCLONE_CONFIG_STORE_ACCESS_KEY_ID RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY
fi

if [ -n "${ENCRYPTION_FILE:-}" ]; then
	password=$(rclone obscure - <"$ENCRYPTION_FILE") || exit 1
	export RCLONE_CONFIG_SEALED_TYPE=crypt RCLONE_CONFIG_SEALED_PASSWORD="$password"
	export RCLONE_CONFIG_SEALED_REMOTE="$TARGET"
	# Names tell no more than a time, and people must be able to list them without the password; they get a `.bin`.
	export RCLONE_CONFIG_SEALED_FILENAME_ENCRYPTION=off RCLONE_CONFIG_SEALED_DIRECTORY_NAME_ENCRYPTION=false
	TARGET=sealed:
fi

# listing: every file there is. A place where nothing was ever stored is empty, not an error.
listing() {
	if ! found=$(rclone lsf --files-only "$TARGET" 2>"$TMPDIR/rclone.err"); then
		grep -q -i 'directory not found' "$TMPDIR/rclone.err" || {
			cat "$TMPDIR/rclone.err" >&2
			return 1
		}
	fi
	echo "$found" | sort
}

# backups: the names of all complete backups, the oldest first.
backups() { listing | sed -n 's/\.sha256$//p'; }

# unfinished: the names of dumps without a checksum.
unfinished() {
	listing | awk -v end=".$suffix" 'substr($0, length($0) - length(end) + 1) == end { dumps[$0] }
		sub(/\.sha256$/, "") { complete[$0] }
		END { for (name in dumps) if (!(name in complete)) print name }' | sort
}
