# shellcheck shell=bash
# Sourced by deploy.sh, rollback.sh and health-check.sh: components whose pods Argo Rollouts runs, as operations/argo_rollouts.py looks at them.

# names_of KIND: of a manifest on standard input, the name of each object of this kind.
names_of() {
  awk -v wanted="$1" '
    /^---/ { kind = section = ""; named = 0 }
    /^kind: / { kind = $2 }
    /^metadata:/ { section = "metadata" }
    /^spec:/ { section = "spec" }
    section == "metadata" && /^  name: / && !named { name = $2; gsub(/"/, "", name); named = 1
      if (kind == wanted) print name }' | LC_ALL=C sort
}

# replicas_in NAME: of a manifest on standard input, the number of pods of the Deployment with this name, or nothing.
replicas_in() {
  awk -v wanted="$1" '
    /^---/ { kind = name = section = "" }
    /^kind: / { kind = $2 }
    /^metadata:/ { section = "metadata" }
    /^spec:/ { section = "spec" }
    section == "metadata" && /^  name: / && name == "" { name = $2; gsub(/"/, "", name) }
    section == "spec" && kind == "Deployment" && name == wanted && /^  replicas: / { print $2 }'
}

# step_of COMPONENT: what the release of a component waits for, nothing where it is complete.
step_of() {
  local line='{.metadata.generation}|{.status.observedGeneration}|{.status.workloadObservedGeneration}'
  local found generation seen workload phase message newest pods
  line+='|{.status.phase}|{.status.message}'
  if ! found=$(k get rollouts.argoproj.io "$1" --output "jsonpath=$line" 2>&1); then
    echo "$found"
    return
  fi
  IFS='|' read -r generation seen workload phase message <<<"$found"
  IFS='|' read -r newest pods <<<"$(k get deployment "$1" --output 'jsonpath={.metadata.generation}|{.spec.replicas}')"
  if ((${seen:-0} < generation || ${workload:-0} < ${newest:-0})); then
    echo "its controller has not seen the last change"
  elif [[ $phase != Healthy ]]; then
    echo "${phase:-Progressing}${message:+: $message}"
  elif ((${pods:-0} > 0)); then
    echo "its Deployment has $pods pods, and should have none"
  fi
}

# wait_for_steps DEADLINE: until every release in steps is complete; fails at the deadline ($SECONDS), or when one ended
# with the old pods.
wait_for_steps() {
  local name why
  for name in $ROLLOUTS; do
    while why=$(step_of "$name") && [[ -n $why ]]; do
      if [[ $why == Degraded* ]] || ((SECONDS >= $1)); then
        say "rollout/$name is not ready: $why"
        return 1
      fi
      patiently sleep "${POLL_SECONDS:-5}"
    done
  done
}

# bring_back BEFORE AFTER SECONDS: start the pods of each Deployment whose Rollout is in the manifest BEFORE and no longer
# in AFTER: it has none, and an autoscaler does not scale up from 0.
bring_back() {
  local name number stated never='{"spec": {"workloadRef": {"scaleDown": "never"}}}'
  while read -r name; do
    [[ -n $name ]] || continue
    number=$(k get rollouts.argoproj.io "$name" --output 'jsonpath={.spec.replicas}' --ignore-not-found) || return
    [[ -n $number ]] || continue
    stated=$(replicas_in "$name" <<<"$2") # helm refuses to set another one
    say "Deployment $name runs its pods itself again, beside those of its Rollout"
    k patch rollouts.argoproj.io "$name" --type merge --patch "$never" >/dev/null || return
    k apply --server-side --force-conflicts --field-manager "$REPLICAS_MANAGER" --filename - >/dev/null <<END || return
{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "$name", "namespace": "$NAMESPACE"},
 "spec": {"replicas": ${stated:-$number}}}
END
    patiently k --request-timeout 0 rollout status "deployment/$name" --timeout "${3}s" >&2 || return
  done < <(LC_ALL=C comm -12 <(LC_ALL=C comm -23 <(names_of Rollout <<<"$1") <(names_of Rollout <<<"$2")) \
    <(names_of Deployment <<<"$2"))
}
