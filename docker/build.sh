#!/usr/bin/env bash
# Build, tag and, with --push, push QuantaCirc's images. `docker/build.sh --help` says how.
set -euo pipefail

readonly IMAGES=(agents cli monitoring)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
readonly here root

usage() {
	cat <<'END'
Usage: docker/build.sh [OPTION]...

Build the images agents, cli and monitoring, and the base they share, with docker buildx, podman or buildah, whichever
is there. Write the digests to dist/images.json, which `qcdk release` reads.

The application is the wheel quantacirc in docker/application.lock, with its version and its hash. It comes from a folder
of wheels that also holds what it depends on (--wheelhouse), or from the package index that pip.conf names (--pip-conf).
docs/images.md says what the wheel must be; it is checked before the build.

  --wheelhouse DIR   take every package from DIR, none from an index
  --sha256 HEX       hash of the wheel quantacirc (default: the one in docker/application.lock); for --push to a
                     registry that is not on this machine it must be that one
  --pip-conf FILE    pip.conf for the builds; passed as a secret, in no layer (default: $PIP_CONFIG_FILE)
  --registry NAME    registry and path of the images (default: localhost/quantacirc)
  --push             push every tag; refused when the work tree has changes that are not committed
  --platform LIST    platforms, such as linux/amd64,linux/arm64 (default: this machine's); several make an index. Those of
                     other machines need an emulator (QEMU, registered with binfmt_misc)
  --only NAME        only this image, and the base; may be given more than once
  --base-image REF   image to start from, by digest (default: the one in docker/Dockerfile.base)
  --engine NAME      docker, podman or buildah (default: the first that works)
  --output FILE      where the digests go (default: dist/images.json)
  --sbom DIR         write an SBOM of each image to DIR (CycloneDX; needs syft); of several platforms, one for each
  --provenance DIR   write the origin of each image to DIR (SLSA, in-toto; the CI server or BUILDER_ID says who builds)
  --no-cache         build every layer anew
  --dry-run          print what would be built, tagged and run, and what a build still lacks; build nothing
  --help             print this

Tags: the version of the application, which a later build with the same wheel moves, the Git revision, which never moves,
and, in a registry on this machine only, latest. A work tree with changes gets "-dirty" after version and revision.
SOURCE_DATE_EPOCH (default: the time of the last commit) dates every file and the image, so that two builds of a commit
with the same engine have the same digests.

exit status: 0 built, 2 bad use or nothing to build with, 130 interrupted, else the engine's.
END
}

fail() {
	printf 'error: %s\n' "$1" >&2
	exit "${2:-2}"
}

# shellcheck source=docker/engines.sh
source "$here/engines.sh"
# shellcheck source=docker/wheel.sh
source "$here/wheel.sh"

# What is asked for

wheelhouse='' sha256='' pip_conf='' registry=localhost/quantacirc platform='' base_image='' engine='' sbom='' provenance=''
output=$root/dist/images.json
push=false dry_run=false no_cache=false
only=()

known() {
	local candidate
	for candidate in "${@:2}"; do [[ $candidate == "$1" ]] && return; done
	return 1
}

while (($#)); do
	case $1 in
	--help | -h) usage && exit ;;
	--push) push=true ;;
	--dry-run) dry_run=true ;;
	--no-cache) no_cache=true ;;
	--wheelhouse | --sha256 | --pip-conf | --registry | --platform | --only | --base-image | --engine | --output | --sbom | --provenance)
		(($# > 1)) && [[ -n $2 && $2 != --* ]] || fail "$1 needs a value"
		case $1 in
		--only) only+=("$2") ;;
		*)
			name=${1#--}
			printf -v "${name//-/_}" %s "$2"
			;;
		esac
		shift
		;;
	*) fail "unknown option: $1; see docker/build.sh --help" ;;
	esac
	shift
done

for name in "${only[@]}"; do
	known "$name" "${IMAGES[@]}" || fail "--only $name: no such image, expected one of: ${IMAGES[*]}"
