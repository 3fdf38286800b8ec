#!/usr/bin/env bash
# Open a pull request with what a job has changed. `scripts/propose.sh --help`.
set -euo pipefail
# shellcheck source=scripts/remote.sh
source "$(dirname "${BASH_SOURCE[0]}")/remote.sh"

usage() {
  cat <<'END'
Usage: scripts/propose.sh NAME TITLE

Commit all changes of the work tree to the branch NAME-HASH and open a pull request, or a merge request on GitLab. HASH is
that of the change: while the branch is there, the same change is not proposed again. Does nothing without a change.

For the jobs of a pipeline, in a clone that is the job's own. Reads DEFAULT_BRANCH, GIT_USER and GIT_TOKEN; elsewhere than on
GitLab also REVIEW_TOKEN, for gh.

exit status:
  0  done, or nothing to do
  1  not possible: the message says why
  2  bad use
END
}

if [[ ${1:-} == --help ]]; then usage && exit 0; fi
if (($# != 2)); then
  usage >&2
  exit 2
fi

git add --all
if git diff --cached --quiet; then
  echo "nothing to propose"
  exit
fi
hash=$(git diff --cached --binary | git hash-object --stdin)
branch=$1-${hash:0:12}

authorize
if [[ -n $(remote ls-remote --heads origin "refs/heads/$branch") ]]; then
  echo "$branch is there already"
  exit
fi
git -c user.name=pipeline -c user.email=pipeline@noreply.invalid commit --quiet --message "$2"
if [[ -n ${GITLAB_CI-} ]]; then
  remote push --quiet -o merge_request.create -o "merge_request.target=$DEFAULT_BRANCH" -o "merge_request.title=$2" \
    origin "HEAD:refs/heads/$branch"
  exit
fi
remote push --quiet origin "HEAD:refs/heads/$branch"
# On GitHub Enterprise Server, gh must know the host, and reads the token of another variable.
if [[ -n ${GITHUB_SERVER_URL-} ]]; then export GH_HOST=${GITHUB_SERVER_URL#*://}; fi
GH_TOKEN=$REVIEW_TOKEN GH_ENTERPRISE_TOKEN=$REVIEW_TOKEN gh pr create --base "$DEFAULT_BRANCH" --head "$branch" --title "$2" \
  --body "Proposed by the scheduled pipeline."
