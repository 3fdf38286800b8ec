# shellcheck shell=bash disable=SC2154
# Sourced by build.sh, which sets every variable used here (the reason for SC2154).

# What is in each image: CycloneDX, by syft, read from the image itself and not from what was meant to be in it.
write_sboms() {
	local name one
	run mkdir -p "$sbom"
	for one in "${platforms[@]}"; do
		save_images "$one"
		for name in base "${only[@]}"; do
			run syft scan --quiet "docker-archive:$scratch/$name.tar" --source-name "$registry/$name" \
				--source-version "$version" --output "cyclonedx-json=$sbom/$name$(suffix "$one" .).cdx.json"
			run rm -f "$scratch/$name.tar"
		done
	done
}

save_images() { # PLATFORM: each image as an archive; buildx keeps images of several platforms in its cache only
	local name image options=()
	if [[ $engine == docker && ${#platforms[@]} -gt 1 ]]; then
		for name in base "${only[@]}"; do options+=(--set "$name.output=type=docker,dest=$scratch/$name.tar"); done
		bake false "$1" --file "$here/docker-bake.hcl" --set "*.context=$here" "${options[@]}"
		return
	fi
	for name in base "${only[@]}"; do
		image=$registry/$name:${tags[1]}$(suffix "$1" -)
		case $engine in
		docker) run docker save --output "$scratch/$name.tar" "$image" ;;
		*) run "$engine" push --quiet "$image" "docker-archive:$scratch/$name.tar" ;;
		esac
	done
}

json() { # TEXT as a JSON string; what is written here holds no control characters
	local text=${1//\\/\\\\}
	printf '"%s"' "${text//\"/\\\"}"
}

# Who builds, and in which run: BUILDER_ID, or what GitHub Actions, GitLab CI/CD and Jenkins tell their jobs, or this
# machine.
identify_builder() {
	builder=urn:builder:$(uname -n) invocation=''
	if [[ -n ${GITHUB_RUN_ID-} ]]; then
		builder=$GITHUB_SERVER_URL/${GITHUB_WORKFLOW_REF:-$GITHUB_REPOSITORY} # act and Gitea do not set the first
		invocation=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID/attempts/${GITHUB_RUN_ATTEMPT:-1}
	elif [[ -n ${CI_JOB_URL-} ]]; then
		builder=$CI_PROJECT_URL/-/runners/$CI_RUNNER_ID
		invocation=$CI_JOB_URL
	elif [[ -n ${BUILD_URL-} ]]; then
		builder=$JENKINS_URL
		invocation=$BUILD_URL
	fi
	builder=${BUILDER_ID:-$builder}
}

# Where each image comes from: an in-toto statement with SLSA provenance (https://slsa.dev/spec/v1.0/provenance), for
# `cosign attest` to sign. It holds no time, so that it is the same for the same build.
write_provenance() {
	local name source builder invocation run=''
	source=$(source_url)
	identify_builder
	[[ -z $invocation ]] || run=", \"metadata\": {\"invocationId\": $(json "$invocation")}"
	mkdir -p "$provenance"
	for name in base "${only[@]}"; do
		local base=''
		[[ $base_image != *@sha256:* ]] || base=", \"digest\": {\"sha256\": $(json "${base_image##*@sha256:}")}"
		cat >"$scratch/$name.provenance.json" <<END
{
  "_type": "https://in-toto.io/Statement/v1",
  "subject": [{"name": $(json "$registry/$name"), "digest": {"sha256": $(json "$(sed 's/^sha256://' "$scratch/$name.digest")")}}],
  "predicateType": "https://slsa.dev/provenance/v1",
  "predicate": {
    "buildDefinition": {
      "buildType": $(json "${source:-file:}#docker/build.sh"),
      "externalParameters": {
        "image": $(json "$name"),
        "version": $(json "$version$dirty"),
        "platform": $(json "$platform"),
        "sourceDateEpoch": $(json "$SOURCE_DATE_EPOCH")
      },
      "internalParameters": {"engine": $(json "$engine")},
      "resolvedDependencies": [
        {"uri": $(json "git+${source:-file:}"), "digest": {"gitCommit": $(json "$revision")}},
        {"uri": $(json "docker://$base_image")$base},
        {"uri": $(json "pkg:pypi/quantacirc@$version"), "digest": {"sha256": $(json "$sha256")}}
      ]
    },
    "runDetails": {"builder": {"id": $(json "$builder")}$run}
  }
}
END
		mv -f "$scratch/$name.provenance.json" "$provenance/$name.provenance.json"
	done
}
