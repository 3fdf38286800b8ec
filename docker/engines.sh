# shellcheck shell=bash disable=SC2154
# Sourced by build.sh, which sets every variable used here (the reason for SC2154), and by debian-base.sh for the choice.

# choose_engine [NAME]: print the first engine that works, or NAME if it does; fails when there is none.
choose_engine() {
	local candidate
	for candidate in ${1:-docker podman buildah}; do
		if works "$candidate"; then
			echo "$candidate"
			return
		fi
	done
	return 1
}

works() {
	case $1 in
	docker) docker buildx version && docker info ;;
	*) "$1" --version ;;
	esac >/dev/null 2>&1
}

# docker buildx builds all images from docker-bake.hcl.
build_with_buildx() {
	local options=(--file "$here/docker-bake.hcl" --metadata-file "$scratch/metadata.json"
		--set "*.context=$here") # bake takes the file's own path from the folder it is started in
	if $no_cache; then options+=(--no-cache); fi
	if [[ -n $pip_conf ]]; then options+=(--set "*.secrets=id=pip_conf,src=$pip_conf"); fi
	bake "$push" "$platform" "${options[@]}"
	$dry_run && return
	local name
	for name in base "${only[@]}"; do
		python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]]["containerimage.digest"])' \
			"$scratch/metadata.json" "$name" >"$scratch/$name.digest"
	done
}

bake() { # PUSH PLATFORMS OPTION...
	local names
	# The jobs of a pipeline log in to registries in a folder of the job; builders are those of the machine.
	if [[ -n ${DOCKER_CONFIG-} && ! -e $DOCKER_CONFIG/buildx && -e ${HOME-}/.docker/buildx ]]; then
		export BUILDX_CONFIG=${BUILDX_CONFIG:-$HOME/.docker/buildx}
	fi
	names=$(printf ',%s' "${tags[@]}")
	run env "REGISTRY=$registry" "TAGS=${names:1}" "VERSION=$version" "REVISION=$revision$dirty" "SOURCE=$(source_url)" \
		"SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "PLATFORMS=$2" "WHEELHOUSE=$wheelhouse" \
		"QUANTACIRC_SHA256=$sha256" "BASE_IMAGE=$base_image" "PUSH=$1" \
		docker buildx bake "${@:3}" base "${only[@]}"
}

