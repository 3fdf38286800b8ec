#!/usr/bin/env bats
# deploy.sh, rollback.sh and health-check.sh with the real helm and kubectl, against a cluster of the test's own that
# can be slow and can fail: the same states and exit statuses as `qcdk`.

bats_require_minimum_version 1.5.0

setup() {
	tests=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	PYTHONPATH="$tests:$tests/../constructs" python3 -m support.operations "$BATS_TEST_TMPDIR" 3>&- &
	server=$!
	for _ in {1..200}; do
		[[ ! -f $BATS_TEST_TMPDIR/environment ]] || break
		sleep 0.1
	done
	# shellcheck source=/dev/null
	source "$BATS_TEST_TMPDIR/environment"
	cd "$BATS_TEST_TMPDIR/project" || return
	export REQUEST_TIMEOUT=5s
	unset CI GITHUB_ACTOR GITLAB_USER_LOGIN
}

teardown() {
	kill "$server"
	wait "$server" || true
}

values() { # YAML
	echo "$1" >dist/helm/bakery/values-home.yaml
}

written() { # as if qcdk synth had written the chart
	(cd dist && find helm/bakery -type f -exec sha256sum {} + >.qcdk.sha256)
}

steer() { kubectl get --raw "/test/$1" >/dev/null; }

deploy() { run --separate-stderr scripts/deploy.sh home --yes "$@"; }

ended() { # STATUS MESSAGE...
	[[ $status -eq $1 ]] || { echo "status $status: $stderr" && return 1; }
	shift
	local message
	for message; do
		[[ $stderr == *"$message"* ]] || { echo "not said: $message; but: $stderr" && return 1; }
	done
}

image() { kubectl --namespace bakery get deployment baker --output 'jsonpath={.spec.template.spec.containers[0].image}'; }

history() { helm --namespace bakery history bakery | cut -f 1,3 | tail -n +2 | tr -d ' \n\t'; }

until_true() { # COMMAND...
	for _ in {1..200}; do
		if "$@"; then return; fi
		sleep 0.1
	done
	echo "never true: $*"
	return 1
}

new_image() { [[ $(image) == *:2 ]]; }

@test "each script says what it does, with an example and its exit statuses" {
	for script in deploy rollback health-check; do
		run scripts/$script.sh --help
		[[ $status -eq 0 && $output == *"Usage: scripts/$script.sh ENV"* ]]
		[[ $output == *"example: scripts/$script.sh"* && $output == *"exit status:"* ]]
	done
}

@test "bad use is refused before anything is sent" {
	for script in deploy rollback health-check; do
		run --separate-stderr scripts/$script.sh
		ended 2 "which environment? try --help"
		run --separate-stderr scripts/$script.sh --forse
		ended 2 "unknown option --forse"
		run --separate-stderr scripts/$script.sh away
		ended 2 'no environment "away", expected one of home'
		run --separate-stderr scripts/$script.sh ../home
		ended 2 'no environment "../home"'
	done
	deploy --timeout soon
	ended 2 'found "soon", expected a time such as 90s or 10m'
	for time in 08 08s 08m 1h; do # not octal
		deploy --timeout $time --accept fire
		ended 2 'found "fire"'
		[[ $stderr != *"too great for base"* ]]
	done
	deploy --accept fire
	ended 2 'found "fire", expected database-migration'
}

@test "a missing tool is named" {
	rm "$BATS_TEST_TMPDIR/bin/helm"
	PATH=$BATS_TEST_TMPDIR/bin:/usr/bin:/bin deploy
	ended 2 "helm is not on PATH"
}

@test "a wrong context is refused, and who only looks needs to know the right one" {
	kubectl config set-context other --cluster fake --user me >/dev/null
	kubectl config use-context other >/dev/null
	deploy
	ended 2 'the kube context is "other", expected "kind-bakery"; nothing was sent'
	run --separate-stderr scripts/rollback.sh home --yes
	ended 2 'the kube context is "other"'
	run --separate-stderr scripts/health-check.sh home
	[[ $status -eq 1 ]]
	kubectl config delete-context kind-bakery >/dev/null
	run --separate-stderr scripts/health-check.sh home
	ended 2 'kubectl has no context "kind-bakery" of home, it knows other'
	deploy
	ended 2 'kubectl has no context "kind-bakery" of home, it knows other'
}

