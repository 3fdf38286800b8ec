#!/usr/bin/env bash
# Go back to an earlier revision of an environment's release. `scripts/rollback.sh --help`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/replicas.sh
source "$(dirname "${BASH_SOURCE[0]}")/replicas.sh"
# shellcheck source=scripts/rollouts.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollouts.sh"

usage() {
  cat <<'END'
Usage: scripts/rollback.sh ENV [REVISION] [--yes] [--timeout TIME] [--accept database-migration] [--undo-file FILE]

Go back to REVISION of the release (default: the last one that ran well before the present one), and wait until every
workload is ready. Refused where the database was migrated since. For machines with bash, helm and kubectl only;
`qcdk rollback` also shows what will change, and refuses whatever else cannot be undone.

  --yes           do not ask, where ENV wants approval; never asks where CI is set
  --timeout TIME  how long the workloads may take, such as 90s or 15m (default: 10m)
  --accept RISK   database-migration: run software that does not know the last migration of the database
  --undo-file FILE
                  go back to the revision in FILE, which `scripts/deploy.sh --undo-file FILE` wrote, also where that
                  deployment was killed; without FILE there is nothing to undo

example: scripts/rollback.sh staging 7

exit status:
  0    rolled back and ready
  2    refused or bad use; nothing was changed
  3    rolled back, or half so, and not ready: the message says how to go on
  130  interrupted: the message says how to go on
END
}

environment='' revision='' accept='' undo_file='' yes=false timeout=10m
while (($#)); do
  case $1 in
  --help) usage && exit "$DONE" ;;
  --yes) yes=true ;;
  --timeout) timeout=${2:-} && shift ;;
  --accept) accept=${2:-} && shift ;;
  --undo-file) undo_file=${2:-} && shift ;;
  -*) refuse "unknown option $1; try --help" ;;
  *) if [[ -z $environment ]]; then environment=$1; else revision=$1; fi ;;
  esac
  shift || refuse "an option wants a value; try --help"
done
[[ -n $environment ]] || refuse "which environment? try --help"
[[ -z $accept || $accept == database-migration ]] || refuse "--accept: found \"$accept\", expected database-migration"
seconds=$(seconds_of "$timeout")
load "$environment"
seconds=$((seconds + PAUSE_SECONDS)) # a release in steps pauses between them
if [[ -n $undo_file ]]; then
  [[ -z $revision ]] || refuse "--undo-file names the revision: expected no $revision"
  if [[ ! -e $undo_file ]]; then
    say "nothing to undo: no deployment is left unfinished or unhealthy"
    exit "$DONE"
  fi
  [[ -f $undo_file ]] || refuse "--undo-file: $undo_file is no file"
  revision=$(<"$undo_file")
  if [[ $revision == none ]]; then
    say "error: the first revision of $RELEASE was not completed and there is none to go back to"
    say "to look: scripts/health-check.sh $ENVIRONMENT; to try again: scripts/deploy.sh $ENVIRONMENT"
    exit "$HALF"
  fi
fi
guard
reachable
read -r current _ <<<"$(revisions)"
[[ -n $current ]] || refuse "$RELEASE is not deployed to $CONTEXT"
good='' migration='' wanted=$revision
marked=$(revisions | awk '$5 == $1' | wc -l) # none where helm alone has deployed
while read -r number state known failed healthy; do
  [[ $state == superseded || $state == deployed ]] || continue
  good+=" $number"
  if [[ -z $wanted && $number != "$current" && $failed != true ]] && { ((marked == 0)) || [[ $healthy == "$number" ]]; }; then
    wanted=$number
  fi
  if [[ $number == "$wanted" ]]; then revision=$number migration=$known; fi
done <<<"$(revisions)"
[[ -n $revision ]] || refuse "$RELEASE has no earlier revision to go back to"
[[ " $good " == *" $revision "* ]] || refuse "no revision \"$revision\" of $RELEASE that ran, expected one of${good:- none}"
refuse_migration "revision $revision" "$migration"
allowed "$(h get manifest "$RELEASE" --revision "$revision")"
confirmed "Roll $RELEASE on $CONTEXT back to revision $revision?"
trap unlock EXIT
trap 'hurry; say "interrupted; to go on: scripts/rollback.sh $ENVIRONMENT $revision"; exit 130' INT TERM
lock $((seconds + 300))
if ! roll_back "$revision" "$seconds"; then
  say "error: the rollback failed. To see the release: helm history $RELEASE --namespace $NAMESPACE"
  exit "$HALF"
fi
if ! wait_for_rollout $((SECONDS + seconds)); then
  say "error: revision $revision was restored but is not ready; to undo: scripts/rollback.sh $ENVIRONMENT $current"
  exit "$HALF"
fi
mark_healthy
if [[ -n $undo_file ]]; then
  mark_failed "$revision"
  rm -f -- "$undo_file"
fi
say "$RELEASE on $CONTEXT is back at revision $revision; to undo: scripts/rollback.sh $ENVIRONMENT $current"