done
((${#only[@]})) || only=("${IMAGES[@]}")
[[ $registry =~ ^[a-zA-Z0-9.-]+(:[0-9]+)?(/[a-z0-9._/-]*[a-z0-9])?$ ]] ||
	fail "--registry $registry: expected a registry such as registry.example.com/team, without a scheme"
[[ -z $platform || $platform =~ ^[a-z0-9]+/[a-z0-9/]+(,[a-z0-9]+/[a-z0-9/]+)*$ ]] ||
	fail "--platform $platform: expected platforms such as linux/amd64,linux/arm64"
[[ -z $sha256 || $sha256 =~ ^[0-9a-f]{64}$ ]] || fail "--sha256: expected 64 hexadecimal digits"
[[ -z $base_image || $base_image =~ ^[A-Za-z0-9._/:@-]+$ ]] || fail "--base-image $base_image: not the name of an image"
[[ -n $pip_conf || ! -f ${PIP_CONFIG_FILE-} ]] || pip_conf=$PIP_CONFIG_FILE
[[ -z $pip_conf || -f $pip_conf ]] || fail "--pip-conf $pip_conf: no such file"
[[ -z $engine ]] || known "$engine" docker podman buildah || fail "--engine $engine: expected docker, podman or buildah"

# What it is built from

lock=$(grep -v '^#' "$here/application.lock") || fail "docker/application.lock names no application"
[[ $lock =~ ^quantacirc==([A-Za-z0-9][A-Za-z0-9._-]*)(\ --hash=sha256:([0-9a-f]{64}))?$ ]] ||
	fail "docker/application.lock: found \"$lock\", expected the one line quantacirc==VERSION --hash=sha256:HEX"
version=${BASH_REMATCH[1]} locked=${BASH_REMATCH[3]}
revision=$(git -C "$root" rev-parse HEAD 2>/dev/null) || fail "$root is not a Git repository with a commit"
dirty=''
[[ -z $(git -C "$root" status --porcelain -- . ':!dist') ]] || dirty=-dirty
! $push || [[ -z $dirty ]] || fail "the work tree has changes that are not committed: what is pushed must have a revision"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
[[ -n $base_image ]] || base_image=$(sed -n 's/^ARG BASE_IMAGE=//p' "$here/Dockerfile.base")
[[ $base_image == *@sha256:* || $base_image == localhost/* ]] ||
	fail "--base-image $base_image: expected a digest, name@sha256:..."

missing=() # what a dry run does without

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

sha256=${sha256:-$locked} wheel=''
local_registry=false
[[ ! $registry =~ ^(localhost|127\.0\.0\.1)(:|/|$) ]] || local_registry=true
if $push && ! $local_registry; then refuse_other_wheels; fi

if [[ -n $wheelhouse ]]; then
	wheel=$wheelhouse/quantacirc-$version-py3-none-any.whl
	[[ -f $wheel ]] || fail "--wheelhouse $wheelhouse: no ${wheel##*/} there"
	wheelhouse=$(cd "$wheelhouse" && pwd)
	found=$(sha256sum "$wheel" | cut -d ' ' -f 1)
	[[ -z $sha256 || $sha256 == "$found" ]] || fail "${wheel##*/} has the SHA-256 $found, expected $sha256"
	sha256=$found
	check_wheel "$wheel"
else
	$dry_run || [[ -n $sha256 ]] ||
		fail "where is the wheel quantacirc $version? Say --wheelhouse DIR, or --sha256 HEX for one from an index"
	[[ -n $sha256 ]] || missing+=("the wheel quantacirc $version: --wheelhouse DIR, or --sha256 HEX for one from an index")
	wheelhouse=$here/requirements # holds no wheel, which is what tells install.sh to ask an index
fi

tags=("$version$dirty" "${revision:0:12}$dirty")
if $local_registry; then
	tags+=(latest)
	tls_verify=false # no registry on this machine has a certificate
else
	tls_verify=true
fi

# What builds it

# shellcheck source=docker/attest.sh
source "$here/attest.sh"

if chosen=$(choose_engine "$engine"); then
	engine=$chosen
else
	no_engine="docker with buildx, podman or buildah (tried: ${engine:-docker, podman, buildah})"
	$dry_run || fail "no engine works; install $no_engine"
	missing+=("an engine that works: $no_engine")
	engine=''
fi
[[ -z $sbom ]] || $dry_run || command -v syft >/dev/null || fail "--sbom needs syft on PATH"
IFS=, read -ra platforms <<<"$platform"
((${#platforms[@]})) || platforms=('') # this machine's

# Running it: the engine in the background, so that a signal ends it at once and not after the build.

child=''
interrupted() {
	trap '' INT TERM
	[[ -z $child ]] || kill -TERM "$child" 2>/dev/null || true
	wait 2>/dev/null || true
	echo "interrupted; $output is as it was" >&2
	exit 130
}
trap interrupted INT TERM

run() {
	if $dry_run; then
		printf '  %s\n' "${*@Q}"
		return
	fi
	"$@" &
	child=$!
	local status=0
	wait "$child" || status=$?
	child=''
	((status == 0)) || fail "$1 ${2-} ended with status $status; $output is as it was" "$status"
}

if ! $dry_run && [[ -z $wheel ]]; then download_wheel; fi
for name in base "${only[@]}"; do
	$dry_run || break
	printf '%s\n' "$name"
	for tag in "${tags[@]}"; do printf '  tag %s/%s:%s\n' "$registry" "$name" "$tag"; done
done
if $dry_run; then
	for name in "${missing[@]}"; do printf 'a build needs %s\n' "$name"; done
	[[ -n $engine ]] || exit 0
	printf 'commands\n'
fi

if [[ $engine == docker ]]; then
	build_with_buildx
else
	build_with_containers_tools
fi
[[ -z $sbom ]] || write_sboms
if ! $dry_run; then
	[[ -z $provenance ]] || write_provenance
	write_digests
fi
