#!/usr/bin/env bats
# shellcheck disable=SC2016 # the code of an engine expands when the engine runs
# docker/build.sh with engines that only write down what they are told: every way to ask wrongly, and every failure.
# What the engines really make of it is tested in test_image_contents.py and test_registry.py.

DIGEST=sha256:1111111111111111111111111111111111111111111111111111111111111111
MEDIA_TYPE=application/vnd.docker.distribution.manifest.v2+json
HASHED=base.example/python@$DIGEST

setup_file() {
	wheel "$BATS_FILE_TMPDIR"
}

wheel() { # FOLDER [NAME=VALUE...]: write a wheel of the application, with these parts in place of the ones below
	python3 - "$@" <<'END'
import sys, zipfile
parts = {
    "name": "quantacirc", "version": "1.2.3", "extras": "agents cli monitoring", "requires": "click>=8 ; extra == 'cli'",
    "commands": "quantacirc=quantacirc.cli:main quantacirc-agent=quantacirc.run:agent quantacirc-monitor=quantacirc.run:monitor",
    "modules": "cli run healthcheck",
} | dict(part.split("=", 1) for part in sys.argv[2:])
information = "quantacirc-1.2.3.dist-info"
metadata = f"Metadata-Version: 2.4\nName: {parts['name']}\nVersion: {parts['version']}\n"
metadata += "".join(f"Provides-Extra: {extra}\n" for extra in parts["extras"].split())
metadata += f"Requires-Dist: {parts['requires']}\n"
files = {f"{information}/METADATA": metadata, "quantacirc/__init__.py": ""}
files[f"{information}/entry_points.txt"] = "[console_scripts]\n" + parts["commands"].replace(" ", "\n")
files |= {f"quantacirc/{module}.py": "" for module in parts["modules"].split()}
with zipfile.ZipFile(f"{sys.argv[1]}/quantacirc-1.2.3-py3-none-any.whl", "w") as archive:
    for name, text in files.items():
        archive.writestr(zipfile.ZipInfo(name), text)
END
}

lock() { # LINE: commit it as the application's lock
	echo "$1" >"$repository/docker/application.lock"
	git -C "$repository" commit --quiet --all --message "$1"
}

