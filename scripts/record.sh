#!/usr/bin/env bash
# Record in Git what a pipeline deploys. `scripts/record.sh --help`.
set -euo pipefail
# shellcheck source=scripts/remote.sh
source "$(dirname "${BASH_SOURCE[0]}")/remote.sh"

usage() {
  cat <<'END'
Usage: scripts/record.sh newest GLOB...
       scripts/record.sh commit ENV MESSAGE_FILE
       scripts/record.sh revert ENV

newest  Check that no commit that nothing has tested came to DEFAULT_BRANCH after HEAD, and check out its newest commit.
        GLOB are the files that a release is made of; a commit that changes none of them does not matter. A commit of
        this script does not matter either, if it changed environments and dist/ only, and dist/ is what they give.
commit  Commit and push what is staged of ENV. If others pushed meanwhile, put the release on top of that, and try again.
revert  Take the last commit of ENV by this job back, if it was pushed.

For the jobs of a pipeline, in a clone that is the job's own. Reads DEFAULT_BRANCH, GIT_USER and GIT_TOKEN.

exit status:
  0  done, or nothing to do
  1  not possible: the message says why
  2  bad use
END
}

readonly TRAILER='Released-by: pipeline'
readonly COMMITTED=build/committed # the commit of this job
readonly TRIES=5

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

newest() {
  local commit file tested globs=() untested='' released=false
  tested=$(git rev-parse HEAD)
  for commit in "$@"; do globs+=(":(glob)$commit"); done
  remote fetch --quiet origin "$DEFAULT_BRANCH"
  for commit in $(git rev-list HEAD..FETCH_HEAD); do
    # A merge is compared with the branch as it was before.
    if git diff --quiet "$commit^1" "$commit" -- "${globs[@]}"; then continue; fi
    if git log -1 --format=%B "$commit" | grep --quiet --line-regexp "$TRAILER" &&
      git diff --quiet "$commit^1" "$commit" -- . ':(exclude,glob)apps/environments/*.yaml' ':(exclude)dist'; then
      released=true
      continue
    fi
    untested+=" $(git rev-parse --short "$commit")"
  done
  [[ -z $untested ]] || fail "$DEFAULT_BRANCH has moved on to$untested; the run of that commit deploys"
  git checkout --quiet -B "$DEFAULT_BRANCH" FETCH_HEAD
  if $released; then
    write
    [[ -z $(git status --porcelain -- apps dist) ]] ||
      fail "a commit with the line \"$TRAILER\" has an output that its sources do not give:" \
        "$(git status --short -- apps dist)"
    # Synthesis leaves files of others in dist/ alone; no release adds one.
    for file in $(git diff --name-only --diff-filter=d "$tested" HEAD -- dist); do
      [[ $file == dist/.qcdk.sha256 ]] ||
        sed -n 's/^[0-9a-f]\{64\}  //p' dist/.qcdk.sha256 | grep --quiet --fixed-strings --line-regexp -- "${file#dist/}" ||
        fail "a commit with the line \"$TRAILER\" has added a file of its own: $file is not what the sources give"
    done
  fi
}

# Without what earlier runs on this machine recorded: this run decides whether a release can be trusted.
write() { QCDK_CACHE_DIR='' make synth >&2; }

commit() { # MESSAGE_FILE
  git -c user.name=pipeline -c user.email=pipeline@noreply.invalid commit --quiet --file "$1"
  git rev-parse HEAD >"$COMMITTED"
}

record() { # ENV MESSAGE_FILE
  local try
  if git diff --cached --quiet; then return; fi
  printf '\n%s\n%s\n' "$TRAILER" '[skip ci]' >>"$2"
  commit "$2"
  for ((try = 1; try <= TRIES; try++)); do
    if remote push --quiet origin "HEAD:$DEFAULT_BRANCH"; then return; fi
    remote fetch --quiet origin "$DEFAULT_BRANCH"
    if git merge-base --is-ancestor HEAD FETCH_HEAD; then return; fi # it was pushed, and the answer was lost
    sleep "$((try * ${RETRY_SECONDS:-2}))"
    git diff --binary HEAD^ HEAD -- apps/environments >build/release.patch
    git checkout --quiet -B "$DEFAULT_BRANCH" FETCH_HEAD
    [[ ! -s build/release.patch ]] || git apply --3way --index build/release.patch ||
      fail "the release of $1 was changed on $DEFAULT_BRANCH meanwhile"
    write
    git add apps/environments dist
    if git diff --cached --quiet; then return; fi
    commit "$2"
  done
  fail "the release of $1 cannot be pushed to $DEFAULT_BRANCH; if the branch is protected, see docs/pipelines.md"
}

# Also where the step that pushed was killed before it could say so.
revert() { # ENV
  local commit
  [[ -e $COMMITTED ]] || return 0
  commit=$(<"$COMMITTED")
  remote fetch --quiet origin "$DEFAULT_BRANCH"
  git merge-base --is-ancestor "$commit" FETCH_HEAD || return 0
  git checkout --quiet --force -B "$DEFAULT_BRANCH" FETCH_HEAD
  git diff --binary "$commit" "$commit^" -- apps/environments >build/revert.patch
  [[ ! -s build/revert.patch ]] || git apply --3way --index build/revert.patch ||
    fail "the release of $1 was changed on $DEFAULT_BRANCH meanwhile: take $commit back by hand"
  write
  git add apps/environments dist
  printf 'Take back the release to %s: it was not healthy\n' "$1" >build/message.txt
  record "$1" build/message.txt
  rm "$COMMITTED"
}

main() {
  mkdir -p build
  case "${1:-} $#" in
  --help*) usage ;;
  newest\ [2-9]* | newest\ 1[0-9]*) authorize && newest "${@:2}" ;;
  commit\ 3) authorize && record "$2" "$3" ;;
  revert\ 2) authorize && revert "$2" ;;
  *)
    usage >&2
    exit 2
    ;;
  esac
}

# One command: a checkout may replace this file while it runs.
main "$@"
exit