@test "expired credentials are told from a cluster that does not answer" {
	steer break/401/GET
	deploy
	ended 2 'the cluster refuses the credentials of context "kind-bakery": log in again'
	run --separate-stderr scripts/health-check.sh home
	ended 2 "log in again"
	steer mend
	steer break/503/GET
	run --separate-stderr scripts/health-check.sh home
	ended 2 'the cluster of context "kind-bakery" does not answer'
}

@test "install, upgrade, look, roll back, and undo it" {
	deploy
	ended 0 "bakery is deployed to kind-bakery: revision 1"
	run scripts/health-check.sh home
	[[ $status -eq 0 && $output == *"Deployment/baker"*"2/2 healthy"* ]]
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	deploy
	ended 0 "revision 2"
	new_image
	run --separate-stderr scripts/rollback.sh home --yes
	ended 0 "bakery on kind-bakery is back at revision 1; to undo: scripts/rollback.sh home 2"
	[[ $(image) == *:1 ]]
	run --separate-stderr scripts/rollback.sh home 2 --yes
	ended 0 "back at revision 2"
	new_image
	run --separate-stderr scripts/rollback.sh home 9 --yes
	ended 2 'no revision "9" of bakery that ran, expected one of 4 3 2 1'
	[[ $(helm --namespace bakery history bakery) == *"by ann@"* ]]
}

@test "a version that fails is taken back, and is passed over when rolling back" {
	deploy
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	deploy
	values 'parts: { baker: { image: "registry.invalid/broken" } }'
	deploy --timeout 8s
	ended 1 "deployment.apps/baker is not ready" "rolling back to revision 2" "revision 2 runs again"
	new_image
	[[ $(history) == 1superseded2superseded3superseded4deployed ]]
	deploy --dry-run
	ended 0 "the API accepts the release; nothing was changed"
	run --separate-stderr scripts/rollback.sh home --yes
	ended 0 "is back at revision 2"
}

@test "a first version that fails is left to look at" {
	values 'parts: { baker: { image: "registry.invalid/broken" } }'
	deploy --timeout 2s
	ended 3 "there is none to go back to" "scripts/health-check.sh home"
	run scripts/health-check.sh home
	[[ $status -eq 1 && $output == *"Deployment/baker"*"0/2 degraded"* ]]
}

@test "approval is asked for, except in a pipeline" {
	run --separate-stderr scripts/deploy.sh home </dev/null
	ended 2 "home wants approval: add --yes"
	CI=true run --separate-stderr scripts/deploy.sh home </dev/null
	ended 0 "revision 1"
}

@test "an unfinished release is repaired, and an old lock of this machine broken" {
	deploy
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	steer break/hang/PATCH
	setsid scripts/deploy.sh home --yes >/dev/null 2>&1 3>&- &
	until_true pending
	kill -KILL -- "-$!"
	steer mend
	[[ $(history) == 1deployed2pending-upgrade ]]
	deploy
	ended 0 "revision 2 was never finished: rolling back to 1 first" "revision 4"
	new_image
}

pending() { [[ $(history) == *pending-upgrade ]]; }

@test "of two deployments at once one is refused" {
	deploy
	steer slow/5
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	scripts/deploy.sh home --yes 2>"$BATS_TEST_TMPDIR/first" 3>&- &
	first=$!
	until_true kubectl --namespace bakery get lease bakery-deployment
	deploy
	ended 2 "another deployment is under way: ann@" "Nothing was changed"
	wait "$first"
	[[ $(history) == 1superseded2deployed ]]
}

@test "a pipeline that is cancelled takes the release back" {
	deploy
	steer slow/60
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	scripts/deploy.sh home --yes 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	until_true new_image
	sleep 1
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[[ $status -eq 130 && $(<"$BATS_TEST_TMPDIR/said") == *"revision 1 runs again"* ]]
	[[ $(image) == *:1 && $(history) == 1superseded2superseded3deployed ]]
	run kubectl --namespace bakery get lease bakery-deployment
	[[ $status -ne 0 ]]
}

