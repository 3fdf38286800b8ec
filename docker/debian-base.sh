#!/usr/bin/env bash
# debian-base.sh [--engine NAME]: make localhost/debian-python:bookworm, an image to start from where no registry is
# reached. debootstrap fetches Debian's packages (as root; a minute); the files are kept below .tools/ for the next time.
# What ships starts from the image in Dockerfile.base instead, whose digest is in Git.
set -euo pipefail

readonly IMAGE=localhost/debian-python:bookworm
readonly PACKAGES=python3,python3-venv,ca-certificates
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
# shellcheck source=docker/engines.sh
source "$here/engines.sh"

fail() {
	printf 'error: %s\n' "$1" >&2
	exit 2
}

case ${1-} in
--engine) engine=${2:?--engine needs a value} ;;
'') engine='' ;;
*) fail "unknown option: $1; the only one is --engine NAME" ;;
esac
engine=$(choose_engine "$engine") || fail "no engine works; install docker, podman or buildah"

key=$(sha256sum "${BASH_SOURCE[0]}" | cut -c 1-12)
files=$root/.tools/debian-python-$key.tar
mkdir -p "$root/.tools"
exec 9>"$root/.tools/debian-python.lock"
flock 9 # two at once would do the work twice
if [[ ! -e $files ]]; then
	command -v debootstrap >/dev/null || fail "debootstrap is missing; install Debian's package debootstrap"
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch" "$files.partial"' EXIT
	debootstrap --variant=minbase "--include=$PACKAGES" bookworm "$scratch/root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$scratch/log" 2>&1 ||
		{ tail -n 20 "$scratch/log" >&2 && fail "debootstrap failed"; }
	(cd "$scratch/root" && rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* usr/share/{doc,man,locale,info})
	tar --directory "$scratch/root" --sort=name --create --file "$files.partial" .
	mv "$files.partial" "$files"
fi

case $engine in
docker | podman) "$engine" import --change 'CMD ["python3"]' "$files" "$IMAGE" >/dev/null ;;
buildah)
	container=$(buildah from scratch)
	buildah add --quiet "$container" "$files" / >/dev/null
	buildah config --cmd python3 "$container"
	buildah commit --quiet --rm --timestamp 0 "$container" "$IMAGE" >/dev/null
	;;
esac
echo "$IMAGE"
