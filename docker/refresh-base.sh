#!/usr/bin/env bash
# Set the digest that the tag of the base image has today in Dockerfile.base: how the fixes of the distribution arrive.
# Needs docker with buildx, and reads the registry. Prints the old and the new digest, or that nothing has changed.
# exit status: 0 done or nothing to do, 1 the registry does not answer with a digest.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly FILE=$here/Dockerfile.base

pinned=$(sed -n 's/^ARG BASE_IMAGE=//p' "$FILE")
old=${pinned#*@}
new=$(docker buildx imagetools inspect "${pinned%@*}" --format '{{.Manifest.Digest}}')
if [[ ! $new =~ ^sha256:[0-9a-f]{64}$ ]]; then
	echo "error: ${pinned%@*}: found the digest \"$new\"" >&2
	exit 1
fi
if [[ $new == "$old" ]]; then
	echo "${pinned%@*} is current"
	exit
fi
sed -i "s/^\(ARG BASE_IMAGE=.*\)@$old\$/\1@$new/" "$FILE"
echo "${pinned%@*}: $old -> $new"