@test "a migration of the database is not rolled back unasked" {
	sed -i 's/MIGRATION=.*/MIGRATION=3/' dist/operations/home.env
	deploy
	sed -i 's/MIGRATION=.*/MIGRATION=4/' dist/operations/home.env
	deploy
	run --separate-stderr scripts/rollback.sh home --yes
	ended 2 "migration 4 of the database has run, and revision 1 does not know it (to accept: --accept database-migration)"
	run --separate-stderr scripts/rollback.sh home --yes --accept database-migration
	ended 0 "back at revision 1"
	sed -i 's/MIGRATION=.*/MIGRATION=3/' dist/operations/home.env
	deploy
	ended 2 "migration 4 of the database has run, and this release does not know it"
}

@test "a health check waits" {
	steer slow/3
	helm --namespace bakery upgrade --install bakery dist/helm/bakery --create-namespace >/dev/null
	run scripts/health-check.sh home
	[[ $status -eq 1 && $output == *degraded* ]]
	run scripts/health-check.sh home --timeout 2m
	[[ $status -eq 0 && $output != *degraded* ]]
}

@test "a release whose new pods all crash beside an old one that is ready is degraded" {
	values 'parts: { baker: { replicas: 1 } }'
	deploy
	values 'parts: { baker: { replicas: 1, image: "registry.invalid/broken" } }'
	helm --namespace bakery upgrade bakery dist/helm/bakery --values dist/helm/bakery/values-home.yaml >/dev/null
	until_true surged
	run scripts/health-check.sh home
	[[ $status -eq 1 && $output == *"Deployment/baker"*"1/1 degraded: Waiting for deployment"* ]]
}

surged() {
	local counts='{.spec.replicas}|{.status.readyReplicas}|{.status.updatedReplicas}'
	[[ $(kubectl --namespace bakery get deployment baker --output "jsonpath=$counts") == "1|1|1" ]]
}

# The runner of GitHub signals the process of the step only, and gives up on it after some seconds.
cancelled() { # PID
	local signal
	for signal in INT TERM KILL; do
		kill "-$signal" "$1" 2>/dev/null || return 0
		for _ in {1..10}; do
			kill -0 "$1" 2>/dev/null || return 0
			sleep 0.1
		done
	done
}

step() { # NAME: run a step of the generated job as the runner does: a file, and the shell as its only process
	python3 - "$1" >"$BATS_TEST_TMPDIR/step.sh" <<-END
		import sys, yaml
		jobs = yaml.safe_load(open("$BATS_TEST_DIRNAME/../../dist/cicd/github/.github/workflows/cd.yml"))["jobs"]
		print(next(step["run"] for step in jobs["deploy-staging"]["steps"] if step["name"] == sys.argv[1]))
	END
	mkdir -p build
	CI=true ENVIRONMENT=home exec bash --noprofile --norc -eo pipefail "$BATS_TEST_TMPDIR/step.sh"
}

@test "a job that is cancelled while pods start, and killed while it rolls back, is rolled back by the next step" {
	deploy
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	steer slow/60
	(step Deploy) 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	until_true new_image
	steer break/hang/PATCH
	cancelled "$pid"
	steer mend
	steer slow/0
	[[ $(<"$BATS_TEST_TMPDIR/said") == *interrupted* && -e build/undo ]]
	run --separate-stderr step 'Roll back'
	ended 0 "is back at revision 1"
	[[ $(image) == *:1 && ! -e build/undo ]]
	run scripts/health-check.sh home
	[[ $status -eq 0 ]]
}

@test "a job that is cancelled while helm changes the cluster leaves no pending revision" {
	deploy
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	steer break/hang/PATCH
	(step Deploy) 2>"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	until_true pending
	cancelled "$pid"
	steer mend
	run --separate-stderr step 'Roll back'
	[[ $status -eq 0 && $(image) == *:1 && $(history) == *deployed ]]
	deploy
	[[ $stderr != *"never finished"* ]]
	new_image
}

