# shellcheck shell=bash
# Sourced by deploy.sh and rollback.sh: keep the number of pods when an autoscaler takes over, as operations/replicas.py does.
#
# The API resets a field without an owner to its default, and that of spec.replicas is 1. A helm that applies on the
# server (Helm 4) leaves the field alone while another manager owns it; one that compares by itself (Helm 3) while its
# record of the last manifest does not have it.

readonly REPLICAS_MANAGER=quantacirc-cdk-replicas

# scaled WITH|WITHOUT: of a manifest on standard input, "kind name" of each workload that has a number of pods, or none.
scaled() {
  awk -v wanted="$1" '
    function end() {
      if ((kind == "Deployment" || kind == "StatefulSet") && (number ? "WITH" : "WITHOUT") == wanted) print kind, name
      kind = name = ""; number = 0
    }
    /^---/ { end() }
    /^kind: / { kind = $2 }
    /^metadata:/ { section = "metadata" }
    /^spec:/ { section = "spec" }
    section == "metadata" && /^  name: / && name == "" { name = $2; gsub(/"/, "", name) }
    section == "spec" && /^  replicas: / { number = 1 }
    END { end() }' | LC_ALL=C sort
}

# hand_over REVISION MANIFEST: keep the number of pods of workloads that the revision sets and the manifest does not.
hand_over() {
  local before kind name number held=''
  before=$(h get manifest "$RELEASE" --revision "$1") || return
  while read -r kind name; do
    [[ -n $name ]] || continue
    number=$(k get "$kind" "$name" --output 'jsonpath={.spec.replicas}' --ignore-not-found) || return
    [[ -n $number ]] || continue
    say "$kind $name keeps its number of pods: its autoscaler takes over"
    k apply --server-side --force-conflicts --field-manager "$REPLICAS_MANAGER" --filename - >/dev/null <<END || return
{"apiVersion": "apps/v1", "kind": "$kind", "metadata": {"name": "$name", "namespace": "$NAMESPACE"},
 "spec": {"replicas": $number}}
END
    held+="$kind $name,"
  done < <(LC_ALL=C comm -12 <(scaled WITH <<<"$before") <(scaled WITHOUT <<<"$2"))
  [[ -z $held ]] || forget_replicas "$1" "$held"
}

# forget_replicas REVISION WORKLOADS: remove the number of pods of the workloads from the record of a revision.
#
# The record is JSON on one line, so every \n in it stands for the end of a line of the manifest, or joins to what it
# was. What is not a document of the workloads comes out as it went in.
forget_replicas() {
  local secret="sh.helm.release.v1.$RELEASE.v$1" record
  record=$(
    k get secret "$secret" --output 'jsonpath={.data.release}' | base64 --decode | base64 --decode | gunzip |
      sed 's/\\n/\n/g' |
      awk -v workloads="$2" '
        BEGIN { for (i = split(workloads, all, ","); i > 0; i--) known[all[i]] = 1 }
        /---$/ { kind = name = section = "" }
        /^kind: / { kind = $2 }
        /^metadata:/ { section = "metadata" }
        /^spec:/ { section = "spec" }
        section == "metadata" && /^  name: / && name == "" { name = $2; gsub(/[\\"]/, "", name) }
        section == "spec" && /^  replicas: [0-9]+$/ && ((kind " " name) in known) { next }
        { printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }' |
      gzip --stdout | base64 --wrap 0 | base64 --wrap 0
  ) || return
  [[ -n $record ]] || return
  k patch secret "$secret" --type merge --patch-file /dev/stdin >/dev/null <<<"{\"data\": {\"release\": \"$record\"}}"
}
