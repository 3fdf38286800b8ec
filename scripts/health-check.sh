#!/usr/bin/env bash
# Say whether every workload of an environment is ready. `scripts/health-check.sh --help`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/rollouts.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollouts.sh"

usage() {
  cat <<'END'
Usage: scripts/health-check.sh ENV [--timeout TIME]

Print each workload of the release with its ready and wanted pods. A workload is healthy when `kubectl rollout status`
says that its last change is rolled out. For machines with bash, helm and kubectl only;
`qcdk health` also looks at the bus, the ledger, certificates and Argo CD.

  --timeout TIME  maximum time until all is healthy, such as 90s or 5m (default: check once)

example: scripts/health-check.sh prod --timeout 5m

exit status:
  0  healthy
  1  degraded: a workload is not rolled out, or there is none
  2  unreachable or bad use
END
}

environment='' wait=0
while (($#)); do
  case $1 in
  --help) usage && exit 0 ;;
  --timeout | --wait) wait=$(seconds_of "${2:-}") && shift ;;
  -*) refuse "unknown option $1; try --help" ;;
  *) [[ -z $environment ]] || refuse "one environment at a time, found $1" && environment=$1 ;;
  esac
  shift || refuse "--timeout wants a time"
done
[[ -n $environment ]] || refuse "which environment? try --help"
load "$environment"
if ((wait > 0)); then wait=$((wait + PAUSE_SECONDS)); fi # a release in steps pauses between them
known
reachable

# workloads: one line "KIND/NAME|WANTED|READY" each.
workloads() {
  local line='{range .items[*]}{.kind}/{.metadata.name}|{.spec.replicas}{.status.desiredNumberScheduled}'
  line+='|{.status.readyReplicas}{.status.numberReady}{"\n"}{end}'
  k get deployments,statefulsets,daemonsets --selector "app.kubernetes.io/instance=$RELEASE" --output "jsonpath=$line"
}

# waits_for WORKLOAD WANTED READY: print what its rollout waits for, nothing where it is complete.
waits_for() {
  local said
  if said=$(k rollout status "$1" --watch=false 2>&1); then
    [[ $said != Waiting* ]] || echo "$said"
  elif [[ $said == *"only available for"* ]]; then # updated by hand (OnDelete)
    (($3 >= $2)) || echo "$3 of $2 pods are ready"
  else
    echo "$said"
  fi
}

look() {
  local name wanted ready why output count=0 degraded=0
  report=''
  output=$(workloads) || refuse "the cluster of context \"$CONTEXT\" does not answer"
  while IFS='|' read -r name wanted ready; do
    [[ -n $name ]] || continue
    count=$((count + 1))
    local state=healthy
    why=$(waits_for "$name" "${wanted:-1}" "${ready:-0}")
    if [[ -n $why ]]; then
      state="degraded: ${why//$'\n'/ }"
      degraded=$((degraded + 1))
    fi
    report+=$(printf '%-48s %s/%s %s' "$name" "${ready:-0}" "${wanted:-1}" "$state")$'\n'
  done <<<"$output"
  for name in $ROLLOUTS; do
    local stepping=healthy
    why=$(step_of "$name")
    if [[ -n $why ]]; then
      stepping="degraded: ${why//$'\n'/ }"
      degraded=$((degraded + 1))
    fi
    report+=$(printf '%-48s %s' "Rollout/$name" "$stepping")$'\n'
  done
  if ((count == 0)); then report="$RELEASE has no workload in $NAMESPACE"$'\n'; fi
  ((count > 0 && degraded == 0))
}

deadline=$((SECONDS + wait))
status=0
until look; do
  if ((SECONDS >= deadline)); then
    status=1
    break
  fi
  sleep "${POLL_SECONDS:-5}"
done
printf '%s' "$report"
exit "$status"
