# shellcheck shell=bash
# Sourced by deploy.sh, rollback.sh and health-check.sh, with rollouts.sh: needs bash, helm and kubectl, nothing else.

# shellcheck disable=SC2034 # for those who source this
readonly DONE=0 TAKEN_BACK=1 REFUSED=2 HALF=3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

say() { printf '%s\n' "$*" >&2; }
refuse() {
  say "error: $*"
  exit "$REFUSED"
}

# load ENV: read what dist/ knows of the environment; every later command uses its context, never the current one.
load() {
  local file="$root/dist/operations/$1.env"
  [[ $1 =~ ^[a-z][a-z0-9-]*$ && -f $file ]] || refuse "no environment \"$1\", expected one of $(environments)"
  # shellcheck source=/dev/null
  source "$file"
  # shellcheck disable=SC2034
  readonly ENVIRONMENT CONTEXT NAMESPACE RELEASE CHART VALUES APPROVAL MIGRATION=${MIGRATION:-} WINDOWS=${WINDOWS:-} \
    ROLLOUTS=${ROLLOUTS:-} PAUSE_SECONDS=${PAUSE_SECONDS:-0} REGISTRY=${REGISTRY:-} SIGNER_ISSUER=${SIGNER_ISSUER:-} SIGNER=${SIGNER:-} ATTESTATIONS=${ATTESTATIONS:-} \
    CHARTS=${CHARTS:-}
}

# charts before|after SECONDS: install or upgrade the charts of others around the system, by digest, each until it is ready.
# helm never upgrades the definitions in a chart's folder crds, so kubectl applies them. One whose newest revision has the
# same digest and values is left alone.
charts() {
  local order name namespace chart values definitions options mark newest
  while read -r order name namespace chart values; do
    [[ $order == "$1" ]] || continue
    options=()
    case $chart in oci://localhost[:/]* | oci://127.0.0.1[:/]*) options=(--plain-http) ;; esac
    mark="${chart#*@} with values $(sha256sum <"$root/$values" | cut --delimiter ' ' --fields 1)"
    newest=$(helm --kube-context "$CONTEXT" --namespace "$namespace" history "$name" --max 1 --output json </dev/null 2>/dev/null) || newest=
    if [[ $newest == *'"deployed"'* && $newest == *"\"$mark\""* ]]; then
      say "$name is unchanged"
      continue
    fi
    say "installing $name in $namespace"
    definitions=$(helm show crds "$chart" ${options[@]+"${options[@]}"}) || return 1
    if [[ $definitions == *[![:space:]]* ]]; then
      kubectl --context "$CONTEXT" apply --server-side --force-conflicts --filename - <<<"$definitions" >/dev/null &&
        kubectl --context "$CONTEXT" wait --for=condition=Established --timeout "${2}s" --filename - <<<"$definitions" >/dev/null ||
        return 1
    fi
    helm --kube-context "$CONTEXT" --namespace "$namespace" upgrade --install "$name" "$chart" \
      ${options[@]+"${options[@]}"} --create-namespace --wait --values "$root/$values" --description "$mark" --timeout "${2}s" --history-max 10 \
      </dev/null >/dev/null || return 1
  done <<<"$CHARTS"
}

environments() {
  local file names=()
  for file in "$root"/dist/operations/*.env; do
    file=${file##*/}
    names+=("${file%.env}")
  done
  echo "${names[*]}"
}

# guard: refuse before anything is sent where a tool is missing or kubectl points elsewhere.
guard() {
  local current
  tools
  current=$(kubectl config current-context 2>/dev/null) || current=
  [[ $current == "$CONTEXT" ]] || known
  [[ $current == "$CONTEXT" ]] ||
    refuse "the kube context is \"$current\", expected \"$CONTEXT\"; nothing was sent. To switch: kubectl config use-context $CONTEXT"
}

tools() {
  local tool
  for tool in helm kubectl; do
    command -v "$tool" >/dev/null || refuse "$tool is not on PATH"
  done
}

# known: refuse before anything is sent where kubectl has no such context; enough for who only looks.
known() {
  local contexts
  tools
  contexts=$(kubectl config get-contexts --output name 2>/dev/null) || contexts=
  [[ $'\n'$contexts$'\n' == *$'\n'"$CONTEXT"$'\n'* ]] ||
    refuse "kubectl has no context \"$CONTEXT\" of $ENVIRONMENT, it knows ${contexts//$'\n'/, }"
}

k() { kubectl --context "$CONTEXT" --namespace "$NAMESPACE" --request-timeout "${REQUEST_TIMEOUT:-15s}" "$@"; }
h() { helm --kube-context "$CONTEXT" --namespace "$NAMESPACE" "$@"; }