# podman and buildah share their build code and its options.
build_with_containers_tools() {
	local name one isolation=()
	# In a container, where many pipelines run, there is no service manager to give a build its own control group.
	[[ -n ${BUILDAH_ISOLATION-} || -d /run/systemd/system ]] || isolation=(--isolation chroot)
	for name in base "${only[@]}"; do
		for one in "${platforms[@]}"; do build_image "$name" "$one"; done
	done
	# Nothing is pushed before everything is built.
	for name in base "${only[@]}"; do
		if ((${#platforms[@]} > 1)); then make_index "$name"; fi
		if $push; then push_image "$name"; fi
	done
}

# PLATFORM MARK: what distinguishes the image of this platform from those of others; nothing for a single platform.
suffix() {
	((${#platforms[@]} < 2)) || printf '%s' "$2${1//\//-}"
}

build_image() { # NAME PLATFORM
	local name=$1 suffix
	suffix=$(suffix "$2" -)
	local options=("${isolation[@]}" --file "$here/Dockerfile.$name" --build-context "wheelhouse=$wheelhouse"
		# Docker's format, because the OCI's has no HEALTHCHECK.
		--format docker --timestamp "$SOURCE_DATE_EPOCH" --identity-label=false --layers --force-rm
		--build-arg "BASE_IMAGE=$base_image" --build-arg "VERSION=$version" --build-arg "REVISION=$revision$dirty"
		--build-arg "SOURCE=$(source_url)"
		# buildah's cache compares LABEL instructions before it expands their arguments: it would take the layer of an
		# earlier commit with that commit's revision. These have the values themselves.
		--label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$revision$dirty"
		--label "org.opencontainers.image.source=$(source_url)")
	if [[ $name != base ]]; then
		options+=(--build-arg "RUNTIME_IMAGE=$registry/base:${tags[1]}$suffix" --build-arg "QUANTACIRC_SHA256=$sha256")
	fi
	if $no_cache; then options+=(--no-cache); fi
	if [[ -n $pip_conf ]]; then options+=(--secret "id=pip_conf,src=$pip_conf"); fi
	if [[ -n $2 ]]; then options+=(--platform "$2"); fi
	run "$engine" build "${options[@]}" --tag "$registry/$name:${tags[1]}$suffix" "$here"
	settle "$name" "$suffix"
}

# NAME SUFFIX: replace the image by one that is the same for each build, and give it its tags.
settle() {
	local folder=$scratch/$1$2 image=IMAGE tag names=()
	run "$engine" push --quiet "$registry/$1:${tags[1]}$2" "dir:$folder"
	run python3 "$here/reproducible.py" "$folder" "$scratch/image"
	run "$engine" pull --quiet "dir:$folder"
	$dry_run || image=$(<"$scratch/image")
	if ! $dry_run && [[ ${#platforms[@]} -eq 1 ]]; then
		printf 'sha256:%s\n' "$(sha256sum "$folder/manifest.json" | cut -d ' ' -f 1)" >"$scratch/$1.digest"
	fi
	# The tags of several platforms are those of their index.
	if [[ ${#platforms[@]} -gt 1 ]]; then names=("$registry/$1:${tags[1]}$2"); else
		for tag in "${tags[@]}"; do names+=("$registry/$1:$tag"); done
	fi
	run "$engine" tag "$image" "${names[@]}"
	run rm -rf "$folder"
}

# NAME: an index of the images of all platforms.
make_index() {
	local index=$registry/$1:${tags[1]}-index one
	$dry_run || "$engine" manifest rm "$index" >/dev/null 2>&1 || true # of an earlier build
	run "$engine" manifest create "$index"
	for one in "${platforms[@]}"; do
		run "$engine" manifest add "$index" "$registry/$1:${tags[1]}$(suffix "$one" -)"
	done
	if ! $push; then
		run "$engine" manifest push --all --quiet --digestfile "$scratch/$1.digest" "$index" "dir:$scratch/index"
		run rm -rf "$scratch/index"
	fi
}

push_image() { # NAME
	local tag options=(--digestfile "$scratch/$1.digest" "--tls-verify=$tls_verify")
	for tag in "${tags[@]}"; do
		if ((${#platforms[@]} > 1)); then
			run "$engine" manifest push --all "${options[@]}" "$registry/$1:${tags[1]}-index" "docker://$registry/$1:$tag"
		else
			run "$engine" push "${options[@]}" "$registry/$1:${tags[1]}" "docker://$registry/$1:$tag"
		fi
	done
}

source_url() {
	git -C "$root" config --get remote.origin.url |
		sed -E -e 's#^[a-z]+://([^@/]*@)?#https://#' -e 's#^[^@/]+@([^:/]+):#https://\1/#' -e 's#\.git$##' || true
}

# Written beside the old file and renamed: whoever reads it sees the old one or the new one.
write_digests() {
	mkdir -p "$(dirname "$output")"
	local name comma='' new
	new=$(mktemp "$output.XXXXXX")
	chmod 644 "$new"
	{
		printf '{\n  "version": "%s",\n  "revision": "%s",\n  "pushed": %s,\n  "images": {' "$version$dirty" "$revision$dirty" "$push"
		for name in "${only[@]}"; do
			printf '%s\n    "%s": {"repository": "%s", "tag": "%s", "digest": "%s"}' \
				"$comma" "$name" "$registry/$name" "${tags[0]}" "$(<"$scratch/$name.digest")"
			comma=,
		done
		printf '\n  },\n  "base": {"repository": "%s", "tag": "%s", "digest": "%s"}\n}\n' \
			"$registry/base" "${tags[0]}" "$(<"$scratch/base.digest")"
	} >"$new"
	mv -f "$new" "$output"
	for name in base "${only[@]}"; do
		printf '%s %s/%s:%s\n' "$(<"$scratch/$name.digest")" "$registry" "$name" "${tags[0]}"
	done
}
