#!/usr/bin/env bash
# Go back to an earlier revision of an environment's release. `scripts/rollback.sh --help`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
Usage: scripts/rollback.sh ENV [REVISION] [--yes] [--timeout TIME]

Go back to REVISION of the release (default: the last one that was deployed before the present one), and wait until every
workload is ready. For machines with bash, helm and kubectl only; `qcdk rollback` also shows what will change and refuses
what cannot be undone.

  --yes           do not ask, where ENV wants approval; never asks where CI is set
  --timeout TIME  how long the workloads may take, such as 90s or 15m (default: 10m)

example: scripts/rollback.sh staging 7

exit status:
  0  rolled back and ready
  2  refused or bad use; nothing was changed
  3  rolled back, or half so, and not ready: the message says how to go on
END
}

environment='' revision='' yes=false timeout=10m
while (($#)); do
  case $1 in
  --help) usage && exit "$DONE" ;;
  --yes) yes=true ;;
  --timeout) timeout=${2:-} && shift ;;
  -*) refuse "unknown option $1; try --help" ;;
  *) if [[ -z $environment ]]; then environment=$1; else revision=$1; fi ;;
  esac
  shift || refuse "--timeout wants a time"
done
[[ -n $environment ]] || refuse "which environment? try --help"
seconds=$(seconds_of "$timeout")
load "$environment"
guard
reachable
current=$(revisions | head --lines 1 | cut --delimiter ' ' --fields 1)
[[ -n $current ]] || refuse "$RELEASE is not deployed to $CONTEXT"
if [[ -z $revision ]]; then
  revision=$(revisions | tail --lines +2 | while read -r number state; do
    if [[ $state == superseded || $state == deployed ]]; then echo "$number" && break; fi
  done)
  [[ -n $revision ]] || refuse "$RELEASE has no earlier revision to go back to"
fi
revisions | cut --delimiter ' ' --fields 1 | grep --quiet --line-regexp --fixed-strings -- "$revision" ||
  refuse "no revision \"$revision\" of $RELEASE, expected one of $(revisions | cut --delimiter ' ' --fields 1 | paste --serial --delimiters ' ')"
confirmed "Roll $RELEASE on $CONTEXT back to revision $revision?"
trap unlock EXIT
trap 'say "interrupted; to go on: scripts/rollback.sh $ENVIRONMENT $revision"; exit 130' INT TERM
lock $((seconds + 300))
if ! h rollback "$RELEASE" "$revision" --timeout "${seconds}s" >/dev/null; then
  say "error: the rollback failed. To see the release: helm history $RELEASE --namespace $NAMESPACE"
  exit "$HALF"
fi
if ! wait_for_rollout $((SECONDS + seconds)); then
  say "error: revision $revision was restored but is not ready; to undo: scripts/rollback.sh $ENVIRONMENT $current"
  exit "$HALF"
fi
say "$RELEASE on $CONTEXT is back at revision $revision; to undo: scripts/rollback.sh $ENVIRONMENT $current"