# reachable: tell a cluster that does not answer from credentials that have expired.
reachable() {
  local output
  output=$(k get namespace kube-system --output name 2>&1) && return
  case $output in
  *"must be logged in"* | *Unauthorized* | *"getting credentials"* | *"provide credentials"* | *expired*)
    refuse "the cluster refuses the credentials of context \"$CONTEXT\": log in again"
    ;;
  *Forbidden* | *forbidden* | *NotFound* | *"not found"*) ;;
  *) refuse "the cluster of context \"$CONTEXT\" does not answer: ${output##*$'\n'}" ;;
  esac
}

# allowed MANIFEST: refuse where the API says that one may not change a kind of the manifest, or do what these scripts do.
allowed() {
  local key value group='' asked=('update secret' 'delete secret' 'create lease.coordination.k8s.io') lacking
  while IFS=': ' read -r key value; do
    value=${value//\"/}
    if [[ $key == apiVersion ]]; then
      group=
      if [[ $value == */* ]]; then group=.${value%/*}; fi
    else
      asked+=("create ${value,,}$group" "patch ${value,,}$group")
    fi
  done < <(grep -E '^(apiVersion|kind): ' <<<"$1")
  lacking=$(
    count=0
    while read -r verb kind; do
      if [[ $(k auth can-i "$verb" "$kind" 2>/dev/null) == no* ]]; then echo "$verb $kind"; fi &
      if ((++count % 8 == 0)); then wait; fi
    done < <(printf '%s\n' "${asked[@]}" | sort --unique)
    wait
  )
  [[ -n $lacking ]] || return 0
  while read -r key; do say "error: you may not $key in $NAMESPACE; nothing was changed"; done < <(sort <<<"$lacking")
  exit "$REFUSED"
}

# listed: refuse where ENV names a signer and a file of the chart is not as qcdk synth wrote it.
listed() {
  local output=$root/${CHART%/helm/*} place=helm/${CHART##*/} written found file
  [[ -n $SIGNER ]] || return 0
  written=$({ grep -F "  $place/" "$output/.qcdk.sha256" 2>/dev/null || true; } | sort)
  found=$(cd "$output" && find "$place" -type f -exec sha256sum {} + | sort)
  [[ $written != "$found" ]] || return 0
  while read -r file; do say "error: $file is not what qcdk synth wrote: change the model, and run make synth"; done < <(
    comm -3 <(echo "$written") <(echo "$found") | sed -E 's/^\t?[0-9a-f]{64}  //' | grep . | sort --unique
  )
  refuse "$CHART is not the chart of this commit; nothing was changed"
}

# signed MANIFEST: refuse where the signer of ENV has not signed and attested an image of its registry, or the image has no
# digest.
signed() {
  local image said one identity problems=()
  [[ -n $SIGNER ]] || return 0
  while read -r image; do
    if [[ $image != *@sha256:* ]]; then
      problems+=("$image: it has no digest, so its signature says nothing about what will run")
      continue
    fi
    command -v cosign >/dev/null || refuse "cosign is not on PATH: it verifies the images, because release.signature is set"
    identity=(--certificate-oidc-issuer "$SIGNER_ISSUER" --certificate-identity-regexp "$SIGNER")
    said=$(cosign verify "${identity[@]}" "$image" 2>&1) || problems+=("$image: no signature of $SIGNER: ${said##*$'\n'}")
    for one in $ATTESTATIONS; do
      said=$(cosign verify-attestation --type "$one" "${identity[@]}" "$image" 2>&1) ||
        problems+=("$image: no attestation $one of $SIGNER: ${said##*$'\n'}")
    done
  done < <(sed -nE "s/^[[:space:]-]*image:[[:space:]]*[\"']?([^\"'[:space:]]+).*/\1/p" <<<"$1" | grep -F "$REGISTRY/" | sort --unique)
  ((${#problems[@]})) || return 0
  for said in "${problems[@]}"; do say "error: $said"; done
  say "nothing was changed"
  exit "$REFUSED"
}

# revisions: one line "REVISION STATUS MIGRATION FAILED HEALTHY" for each revision Helm keeps, the newest first. MIGRATION
# is the last migration of the database's tables that its software knows, FAILED whether it was taken back, HEALTHY its
# own number where it became ready (Helm hands labels down to later revisions); "-" for none.
revisions() {
  local line='{range .items[*]}{.metadata.labels.version}|{.metadata.labels.status}'
  line+='|{.metadata.labels.database-migration}|{.metadata.labels.deployment-failed}|{.metadata.labels.deployment-healthy}{"\n"}{end}'
  k get secrets --selector "owner=helm,name=$RELEASE" --output "jsonpath=$line" | sort --numeric-sort --reverse |
    while IFS='|' read -r number state migration failed healthy; do
      echo "$number $state ${migration:--} ${failed:--} ${healthy:--}"
    done
}

# last_migration: the highest migration of the database's tables that any revision has brought; 0 for none.
last_migration() {
  local migration highest=0
  while read -r _ _ migration _; do
    if [[ $migration =~ ^[0-9]+$ ]] && ((migration > highest)); then highest=$migration; fi
  done <<<"$(revisions)"
  echo "$highest"
}

# refuse_migration WHAT KNOWN: refuse software that does not know the tables as they are now.
refuse_migration() {
  local last known=0
  if [[ $2 =~ ^[0-9]+$ ]]; then known=$2; fi
  last=$(last_migration)
  if ((known < last)) && ! accepted database-migration; then
    refuse "migration $last of the database has run, and $1 does not know it (to accept: --accept database-migration)"
  fi
}

accepted() { # RISK
  [[ " ${accept:-} " == *" $1 "* ]]
}

# running_commit: the commit of the revision that runs, also after a rollback to it; nothing where Helm does not know it.
running_commit() {
  local entries entry
  entries=$(h history "$RELEASE" --max 10 --output json 2>/dev/null) || return 0
  entries=${entries//\},\{/$'\n'}
  entry=$(grep '"status":"deployed"' <<<"$entries" | tail -n 1) || return 0
  while [[ $entry =~ \"description\":\"Rollback\ to\ ([0-9]+)\" ]]; do
    entry=$(grep -E "\"revision\":${BASH_REMATCH[1]}\b" <<<"$entries") || return 0
  done
  if [[ $entry =~ \ from\ ([0-9a-f]{64}|[0-9a-f]{40})[^0-9a-f] || $entry =~ \"from\ ([0-9a-f]{64}|[0-9a-f]{40})[^0-9a-f] ]]; then
    echo "${BASH_REMATCH[1]}"
  fi
}

# refuse_older: refuse this commit where the environment runs a later one: its approval came late, or its run was slow.
refuse_older() {
  local ours later
  accepted older-commit && return
  later=$(running_commit)
  ours=$(git -C "$root" rev-parse HEAD 2>/dev/null) || return 0
  [[ -n $later && $later != "$ours" ]] || return 0
  git -C "$root" merge-base --is-ancestor "$ours" "$later" 2>/dev/null || return 0
  refuse "$ENVIRONMENT runs the later commit ${later:0:12}: an approval of $ours came too late; nothing was changed (to accept: --accept older-commit)"
}

# mark_failed AFTER: mark the revisions between AFTER and the newest: no rollback goes there unasked.
mark_failed() {
  local number newest=''
  while read -r number _; do
    if [[ -n $newest ]] && ((number > $1)); then
      k label secret "sh.helm.release.v1.$RELEASE.v$number" deployment-failed=true --overwrite >/dev/null || true
    fi
    newest=$number
  done <<<"$(revisions)"
}

# mark_healthy: mark the revision that runs as one that became ready: a rollback goes back to such a one.
mark_healthy() {
  local number
  number=$(revision_with deployed) || return 0
  k label secret "sh.helm.release.v1.$RELEASE.v$number" "deployment-healthy=$number" --overwrite >/dev/null || true
}

# roll_back REVISION SECONDS: helm rollback, tried again while the API does not answer.
roll_back() {
  local until=$((SECONDS + $2)) left said
  bring_back "$(h get manifest "$RELEASE" 2>/dev/null)" "$(h get manifest "$RELEASE" --revision "$1" 2>/dev/null)" "$2" ||
    say "warning: a Deployment may begin without pods in place of its Rollout"
  while true; do
    left=$((until - SECONDS))
    if ((left > 120)); then left=120; elif ((left < 1)); then left=1; fi
    # In a trap, a bare return gives the status of what the trap interrupted.
    said=$(h rollback "$RELEASE" "$1" --timeout "${left}s" 2>&1) && return 0
    say "$said"
    case $said in
    *refused* | *unreachable* | *timed\ out* | *deadline* | *EOF* | *reset* | *"unable to handle"* | *"try again"*) ;;
    *"already exists"*) ;; # helm of a deployment that was killed has made the same revision
    *) return 1 ;;
    esac
    ((SECONDS + 2 < until)) || return 1
    sleep 2
  done
}

# revision_with STATUS...: the newest revision with one of these states; fails when there is none.
revision_with() {
  local number state wanted
  while read -r number state _; do
    for wanted in "$@"; do
      if [[ $state == "$wanted" ]]; then
        echo "$number"
        return
      fi
    done
  done <<<"$(revisions)"
  return 1
}

# repair: a release whose deployment was killed is pending, and Helm refuses to touch it until it is not.
repair() {
  local pending state good
  read -r pending state _ <<<"$(revisions)"
  [[ ${state:-} == pending-* ]] || return 0 # an older one was followed by one that was completed
  if good=$(revision_with deployed superseded); then
    say "revision $pending was never finished: rolling back to $good first"
    roll_back "$good" "$1" || return
  else
    say "revision $pending, the first, was never finished: its record is removed and it is installed again"
    k delete secret "sh.helm.release.v1.$RELEASE.v$pending" >/dev/null
  fi
}

# lock SECONDS: one deployment at a time. The Lease is the same one that qcdk takes.
lock() {
  local holder
  holder="${USER:-$(id -un)}@$(hostname):$$"
  if ! k get namespace "$NAMESPACE" >/dev/null 2>&1; then
    k create --filename - >/dev/null <<END
apiVersion: v1
kind: Namespace
metadata:
  name: $NAMESPACE
  labels: { app.kubernetes.io/managed-by: Helm }
  annotations: { meta.helm.sh/release-name: $RELEASE, meta.helm.sh/release-namespace: $NAMESPACE }
END
  fi
  local lease
  lease=$(printf '%s\n' "apiVersion: coordination.k8s.io/v1" "kind: Lease" \
    "metadata: { name: $RELEASE-deployment }" \
    "spec: { holderIdentity: \"$holder\", leaseDurationSeconds: $1, acquireTime: \"$(date -u +%Y-%m-%dT%H:%M:%S.000000Z)\" }")
  if ! k create --filename - <<<"$lease" >/dev/null 2>&1; then
    break_stale_lock || refuse "another deployment is under way: $(holder_of_lock). Nothing was changed"
    k create --filename - <<<"$lease" >/dev/null || refuse "another deployment is under way: $(holder_of_lock). Nothing was changed"
  fi
  locked=true
}

holder_of_lock() {
  k get lease "$RELEASE-deployment" --output 'jsonpath={.spec.holderIdentity} since {.spec.acquireTime}' 2>/dev/null || echo "its lock cannot be read"
}

# break_stale_lock: whoever held it was killed: its time is over, or it was a process here that is gone.
break_stale_lock() {
  local acquired seconds holder pid
  holder=$(k get lease "$RELEASE-deployment" --output 'jsonpath={.spec.holderIdentity}') || return
  pid=${holder##*:}
  if [[ $holder == *"@$(hostname):$pid" && $pid =~ ^[0-9]+$ ]] && ! kill -0 "$pid" 2>/dev/null; then
    k delete lease "$RELEASE-deployment" >/dev/null
    return
  fi
  acquired=$(k get lease "$RELEASE-deployment" --output 'jsonpath={.spec.acquireTime}') || return
  seconds=$(k get lease "$RELEASE-deployment" --output 'jsonpath={.spec.leaseDurationSeconds}') || return
  (($(date +%s) > $(date --date "$acquired" +%s) + seconds)) || return
  k delete lease "$RELEASE-deployment" >/dev/null
}

unlock() {
  if ${locked:-false}; then
    locked=false
    local try
    for try in 1 2 3 4 5 6; do
      k delete lease "$RELEASE-deployment" --ignore-not-found >/dev/null 2>&1 && return 0
      sleep "$try"
    done
    k delete lease "$RELEASE-deployment" --ignore-not-found >/dev/null 2>&1 || say "warning: the lock $RELEASE-deployment was not removed"
  fi
}

# wait_for_rollout DEADLINE: until every workload of the release has its new pods and every Job has ended; fails at the
# deadline ($SECONDS), or when a Job has failed.
wait_for_rollout() {
  local workload left workloads
  workloads=$(k get deployments,statefulsets,daemonsets --selector "app.kubernetes.io/instance=$RELEASE" --output name) || return
  for workload in $workloads; do
    left=$(($1 - SECONDS))
    if ((left < 1)) || ! patiently k --request-timeout 0 rollout status "$workload" --timeout "${left}s" >&2; then
      say "$workload is not ready"
      return 1
    fi
  done
  wait_for_steps "$1" && wait_for_jobs "$1"
}

# wait_for_jobs DEADLINE: those of a CronJob are its own business.
wait_for_jobs() {
  local line='{range .items[*]}{.metadata.name}|{.metadata.ownerReferences[0].kind}'
  line+='|{.status.conditions[?(@.status=="True")].type}{"\n"}{end}'
  local name owner state jobs open
  while true; do
    jobs=$(k get jobs --selector "app.kubernetes.io/instance=$RELEASE" --output "jsonpath=$line") || return
    open=''
    while IFS='|' read -r name owner state; do
      case "$owner $state" in
      *Complete*) ;;
      " "*Failed*)
        say "job/$name failed"
        return 1
        ;;
      " "*) open=$name ;;
      esac
    done <<<"$jobs"
    [[ -n $open ]] || return 0
    if ((SECONDS >= $1)); then
      say "job/$open has not ended"
      return 1
    fi
    patiently sleep "${POLL_SECONDS:-5}"
  done
}

# patiently COMMAND...: run it so that a trap need not wait for its end.
patiently() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# hurry: end what `patiently` waits for, and wait a moment for its end: a rollback must not run beside an upgrade.
hurry() {
  [[ -n ${child:-} ]] || return 0
  kill "$child" 2>/dev/null || return 0
  local try
  for try in {1..20}; do
    kill -0 "$child" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$child" 2>/dev/null || true
}

# described: who deploys what, for the history.
described() {
  local commit
  commit=$(git -C "$root" rev-parse HEAD 2>/dev/null) || commit="no commit"
  echo "from $commit by ${GITHUB_ACTOR:-${GITLAB_USER_LOGIN:-${USER:-$(id -un)}}}@$(hostname)${emergency:+; emergency: $emergency}"
}

# seconds_of TIME: 90, 90s, 10m or 1h in seconds.
seconds_of() {
  [[ $1 =~ ^([0-9]+)([smh]?)$ ]] || refuse "--timeout: found \"$1\", expected a time such as 90s or 10m"
  # Base 10: bash takes 08 for an octal number.
  case ${BASH_REMATCH[2]} in
  h) echo $((10#${BASH_REMATCH[1]} * 3600)) ;;
  m) echo $((10#${BASH_REMATCH[1]} * 60)) ;;
  *) echo $((10#${BASH_REMATCH[1]})) ;;
  esac
}

# in_window [SECONDS]: whether a change window is open, now or at that time since 1970; always where there is none.
in_window() {
  local now=${1:-} windows minutes hours days months weekdays either length zone
  [[ -n $WINDOWS ]] || return 0
  if [[ -z $now ]]; then printf -v now '%(%s)T' -1; fi
  IFS=';' read -r -a windows <<<"$WINDOWS"
  while IFS='|' read -r minutes hours days months weekdays either length zone; do
    if has_started; then return 0; fi
  done < <(printf '%s\n' "${windows[@]}")
  return 1
}

# has_started: whether the window that in_window has read started in the last `length` hours.
has_started() {
  local back at hour day month weekday
  for ((back = 0; back < length * 60; back++)); do
    TZ=$zone printf -v at '%(%-M %-H %-d %-m %w)T' $((now - back * 60))
    within "${at%% *}" "$minutes" || continue
    read -r _ hour day month weekday <<<"$at"
    if ! within "$hour" "$hours" || ! within "$month" "$months"; then
      continue
    fi
    if $either; then
      if within "$day" "$days" || within "$weekday" "$weekdays"; then return 0; fi
    elif within "$day" "$days" && within "$weekday" "$weekdays"; then
      return 0
    fi
  done
  return 1
}

within() { # NUMBER LIST
  [[ $2 == '*' || ,$2, == *,$1,* ]]
}

# refuse_window: refuse a change outside of the change windows, unless somebody has said why it is an emergency.
refuse_window() {
  if in_window; then return; fi
  [[ -n ${emergency:-} ]] ||
    refuse "no change window of $ENVIRONMENT is open; nothing was changed (in an emergency: EMERGENCY_REASON, or --emergency REASON)"
  say "warning: no change window is open; the record says: emergency: $emergency"
}

# confirmed QUESTION: ask where the environment wants approval; a pipeline (CI set) asks by itself.
confirmed() {
  local answer
  [[ $APPROVAL == true && -z ${CI:-} ]] || return 0
  ${yes:-false} && return
  [[ -t 0 ]] || refuse "$ENVIRONMENT wants approval: add --yes"
  read -r -p "$1 Type $ENVIRONMENT to go on: " answer
  [[ $answer == "$ENVIRONMENT" ]] || refuse "not confirmed; nothing was changed"
}
