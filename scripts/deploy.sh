#!/usr/bin/env bash
# Deploy an environment with helm, and take it back where it does not become healthy. `scripts/deploy.sh --help`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/replicas.sh
source "$(dirname "${BASH_SOURCE[0]}")/replicas.sh"
# shellcheck source=scripts/rollouts.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollouts.sh"

usage() {
  cat <<'END'
Usage: scripts/deploy.sh ENV [--yes] [--dry-run] [--timeout TIME] [--accept RISK]...
       [--emergency REASON] [--undo-file FILE]

Install the charts that precede the system, deploy the chart in dist/helm to the cluster of ENV, wait until every workload is ready, and roll back where one is not.
For machines with bash, helm and kubectl only, and cosign where release.signature of ENV names who signs its images: an
image that it has not signed and attested is refused, and so is a chart with changes that no synthesis wrote. `qcdk deploy` does the same and more. The kube context must be the one
that ENV names: to any other, nothing is sent.

  --yes           do not ask, where ENV wants approval; never asks where CI is set
  --dry-run       let the API check every object; change nothing
  --timeout TIME  how long the workloads may take, such as 90s or 15m (default: 10m)
  --accept RISK   database-migration: deploy software that does not know the last migration of the database;
                  older-commit: take back a later commit that runs; more than once for both
  --emergency REASON
                  deploy outside of the change windows; the history keeps the reason (default: $EMERGENCY_REASON)
  --undo-file FILE
                  write the revision that runs now to FILE before anything is changed, for
                  `scripts/rollback.sh ENV --undo-file FILE`; FILE is removed again when the release was rolled back

example: scripts/deploy.sh staging --timeout 15m

exit status:
  0    deployed and ready
  1    not ready in time; the revision before runs again
  2    refused or bad use; nothing was changed
  3    neither ready nor taken back: the message says what there is and how to go on
  130  interrupted; the revision before runs again, unless the message says otherwise
END
}

environment='' accept='' undo_file='' emergency=${EMERGENCY_REASON:-} yes=false dry_run=false timeout=10m
while (($#)); do
  case $1 in
  --help) usage && exit "$DONE" ;;
  --yes) yes=true ;;
  --dry-run) dry_run=true ;;
  --timeout) timeout=${2:-} && shift ;;
  --accept)
    [[ ${2:-} == database-migration || ${2:-} == older-commit ]] ||
      refuse "--accept: found \"${2:-}\", expected database-migration or older-commit"
    accept+=" $2" && shift
    ;;
  --emergency)
    emergency=${2:-} && shift
    [[ $emergency == *[![:space:]]* ]] || refuse "--emergency: expected the reason, which the record keeps"
    ;;
  --undo-file) undo_file=${2:-} && shift ;;
  -*) refuse "unknown option $1; try --help" ;;
  *) [[ -z $environment ]] || refuse "one environment at a time, found $1" && environment=$1 ;;
  esac
  shift || refuse "an option wants a value; try --help"
done
[[ -n $environment ]] || refuse "which environment? try --help"
seconds=$(seconds_of "$timeout")
load "$environment"
seconds=$((seconds + PAUSE_SECONDS)) # a release in steps pauses between them
guard
refuse_window
[[ -f $root/$CHART/Chart.yaml && -f $root/$VALUES ]] || refuse "no chart in $CHART with $VALUES: run make synth"
reachable
refuse_older
refuse_migration "this release" "$MIGRATION"
manifest=$(h template "$RELEASE" "$root/$CHART" --values "$root/$VALUES" --no-hooks) || refuse "helm cannot render $CHART"
allowed "$manifest"
listed
signed "$manifest"
upgrade=(upgrade --install "$RELEASE" "$root/$CHART" --values "$root/$VALUES" --timeout "${seconds}s" --history-max 10)
upgrade+=(--description "$(described)")
[[ -z $MIGRATION ]] || upgrade+=(--labels "database-migration=$MIGRATION")
if $dry_run; then
  h "${upgrade[@]}" --dry-run=server >/dev/null || refuse "the API refuses the release; nothing was changed"
  say "the API accepts the release; nothing was changed"
  exit "$DONE"
fi
confirmed "Deploy $RELEASE to $CONTEXT?"

before='' locked=false changing=false
take_back() {
  trap '' INT TERM
  changing=false
  if [[ -z $before ]]; then
    say "error: the first revision of $RELEASE did not become ready and there is none to go back to; it was left for you"
    say "to look: scripts/health-check.sh $ENVIRONMENT; to try again: scripts/deploy.sh $ENVIRONMENT"
    return "$HALF"
  fi
  say "rolling back to revision $before"
  if ! roll_back "$before" "$seconds"; then
    say "error: the release is neither new nor old. To see it: helm history $RELEASE --namespace $NAMESPACE"
    say "to go on when the cluster answers again: scripts/rollback.sh $ENVIRONMENT $before"
    return "$HALF"
  fi
  mark_failed "$before"
  if wait_for_rollout $((SECONDS + seconds)); then
    mark_healthy
    if [[ -n $undo_file ]]; then rm -f -- "$undo_file"; fi
    say "revision $before runs again"
    return "$TAKEN_BACK"
  fi
  say "error: revision $before was restored but is not ready. To look: scripts/health-check.sh $ENVIRONMENT"
  return "$HALF"
}
# shellcheck disable=SC2329 # called by the trap
interrupted() {
  local status=0
  trap '' INT TERM
  hurry
  say "interrupted"
  if $changing; then take_back || status=$?; fi
  if ((status == HALF)); then exit "$HALF"; fi
  exit 130
}
trap interrupted INT TERM
trap unlock EXIT

lock $((seconds * (2 + $(grep -c . <<<"$CHARTS" || true)) + 300))
repair "$seconds" || {
  say "error: the unfinished revision of $RELEASE could not be repaired: helm history $RELEASE --namespace $NAMESPACE"
  exit "$HALF"
}
before=$(revision_with deployed || true)
if [[ -n $undo_file ]]; then echo "${before:-none}" >"$undo_file"; fi
if [[ -n $before ]]; then
  hand_over "$before" "$manifest" || refuse "the number of pods cannot be kept for the autoscalers; nothing was changed"
  bring_back "$(h get manifest "$RELEASE" --revision "$before")" "$manifest" "$seconds" ||
    refuse "the pods of Deployments cannot be started in place of those of their Rollouts"
fi
charts before "$seconds" || refuse "a chart before the system is not ready; the system is as it was"
changing=true
deadline=$((SECONDS + seconds))
# Not through a function: a signal must reach helm, not a subshell around it.
if patiently helm --kube-context "$CONTEXT" --namespace "$NAMESPACE" "${upgrade[@]}" >/dev/null &&
  wait_for_rollout "$deadline" && charts after "$seconds"; then
  changing=false
  mark_healthy
  say "$RELEASE is deployed to $CONTEXT: revision $(revision_with deployed)"
  exit "$DONE"
fi
status=0
take_back || status=$?
exit "$status"
