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

# docker buildx builds all images from docker-bake.hcl, with provenance where they are pushed.
build_with_buildx() {
	local options=(--file "$here/docker-bake.hcl" --metadata-file "$scratch/metadata.json"
		--set "*.context=$here") # bake takes the file's own path from the folder it is started in
	if $no_cache; then options+=(--no-cache); fi
	if [[ -n $pip_conf ]]; then options+=(--set "*.secrets=id=pip_conf,src=$pip_conf"); fi
	local names
	names=$(printf ',%s' "${tags[@]}")
	run env "REGISTRY=$registry" "TAGS=${names:1}" "VERSION=$version" "REVISION=$revision$dirty" "SOURCE=$(source_url)" \
		"SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" "PLATFORMS=$platform" "WHEELHOUSE=$wheelhouse" \
		"QUANTACIRC_SHA256=$sha256" "BASE_IMAGE=$base_image" "PUSH=$push" \
		docker buildx bake "${options[@]}" base "${only[@]}"
	$dry_run && return
	local name
	for name in base "${only[@]}"; do
		python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]]["containerimage.digest"])' \
			"$scratch/metadata.json" "$name" >"$scratch/$name.digest"
	done
}

# podman and buildah share their build code and its options; neither makes provenance.
build_with_containers_tools() {
	local name tag isolation=()
	# In a container, where many pipelines run, there is no service manager to give a build its own control group.
	[[ -n ${BUILDAH_ISOLATION-} || -d /run/systemd/system ]] || isolation=(--isolation chroot)
	for name in base "${only[@]}"; do
		local options=("${isolation[@]}" --file "$here/Dockerfile.$name" --build-context "wheelhouse=$wheelhouse"
			# Docker's format, because the OCI's has no HEALTHCHECK.
			--format docker --timestamp "$SOURCE_DATE_EPOCH" --layers --force-rm
			--build-arg "BASE_IMAGE=$base_image" --build-arg "VERSION=$version" --build-arg "REVISION=$revision$dirty"
			--build-arg "SOURCE=$(source_url)"
			# buildah's cache compares LABEL instructions before it expands their arguments: it would take the layer of an
			# earlier commit with that commit's revision. These have the values themselves.
			--label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$revision$dirty"
			--label "org.opencontainers.image.source=$(source_url)")
		if [[ $name != base ]]; then
			options+=(--build-arg "RUNTIME_IMAGE=$registry/base:${tags[1]}" --build-arg "QUANTACIRC_SHA256=$sha256")
		fi
		if $no_cache; then options+=(--no-cache); fi
		if [[ -n $pip_conf ]]; then options+=(--secret "id=pip_conf,src=$pip_conf"); fi
		if [[ -n $platform ]]; then options+=(--platform "$platform"); fi
		if [[ $platform == *,* ]]; then
			run "$engine" build "${options[@]}" --manifest "$registry/$name:${tags[1]}" "$here"
		else
			for tag in "${tags[@]}"; do options+=(--tag "$registry/$name:$tag"); done
			run "$engine" build "${options[@]}" "$here"
		fi
	done
	# Nothing is pushed before everything is built.
	for name in base "${only[@]}"; do
		if $push; then push_image "$name"; elif ! $dry_run; then local_digest "$name"; fi
	done
}

push_image() {
	local name=$1 tag
	local options=(--digestfile "$scratch/$name.digest" "--tls-verify=$tls_verify")
	local source=$registry/$name:${tags[1]}
	for tag in "${tags[@]}"; do
		if [[ $platform == *,* ]]; then
			run "$engine" manifest push --all "${options[@]}" "$source" "docker://$registry/$name:$tag"
		else
			run "$engine" push "${options[@]}" "$source" "docker://$registry/$name:$tag"
		fi
	done
}

local_digest() {
	local image=$registry/$1:${tags[1]}
	case $engine in
	podman) podman image inspect --format '{{.Digest}}' "$image" ;;
	buildah) buildah inspect --type image --format '{{.FromImageDigest}}' "$image" ;;
	esac >"$scratch/$1.digest"
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
		printf '\n  }\n}\n'
	} >"$new"
	mv -f "$new" "$output"
	for name in base "${only[@]}"; do
		printf '%s %s/%s:%s\n' "$(<"$scratch/$name.digest")" "$registry" "$name" "${tags[0]}"
	done
}
