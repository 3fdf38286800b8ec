#!/usr/bin/env bash
# Say whether every workload of an environment is ready. `scripts/health-check.sh --help`.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'END'
Usage: scripts/health-check.sh ENV [--wait TIME]

Print each workload of the release with its ready and wanted pods. For machines with bash, helm and kubectl only;
`qcdk health` also looks at the bus, the ledger, certificates and Argo CD.

  --wait TIME  keep looking until all is healthy, at most so long, such as 90s or 5m (default: look once)

example: scripts/health-check.sh prod --wait 5m

exit status:
  0  healthy
  1  degraded: a workload lacks ready pods, or there is none
  2  unreachable or bad use
END
}

environment='' wait=0
while (($#)); do
  case $1 in
  --help) usage && exit 0 ;;
  --wait) wait=$(seconds_of "${2:-}") && shift ;;
  -*) refuse "unknown option $1; try --help" ;;
  *) [[ -z $environment ]] || refuse "one environment at a time, found $1" && environment=$1 ;;
  esac
  shift || refuse "--wait wants a time"
done
[[ -n $environment ]] || refuse "which environment? try --help"
load "$environment"
known
reachable

# workloads: one line "KIND/NAME|WANTED|READY|UPDATED|GENERATION|OBSERVED" each.
workloads() {
  local line='{range .items[*]}{.kind}/{.metadata.name}|{.spec.replicas}|{.status.readyReplicas}|{.status.updatedReplicas}'
  line+='|{.metadata.generation}|{.status.observedGeneration}{"\n"}{end}'
  k get deployments,statefulsets --selector "app.kubernetes.io/instance=$RELEASE" --output "jsonpath=$line"
}

look() {
  local name wanted ready updated generation observed count=0 degraded=0
  report=''
  local output
  output=$(workloads) || refuse "the cluster of context \"$CONTEXT\" does not answer"
  while IFS='|' read -r name wanted ready updated generation observed; do
    [[ -n $name ]] || continue
    count=$((count + 1))
    local state=healthy
    if ((${ready:-0} < ${wanted:-1} || ${updated:-0} < ${wanted:-1} || ${observed:-0} < ${generation:-0})); then
      state=degraded
      degraded=$((degraded + 1))
    fi
    report+=$(printf '%-48s %s/%s %s' "$name" "${ready:-0}" "${wanted:-1}" "$state")$'\n'
  done <<<"$output"
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