@test "a release that was rolled back by the deployment itself is not rolled back again" {
	deploy
	values 'parts: { baker: { image: "registry.invalid/oven:2" } }'
	deploy
	values 'parts: { baker: { image: "registry.invalid/broken" } }'
	deploy --timeout 8s --undo-file undo
	ended 1 "revision 2 runs again"
	run --separate-stderr scripts/rollback.sh home --yes --undo-file undo
	ended 0 "nothing to undo"
	new_image
}

@test "an undo file that is none is refused at once" {
	mkfifo pipe
	run --separate-stderr timeout 10 scripts/rollback.sh home --yes --undo-file pipe
	ended 2 "pipe is no file"
}

@test "an image that the signer of the environment has not signed is refused before anything is changed" {
	digest=sha256:$(printf '1%.0s' {1..64})
	cat >>dist/operations/home.env <<'END'
REGISTRY=registry.invalid
SIGNER_ISSUER=https://token.example
SIGNER='^https://git\.example/cd@main$'
ATTESTATIONS='cyclonedx slsaprovenance1'
END
	python3 -c 'import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from support.operations.cosign import install
install(Path(sys.argv[2]))' "$tests" "$BATS_TEST_TMPDIR/bin"
	export COSIGN_SIGNED=$BATS_TEST_TMPDIR/signed
	echo "registry.invalid/nats@$digest https://token.example https://git.example/cd@main-of-a-stranger" >"$COSIGN_SIGNED"
	image=registry.invalid/nats@$digest
	values "parts: { baker: { image: \"$image\" }, shop: { image: registry.invalid/oven:1 }, bus: { image: nats:2 } }"
	deploy
	ended 2 "error: helm/bakery/values-home.yaml is not what qcdk synth wrote" "nothing was changed"
	written
	deploy
	ended 2 "error: $image: no signature of ^https://git\\.example/cd@main\$: error during command execution: no matching" \
		"error: registry.invalid/oven:1: it has no digest" "nothing was changed"
	[[ -z $(helm --namespace bakery history bakery 2>/dev/null) ]]
	for kind in signature cyclonedx; do echo "$image https://token.example https://git.example/cd@main $kind"; done >>"$COSIGN_SIGNED"
	values "parts: { baker: { image: \"$image\" }, shop: { image: \"$image\" }, bus: { image: nats:2 } }"
	written
	deploy
	ended 2 "error: $image: no attestation slsaprovenance1 of ^https://git" "nothing was changed"
	[[ -z $(helm --namespace bakery history bakery 2>/dev/null) ]]
	echo "$image https://token.example https://git.example/cd@main slsaprovenance1" >>"$COSIGN_SIGNED"
	deploy
	ended 0 "is deployed"
}

committed() { # FILE
	echo "$1" >"$1"
	git add "$1"
	git -c user.name=ann -c user.email=ann@example.com commit --quiet --message "$1"
}

@test "an approval that comes after a later commit takes nothing back" {
	git init --quiet .
	committed first
	local first
	first=$(git rev-parse HEAD)
	deploy
	ended 0 "revision 1"
	committed second
	local second
	second=$(git rev-parse HEAD)
	deploy
	ended 0 "revision 2"
	git checkout --quiet "$first"
	deploy
	ended 2 "home runs the later commit ${second:0:12}: an approval of $first came too late; nothing was changed"
	[[ $(history) == 1superseded2deployed ]]
	# Once it was rolled back, the first commit is the one that runs.
	run --separate-stderr scripts/rollback.sh home 1 --yes
	ended 0 "back at revision 1"
	deploy
	ended 0 "revision 4"
	git checkout --quiet "$second"
	deploy
	ended 0 "revision 5"
	git checkout --quiet "$first"
	run --separate-stderr scripts/deploy.sh home --yes --accept older-commit --accept database-migration
	ended 0 "revision 6"
	run --separate-stderr scripts/deploy.sh home --yes --accept newer-commit
	ended 2 'found "newer-commit", expected database-migration or older-commit'
}