setup() {
	source_root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	repository=$BATS_TEST_TMPDIR/repository
	mkdir -p "$repository/dist"
	cp -r "$source_root/docker" "$repository/docker"
	wheels=$BATS_TEST_TMPDIR/wheels
	mkdir "$wheels"
	cp "$BATS_FILE_TMPDIR"/*.whl "$wheels"
	hash=$(sha256sum "$wheels"/*.whl | cut -d ' ' -f 1)
	echo "quantacirc==1.2.3 --hash=sha256:$hash" >"$repository/docker/application.lock"
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com
	export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com GIT_COMMITTER_DATE='1700000000 +0000'
	git -C "$repository" init --quiet
	git -C "$repository" remote add origin https://user:token@git.example.com/team/app.git
	git -C "$repository" add --all
	git -C "$repository" commit --quiet --message start
	revision=$(git -C "$repository" rev-parse HEAD)

	# PATH has the tools the script needs and no engine; a test adds the engines it wants.
	bin=$BATS_TEST_TMPDIR/bin
	mkdir "$bin"
	for tool in bash cat chmod cut dirname env git grep ls mkdir mktemp mv rm sed sha256sum sleep uname; do
		ln -s "$(command -v "$tool")" "$bin/$tool"
	done
	# python3 may be a shim that looks for the real one with tools that are not in this PATH.
	printf '#!/bin/sh\nexec %q "$@"\n' "$(python3 -c 'import sys; print(sys.executable)')" >"$bin/python3"
	chmod +x "$bin/python3"
	log=$BATS_TEST_TMPDIR/log
	: >"$log"
	unset PIP_CONFIG_FILE SOURCE_DATE_EPOCH BUILDER_ID GITHUB_RUN_ID CI_JOB_URL BUILD_URL
}

engine() { # NAME [SHELL CODE run for each call, with its arguments]
	cat >"$bin/$1" <<END
#!/usr/bin/env bash
echo "$1 \$*" >>"$log"
${2-}
case "\$*" in
"push --quiet "*" dir:"*)
	folder=\${!#}
	folder=\${folder#dir:}
	mkdir -p "\$folder"
	printf '{"mediaType": "$MEDIA_TYPE", "config": {"digest": "sha256:old"}}' >"\$folder/manifest.json"
	printf '{"config": {}, "history": []}' >"\$folder/old"
	;;
*--digestfile*) while ((\$#)); do [[ \$1 != --digestfile ]] || echo $DIGEST >"\$2"; shift; done ;;
esac
END
	chmod +x "$bin/$1"
}

build() {
	run --separate-stderr env PATH="$bin" "$repository/docker/build.sh" --wheelhouse "$wheels" --base-image "$HASHED" "$@"
}

refused() { # MESSAGE
	[[ $status -eq 2 ]]
	[[ $stderr == *"error: $1"* ]] || { echo "$stderr" && return 1; }
	[[ ! -s $log ]] || { cat "$log" && return 1; }
}

bats_require_minimum_version 1.5.0

@test "help needs no engine and names every option" {
	build --help
	[[ $status -eq 0 ]]
	for option in push platform only registry no-cache dry-run wheelhouse sha256 pip-conf sbom provenance output engine; do
		[[ $output == *"--$option"* ]]
	done
}

@test "an unknown option is refused" {
	engine buildah
	build --pusch
	refused 'unknown option: --pusch'
}

@test "an option without its value is refused" {
	engine buildah
	build --registry
	refused '--registry needs a value'
	build --only --push
	refused '--only needs a value'
}

@test "an unknown image is refused with the known ones" {
	engine buildah
	build --only agent
	refused '--only agent: no such image, expected one of: agents cli monitoring'
}

@test "a registry with a scheme is refused" {
	engine buildah
	build --registry https://registry.example.com/team
	refused '--registry https://registry.example.com/team: expected a registry'
}

@test "a platform that is none is refused" {
	engine buildah
	build --platform amd64
	refused '--platform amd64: expected platforms such as linux/amd64,linux/arm64'
}

@test "several platforms without a push are built, described and counted, and pushed nowhere" {
	engine podman
	engine syft
	build --platform linux/amd64,linux/arm64 --only cli --sbom "$BATS_TEST_TMPDIR/sbom"
	[[ $status -eq 0 ]] || { echo "$stderr" && false; }
	run ! grep docker:// "$log"
	for one in linux-amd64 linux-arm64; do
		grep -q "podman build .*--build-arg RUNTIME_IMAGE=localhost/quantacirc/base:${revision:0:12}-$one .*--platform ${one/-//} " "$log"
		grep -q "podman manifest add localhost/quantacirc/cli:${revision:0:12}-index localhost/quantacirc/cli:${revision:0:12}-$one" "$log"
		grep -q "syft scan .*cyclonedx-json=$BATS_TEST_TMPDIR/sbom/cli.$one.cdx.json" "$log"
	done
	grep -q "\"cli\": {.*$DIGEST" "$repository/dist/images.json"
}

@test "buildx describes each of several platforms from its cache" {
	engine docker '[[ $* != *"--set cli.output"* ]] || echo "PLATFORMS=$PLATFORMS PUSH=$PUSH" >>'"$log"
	engine syft
	build --dry-run --platform linux/amd64,linux/arm64 --only cli --sbom "$BATS_TEST_TMPDIR/sbom"
	[[ $output == *"'PLATFORMS=linux/arm64'"*"'PUSH=false'"*"'--set' 'cli.output=type=docker,dest="*"/cli.tar'"* ]]
	[[ $output == *"'cyclonedx-json=$BATS_TEST_TMPDIR/sbom/cli.linux-arm64.cdx.json'"* ]]
}

@test "a build in a container asks for no control group; elsewhere the engine's default stays" {
	engine buildah
	build --dry-run
	if [[ -d /run/systemd/system ]]; then [[ $output != *--isolation* ]]; else [[ $output == *"'--isolation' 'chroot'"* ]]; fi
	BUILDAH_ISOLATION=rootless build --dry-run
	[[ $output != *--isolation* ]]
}

@test "provenance names what was built, from what, and by whom" {
	engine buildah
	BUILDER_ID=https://ci.example/run/7 build --push --registry registry.example.com/team --provenance "$BATS_TEST_TMPDIR/origin"
	[[ $status -eq 0 ]] || { echo "$stderr" && false; }
	[[ $(ls "$BATS_TEST_TMPDIR/origin") == "$(printf '%s.provenance.json\n' agents base cli monitoring)" ]]
	run python3 -c 'import json, sys
statement = json.load(open(sys.argv[1]))
made = statement["predicate"]["buildDefinition"]
print(statement["subject"][0]["name"], statement["subject"][0]["digest"]["sha256"])
print(made["externalParameters"]["version"], statement["predicate"]["runDetails"]["builder"]["id"])
for found in made["resolvedDependencies"]: print(found["uri"], *found.get("digest", {}).values())' "$BATS_TEST_TMPDIR/origin/cli.provenance.json"
	[[ $output == "registry.example.com/team/cli ${DIGEST#sha256:}
1.2.3 https://ci.example/run/7
git+https://git.example.com/team/app $revision
docker://$HASHED ${DIGEST#sha256:}
pkg:pypi/quantacirc@1.2.3 $(sha256sum "$wheels"/*.whl | cut -d ' ' -f 1)" ]]
}

@test "provenance names the runner and the run of each CI server" {
	engine buildah
	run_details() {
		env "$@" PATH="$bin" "$repository/docker/build.sh" --wheelhouse "$wheels" --base-image "$HASHED" --only cli \
			--provenance "$BATS_TEST_TMPDIR/origin" >/dev/null
		python3 -c 'import json, sys
run = json.load(open(sys.argv[1]))["predicate"]["runDetails"]
print(run["builder"]["id"], *run.get("metadata", {}).values())' "$BATS_TEST_TMPDIR/origin/cli.provenance.json"
	}
	[[ $(run_details) == "urn:builder:$(uname -n)" ]]
	[[ $(run_details GITHUB_SERVER_URL=https://github.example GITHUB_REPOSITORY=team/app GITHUB_RUN_ID=7 \
		GITHUB_RUN_ATTEMPT=2 GITHUB_WORKFLOW_REF=team/app/.github/workflows/cd.yml@refs/heads/main) == "https://github.example/team/app/.github/workflows/cd.yml@refs/heads/main https://github.example/team/app/actions/runs/7/attempts/2" ]]
	# act and Gitea set neither the workflow's reference nor the number of the attempt.
	[[ $(run_details GITHUB_SERVER_URL=https://git.example GITHUB_REPOSITORY=team/app GITHUB_RUN_ID=7) == "https://git.example/team/app https://git.example/team/app/actions/runs/7/attempts/1" ]]
	[[ $(run_details CI_PROJECT_URL=https://gitlab.example/app CI_RUNNER_ID=3 CI_JOB_URL=https://gitlab.example/app/-/jobs/9) == "https://gitlab.example/app/-/runners/3 https://gitlab.example/app/-/jobs/9" ]]
	[[ $(run_details JENKINS_URL=https://jenkins.example/ BUILD_URL=https://jenkins.example/job/app/4/) == "https://jenkins.example/ https://jenkins.example/job/app/4/" ]]
}

@test "a base image that is no name is refused" {
	engine buildah
	build --base-image 'a"b@sha256:'
	refused '--base-image a"b@sha256:: not the name of an image'
}

@test "a base image without a digest is refused" {
	engine buildah
	build --base-image python:3.13-slim
	refused '--base-image python:3.13-slim: expected a digest'
}

@test "a folder without the wheel of this version is refused" {
	engine buildah
	rm "$wheels"/*
	build
	refused "--wheelhouse $wheels: no quantacirc-1.2.3-py3-none-any.whl there"
}

@test "a wheel with another hash is refused" {
	engine buildah
	build --sha256 "${DIGEST#sha256:}"
	refused 'quantacirc-1.2.3-py3-none-any.whl has the SHA-256'
}

@test "neither a folder nor a hash is refused" {
	engine buildah
	lock quantacirc==1.2.3
	run --separate-stderr env PATH="$bin" "$repository/docker/build.sh"
	refused 'where is the wheel quantacirc 1.2.3?'
}

@test "no engine is an error that says what to install" {
	build
	[[ $status -eq 2 ]]
	[[ $stderr == *'no engine works; install docker with buildx, podman or buildah'* ]]
}

@test "an engine asked for by name and missing is an error, even when another is there" {
	engine buildah
	build --engine podman
	[[ $status -eq 2 && $stderr == *'(tried: podman)'* ]]
}

@test "docker without buildx or without its daemon is passed over" {
	engine docker 'exit 1'
	engine buildah
	build --dry-run
	[[ $status -eq 0 && $output == *"'buildah' 'build'"* ]]
}

@test "docker comes before podman, podman before buildah" {
	engine buildah
	engine podman
	build --dry-run
	[[ $output == *"'podman' 'build'"* && $output != *buildah* ]]
	engine docker
	build --dry-run
	[[ $output == *"'docker' 'buildx' 'bake'"* && $output != *podman* ]]
}

@test "a dry run lists every image and tag, and runs nothing" {
	engine buildah
	build --dry-run
	[[ $status -eq 0 ]]
	for image in base agents cli monitoring; do
		[[ $output == *"tag localhost/quantacirc/$image:1.2.3"$'\n'* ]]
		[[ $output == *"tag localhost/quantacirc/$image:${revision:0:12}"$'\n'* ]]
		[[ $output == *"tag localhost/quantacirc/$image:latest"* ]]
	done
	run cat "$log"
	[[ $output == "buildah --version" ]]
	[[ ! -e $repository/dist/images.json ]]
}

@test "a dry run without a wheel or an engine lists what would be tagged, and says what a build lacks" {
	engine buildah
	lock quantacirc==1.2.3
	run --separate-stderr env PATH="$bin" "$repository/docker/build.sh" --dry-run
	[[ $status -eq 0 ]]
	[[ $(grep -c "^  tag " <<<"$output") -eq 12 ]]
	[[ $output == *"a build needs the wheel quantacirc 1.2.3: --wheelhouse DIR, or --sha256 HEX"* ]]
	[[ $output == *"'buildah' 'build'"* ]]
	rm "$bin/buildah"
	run --separate-stderr env PATH="$bin" "$repository/docker/build.sh" --dry-run --only cli
	[[ $status -eq 0 ]]
	[[ $(grep -c "^  tag " <<<"$output") -eq 6 ]]
	[[ $output == *"a build needs an engine that works"* && $output != *commands* ]]
}

@test "a dry run with a wheel and an engine lacks nothing" {
	engine buildah
	build --dry-run
	[[ $status -eq 0 && $output != *"a build needs"* ]]
}

@test "a dry run lists exactly what a run then does" {
	engine buildah
	build --dry-run --push --registry registry.example.com/team
	planned=$(sed -n "s/^  'buildah'/buildah/p" <<<"$output" | sed -e "s/'//g" -e 's#/tmp/tmp\.[^/]*#SCRATCH#g' | sort)
	: >"$log"
	build --push --registry registry.example.com/team
	done=$(sed -E -e '/--version/d' -e 's#/tmp/tmp\.[^/]*#SCRATCH#g' -e 's# tag [0-9a-f]{64} # tag IMAGE #' "$log" | sort)
	[[ -n $planned ]]
	diff <(echo "$planned") <(echo "$done")
}

@test "latest is for registries on this machine only" {
	engine buildah
	for local in localhost/quantacirc localhost:5000/quantacirc 127.0.0.1:5000; do
		build --dry-run --registry "$local"
		[[ $output == *:latest* ]]
	done
	for remote in registry.example.com/team localhost.example.com/team; do
		build --dry-run --registry "$remote"
		[[ $status -eq 0 && $output != *:latest* ]]
	done
}

@test "changes that are not committed show in every tag" {
	engine buildah
	touch "$repository/new"
	build --dry-run
	[[ $output == *":1.2.3-dirty"* && $output == *":${revision:0:12}-dirty"* ]]
	[[ $output == *"'REVISION=$revision-dirty'"* && $output == *"'VERSION=1.2.3'"* ]]
	[[ $output != *":1.2.3"$'\n'* ]]
}

@test "output in dist is no change" {
	engine buildah
	touch "$repository/dist/manifest.yaml"
	build --dry-run
	[[ $output != *-dirty* ]]
}

@test "changes that are not committed are not pushed" {
	engine buildah
	echo >>"$repository/docker/Dockerfile.cli"
	build --push
	refused 'the work tree has changes that are not committed'
}

@test "--only builds and writes the base and that image" {
	engine buildah
	build --only cli
	[[ $status -eq 0 ]]
	run grep -c ' build ' "$log"
	[[ $output -eq 2 ]]
	run cat "$repository/dist/images.json"
	[[ $output == *'"cli"'* && $output == *'"base"'* && $output != *agents* ]]
}

@test "files are dated by the commit, or by SOURCE_DATE_EPOCH" {
	engine buildah
	build --dry-run
	[[ $output == *"'--timestamp' '1700000000'"* ]]
	SOURCE_DATE_EPOCH=5 build --dry-run
	[[ $output == *"'--timestamp' '5'"* ]]
}

@test "each image gets the labels of this commit, also from a cache that has those of an earlier one" {
	engine buildah
	build --dry-run
	for label in version=1.2.3 "revision=$revision" source=https://git.example.com/team/app; do
		[[ $(grep -c "'build'.*'--label' 'org.opencontainers.image.$label'" <<<"$output") -eq 4 ]]
	done
	git -C "$repository" commit --quiet --allow-empty --message next
	build --dry-run
	[[ $output == *"'org.opencontainers.image.revision=$(git -C "$repository" rev-parse HEAD)'"* && $output != *"$revision"* ]]
}

@test "the source label has no credentials" {
	engine buildah
	build --dry-run
	[[ $output == *"SOURCE=https://git.example.com/team/app'"* && $output != *token* ]]
}

@test "the digests are valid JSON with version, revision and registry" {
	engine buildah
	build --push --registry registry.example.com/team
	[[ $status -eq 0 ]]
	run python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(d["version"], d["revision"], d["pushed"], *("{}={repository}:{tag}@{digest}".format(k, **v) for k, v in d["images"].items()))' "$repository/dist/images.json"
	expected="1.2.3 $revision True"
	for image in agents cli monitoring; do expected+=" $image=registry.example.com/team/$image:1.2.3@$DIGEST"; done
	[[ $output == "$expected" ]]
}

@test "a build that fails ends with the engine's status, pushes nothing and leaves the old digests" {
	engine buildah '[[ $* != *Dockerfile.monitoring* ]] || exit 125'
	echo old >"$repository/dist/images.json"
	build --push --registry registry.example.com/team
	[[ $status -eq 125 ]]
	[[ $stderr == *'error: buildah build ended with status 125'* ]]
	run ! grep docker:// "$log"
	[[ $(cat "$repository/dist/images.json") == old ]]
}

@test "a registry that fails ends with the engine's status and leaves the old digests" {
	engine buildah '[[ $* != *docker://* ]] || { echo "503 Service Unavailable" >&2; exit 125; }'
	echo old >"$repository/dist/images.json"
	build --push --registry registry.example.com/team
	[[ $status -eq 125 ]]
	[[ $stderr == *'503 Service Unavailable'*'error: buildah push ended with status 125'* ]]
	[[ $(cat "$repository/dist/images.json") == old ]]
	[[ $(ls -A "$repository/dist") == images.json ]]
}

@test "an interrupted build ends its engine at once and leaves no trace" {
	engine buildah '[[ $1 != build ]] || { echo $$ >"'"$BATS_TEST_TMPDIR"'/pid"; exec sleep 60; }'
	echo old >"$repository/dist/images.json"
	scratch=$BATS_TEST_TMPDIR/scratch
	mkdir "$scratch"
	for signal in TERM INT; do
		rm -f "$BATS_TEST_TMPDIR/pid"
		# A shell starts background jobs with SIGINT ignored, which no trap can undo: Python restores it.
		TMPDIR=$scratch PATH=$bin python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
os.execv(sys.argv[1], sys.argv[1:])' "$repository/docker/build.sh" --wheelhouse "$wheels" --base-image "$HASHED" \
			2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
		script=$!
		for _ in {1..100}; do [[ ! -s $BATS_TEST_TMPDIR/pid ]] || break && sleep 0.1; done
		kill "-$signal" "$script"
		status=0
		wait "$script" || status=$?
		[[ $status -eq 130 ]]
		[[ $(cat "$BATS_TEST_TMPDIR/stderr") == *"interrupted; "*"/images.json is as it was" ]]
		run kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
		[[ $status -ne 0 ]]
	done
	[[ $(cat "$repository/dist/images.json") == old ]]
	[[ -z $(ls -A "$scratch") ]]
}

@test "docker builds everything with one bake and takes the digests from its metadata" {
	engine docker 'for word; do [[ ${previous-} != --metadata-file ]] || file=$word; previous=$word; done
[[ $2 != bake ]] || python3 -c "
import json, sys
names = (\"base\", \"agents\", \"cli\", \"monitoring\")
json.dump({n: {\"containerimage.digest\": sys.argv[2]} for n in names}, open(sys.argv[1], \"w\"))" "$file" '"$DIGEST
"'[[ $2 != bake ]] || env >"'"$BATS_TEST_TMPDIR"'/environment"'
	build --push --registry registry.example.com/team --platform linux/amd64,linux/arm64
	[[ $status -eq 0 ]] || { echo "$stderr" && false; }
	grep -q "bake --file $repository/docker/docker-bake.hcl .* base agents cli monitoring" "$log"
	grep -qF -- "--set *.context=$repository/docker " "$log"
	for setting in PUSH=true PLATFORMS=linux/amd64,linux/arm64 "TAGS=1.2.3,${revision:0:12}" VERSION=1.2.3 \
		"BASE_IMAGE=$HASHED" SOURCE_DATE_EPOCH=1700000000 "WHEELHOUSE=$wheels"; do
		grep -qx "$setting" "$BATS_TEST_TMPDIR/environment"
	done
	grep -q "\"agents\": {.*$DIGEST" "$repository/dist/images.json"
}

@test "podman replaces an earlier index of several platforms and pushes all of it" {
	engine podman
	build --push --registry registry.example.com/team --platform linux/amd64,linux/arm64 --only cli
	[[ $status -eq 0 ]]
	grep -q 'podman manifest rm registry.example.com/team/cli:.*-index' "$log"
	grep -q 'manifest push --all .* docker://registry.example.com/team/cli:1.2.3' "$log"
}

@test "a wheel that does not keep the contract is refused with everything that is wrong, before anything is built" {
	engine buildah
	wheel "$wheels" name=other version=1.2.4 extras='agents cli' requires='click<8 ; extra == "cli"' modules='cli' \
		commands='quantacirc=quantacirc.cli:main quantacirc-agent=quantacirc.run:agent'
	lock quantacirc==1.2.3
	build
	refused 'quantacirc-1.2.3-py3-none-any.whl is not the application of the images: its metadata name other, expected quantacirc'
	for problem in 'its metadata say version 1.2.4, expected 1.2.3' 'it has no extra monitoring' \
		'its extra cli requires click<8, and docker/requirements/cli.lock pins' \
		'its command quantacirc-agent starts quantacirc.run, which it does not contain' \
		'it has no command quantacirc-monitor' 'it has no module quantacirc.healthcheck'; do
		[[ $stderr == *": $problem"* ]] || { echo "$stderr" && false; }
	done
}

@test "a requirement that no lock pins is refused, and a file that is no wheel" {
	engine buildah
	lock quantacirc==1.2.3
	wheel "$wheels" requires=unpinned
	build
	refused 'quantacirc-1.2.3-py3-none-any.whl is not the application of the images: its extra agents requires unpinned, which docker/requirements/agents.lock does not pin'
	echo none >"$wheels/quantacirc-1.2.3-py3-none-any.whl"
	build
	refused 'quantacirc-1.2.3-py3-none-any.whl is not the application of the images: it is no wheel'
}

@test "a push takes only the wheel whose hash is in Git" {
	engine buildah
	lock quantacirc==1.2.3
	build --push --registry registry.example.com/team
	refused 'docker/application.lock has no hash: --push takes only a wheel whose hash is there'
	lock "quantacirc==1.2.3 --hash=sha256:$hash"
	build --push --registry registry.example.com/team --sha256 "${DIGEST#sha256:}"
	refused "--sha256 ${DIGEST#sha256:}: --push takes only the wheel in docker/application.lock"
	build --push --registry registry.example.com/team --only cli
	[[ $status -eq 0 ]] || { echo "$stderr" && false; }
}

@test "another wheel under the version of an earlier one is not pushed" {
	engine buildah
	lock "quantacirc==1.2.4 --hash=$DIGEST"
	lock "quantacirc==1.2.3 --hash=$DIGEST"
	lock "quantacirc==1.2.3 --hash=sha256:$hash"
	build --push --registry registry.example.com/team
	refused "docker/application.lock: quantacirc 1.2.3 was another wheel before (SHA-256 ${DIGEST#sha256:}); give the new one a new version"
}

@test "a lock that is not one line with a version is refused" {
	engine buildah
	for text in '' 'quantacirc>=1' $'quantacirc==1.2.3\nclick==8' 'quantacirc==1.2.3 --hash=sha256:12'; do
		echo "$text" >"$repository/docker/application.lock"
		build
		refused 'docker/application.lock: '
	done
}

@test "a private index is that of PIP_CONFIG_FILE, where --pip-conf names none" {
	engine buildah
	touch "$BATS_TEST_TMPDIR/pip.conf"
	PIP_CONFIG_FILE=$BATS_TEST_TMPDIR/pip.conf build --dry-run
	[[ $output == *"'id=pip_conf,src=$BATS_TEST_TMPDIR/pip.conf'"* ]]
	PIP_CONFIG_FILE=/dev/null build --dry-run
	[[ $output != *pip_conf* ]]
}

refresh() { # DIGEST that the registry answers with
	engine docker "echo '$1'"
	run --separate-stderr env PATH="$bin" "$repository/docker/refresh-base.sh"
}

@test "a base image that has moved gets its new digest, and nothing else changes" {
	pinned=$(sed -n 's/^ARG BASE_IMAGE=//p' "$repository/docker/Dockerfile.base")
	refresh "$DIGEST"
	[[ $status -eq 0 && $output == "${pinned%@*}: ${pinned#*@} -> $DIGEST" ]]
	grep -qF "docker buildx imagetools inspect ${pinned%@*} --format {{.Manifest.Digest}}" "$log"
	[[ $(git -C "$repository" diff --numstat) == $'1\t1\tdocker/Dockerfile.base' ]]
	grep -qxF "ARG BASE_IMAGE=${pinned%@*}@$DIGEST" "$repository/docker/Dockerfile.base"
	refresh "$DIGEST"
	[[ $status -eq 0 && $output == "${pinned%@*} is current" ]]
}

@test "an answer of the registry that is no digest changes nothing" {
	refresh 'no such manifest'
	[[ $status -eq 1 && $stderr == *'found the digest "no such manifest"'* ]]
	[[ -z $(git -C "$repository" status --porcelain) ]]
}
