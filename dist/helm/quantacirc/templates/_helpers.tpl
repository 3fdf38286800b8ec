{{/* The reference of an image: its own registry and tag, or those of all images built with the system. */}}
{{- define "quantacirc.image" -}}
{{- $common := .root.Values.image -}}
{{- $tag := .image.tag -}}
{{- if not (and .image.registry .image.digest) -}}
{{- $tag = coalesce .image.tag $common.tag .root.Chart.AppVersion -}}
{{- end -}}
{{- coalesce .root.Values.global.imageRegistry .image.registry $common.registry -}}
/{{ .image.repository }}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with .image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{/* The hash of the entries in `text` (YAML) and `more`. */}}
{{- define "quantacirc.digest" -}}
{{- $entries := fromYaml (print .text "\n") -}}
{{- range $key, $item := .more -}}
{{- $_ := set $entries $key $item -}}
{{- end -}}
{{- toRawJson $entries | sha256sum | trunc .length -}}
{{- end -}}

{{/* The beginning of the names of objects: empty for the release quantacirc. */}}
{{- define "quantacirc.prefix" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name -}}
{{- if ne $name "quantacirc" -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "fullnameOverride: %q is the beginning of the names of objects and must begin with a letter and consist of lower-case letters, digits and dashes; fullnameOverride=quantacirc keeps the names without it" $name) -}}
{{- end -}}
{{- if gt (len $name) 30 -}}
{{- fail (printf "fullnameOverride: %q is the beginning of the names of objects and may have at most 30 characters, because the longest name of the chart has no room for more; fullnameOverride=quantacirc keeps the names without it" $name) -}}
{{- end -}}
{{- $name }}-
{{- end -}}
{{- end -}}

{{/* A name from the values; with the prefix if it is one of the chart's own names: root, name, own names. */}}
{{- define "quantacirc.ownName" -}}
{{- $name := index . 1 | default "" -}}
{{- if has $name (index . 2) }}{{ include "quantacirc.prefix" (index . 0) }}{{ end -}}
{{- $name -}}
{{- end -}}

{{/* A size such as 10Gi in bytes. */}}
{{- define "quantacirc.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "P" 1000000000000000 "E" 1000000000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- $text := toString . -}}
{{- $number := regexFind "^[0-9.]+([eE][+]?[0-9]+)?" $text | float64 -}}
{{- mulf $number (get $units (regexFind "[kKMGTPE]i?$" $text)) | int64 -}}
{{- end -}}

{{/* Numbered items: count, prefix, suffix, separator. */}}
{{- define "quantacirc.forEach" -}}
{{- $items := list -}}
{{- range $index := until (index . 0) -}}
{{- $items = append $items (printf "%s%d%s" (index $ 1) $index (index $ 2)) -}}
{{- end -}}
{{- join (index . 3) $items -}}
{{- end -}}

{{/* Rules of a network policy for clients from outside, if values change who reaches a Service. */}}
{{- define "quantacirc.outside" -}}
{{- $said := .service.spec -}}
{{- $changed := or (hasKey $said "externalTrafficPolicy") (hasKey $said "loadBalancerSourceRanges") (hasKey $said "type") -}}
{{- if and $changed (ne .type "ClusterIP") -}}
{{- $ranges := list -}}
{{- if eq ($said.externalTrafficPolicy | default .own.externalTrafficPolicy) "Local" -}}
{{- $ranges = ternary $said .own (hasKey $said "loadBalancerSourceRanges") | dig "loadBalancerSourceRanges" list -}}
{{- end -}}
- from:
    {{- range $ranges | default (list "0.0.0.0/0" "::/0") }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
  ports:
    {{- toYaml .ports | nindent 4 }}
    {{- range .service.extraPorts }}
    - port: {{ .targetPort | default .port | toJson }}
      protocol: {{ .protocol | default "TCP" }}
    {{- end }}
{{- end -}}
{{- end -}}

{{/* An amount such as 10Gi or 250m as a number. */}}
{{- define "quantacirc.quantity" -}}
{{- $text := toString . -}}
{{- $units := dict "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 -}}
{{- $units = merge $units (dict "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0) -}}
{{- $units = merge $units (dict "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0) -}}
{{- $number := regexFind "^[0-9.]+([eE][+-]?[0-9]+)?" $text | float64 -}}
{{- printf "%.9f" (mulf $number (get $units (regexFind "([KMGTPE]i|[numkMGTPE])$" $text) | default 1.0)) -}}
{{- end -}}

{{/* The variable of users with a name, which replaces the chart's own. */}}
{{- define "quantacirc.variable" -}}
{{- $name := index . 0 -}}
{{- $found := list -}}
{{- range index . 1 -}}
{{- if eq .name $name -}}
{{- $found = list . -}}
{{- end -}}
{{- end -}}
{{- with $found }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* The variables of users without those with the names of the chart's own; of equal names the last one. */}}
{{- define "quantacirc.variables" -}}
{{- $seen := index . 0 -}}
{{- $last := dict -}}
{{- range index . 1 -}}
{{- $_ := set $last .name . -}}
{{- end -}}
{{- $found := list -}}
{{- range index . 1 -}}
{{- if not (has .name $seen) -}}
{{- $seen = append $seen .name -}}
{{- $found = append $found (get $last .name) -}}
{{- end -}}
{{- end -}}
{{- with $found }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* The number of pods in the cluster, if the upgrade would reset it: root, kind, name. One pod needs no number. */}}
{{- define "quantacirc.keptReplicas" -}}
{{- $root := index . 0 -}}
{{- $known := get $root "keptReplicas" | default (dict) -}}
{{- $_ := set $root "keptReplicas" $known -}}
{{- $key := printf "%s/%s" (index . 1) (index . 2) -}}
{{- if not (hasKey $known $key) -}}
{{- $_ := set $known $key "" -}}
{{- $namespace := $root.Values.namespaceOverride | default $root.Release.Namespace -}}
{{- $live := dict -}}
{{- if $root.Release.IsUpgrade -}}
{{- $live = lookup "apps/v1" (index . 1) $namespace (index . 2) -}}
{{- end -}}
{{- $applied := false -}}
{{- $owned := false -}}
{{- $others := list -}}
{{- range dig "metadata" "managedFields" (list) $live -}}
{{- $fields := dig "fieldsV1" "f:spec" (dict) . -}}
{{- $applies := and (eq .operation "Apply") (hasKey $fields "f:selector") -}}
{{- $applied = or $applied $applies -}}
{{- if not (hasKey $fields "f:replicas") -}}
{{- else if $applies -}}
{{- $owned = true -}}
{{- else -}}
{{- $others = append $others .manager -}}
{{- end -}}
{{- end -}}
{{- $resets := and $owned (not $others) -}}
{{- if and $live (not $applied) -}}
{{- $marked := hasKey ($live.metadata.annotations | default (dict)) "quantacirc-cdk/replicas" -}}
{{- $resets = and (or $marked (not (has "kube-controller-manager" $others))) (not (has "quantacirc-cdk-replicas" $others)) -}}
{{- end -}}
{{- if and $resets (gt (dig "spec" "replicas" 0 $live | int) 1) -}}
{{- $_ := set $known $key (toString $live.spec.replicas) -}}
{{- end -}}
{{- end -}}
{{- get $known $key -}}
{{- end -}}

{{/* The annotation of a workload whose number of pods is kept: root, kind, name. */}}
{{- define "quantacirc.keptMark" -}}
{{- if include "quantacirc.keptReplicas" . -}}
quantacirc-cdk/replicas: kept
{{- end -}}
{{- end -}}

\
{{/* Amount of a resource of a container (container, section, resource). Without a request, it is the limit. */}}
{{- define "quantacirc.stated" -}}
{{- $stated := (index . 0).resources | default (dict) -}}
{{- $said := get (get $stated (index . 1) | default (dict)) (index . 2) -}}
{{- include "quantacirc.quantity" (coalesce $said (get (get $stated "limits" | default (dict)) (index . 2)) "0") -}}
{{- end -}}

{{/* What a pod states of a resource, as the scheduler counts it: spec, section, resource. */}}
{{- define "quantacirc.podAmount" -}}
{{- $pod := index . 0 -}}
{{- $staying := 0.0 -}}
{{- $most := 0.0 -}}
{{- range $pod.initContainers -}}
{{- $one := include "quantacirc.stated" (list . (index $ 1) (index $ 2)) | float64 -}}
{{- $most = maxf $most (addf $staying $one) -}}
{{- if eq (.restartPolicy | default "") "Always" -}}
{{- $staying = addf $staying $one -}}
{{- end -}}
{{- end -}}
{{- range $pod.containers -}}
{{- $staying = addf $staying (include "quantacirc.stated" (list . (index $ 1) (index $ 2)) | float64) -}}
{{- end -}}
{{- printf "%f" (maxf $most $staying) -}}
{{- end -}}

{{/* Pods that a rollout has besides the others: strategy, pods, what is usual. */}}
{{- define "quantacirc.surge" -}}
{{- $strategy := index . 0 | default (dict) -}}
{{- if or (not (index . 1)) (has ($strategy.type | default "") (list "Recreate" "OnDelete")) -}}
0
{{- else -}}
{{- $surge := dig "rollingUpdate" "maxSurge" (index . 2) $strategy | toString -}}
{{- $share := divf (mulf (index . 1) (trimSuffix "%" $surge | float64)) 100 | ceil | int64 -}}
{{- ternary $share (int64 $surge) (hasSuffix "%" $surge) -}}
{{- end -}}
{{- end -}}

{{/* The limits of the LimitRange, if the values create it, as JSON. */}}
{{- define "quantacirc.ranges" -}}
{{- $range := .Values.limitRange | default (dict) -}}
{{- ternary ($range.limits | default (list)) (list) (dig "create" true $range) | toJson -}}
{{- end -}}

{{/* What containers get of the LimitRange, as JSON. A maximum is also a limit, and a limit or a minimum a request. */}}
{{- define "quantacirc.defaults" -}}
{{- $limits := dict -}}
{{- $requests := dict -}}
{{- range include "quantacirc.ranges" . | fromJsonArray -}}
{{- if eq .type "Container" -}}
{{- $limits = merge $limits (.default | default (dict)) (.max | default (dict)) -}}
{{- $requests = merge $requests (.defaultRequest | default (dict)) $limits (.min | default (dict)) -}}
{{- end -}}
{{- end -}}
{{- dict "limits" $limits "requests" $requests | toJson -}}
{{- end -}}

{{/* The objects of the release that are there, as JSON. */}}
{{- define "quantacirc.counted" -}}
{{- $found := list -}}
{{- range list "quantacirc.object.Deployment.anomaly-detector" "quantacirc.object.Service.anomaly-detector" "quantacirc.object.Service.artifacts" "quantacirc.object.Service.artifacts-headless" "quantacirc.object.StatefulSet.artifacts" "quantacirc.object.Service.backups" "quantacirc.object.Service.backups-headless" "quantacirc.object.StatefulSet.backups" "quantacirc.object.Deployment.bose-boost" "quantacirc.object.HorizontalPodAutoscaler.bose-boost" "quantacirc.object.ScaledObject.bose-boost" "quantacirc.object.Service.bose-boost" "quantacirc.object.Service.bus" "quantacirc.object.Service.bus-headless" "quantacirc.object.StatefulSet.bus" "quantacirc.object.CronJob.bus-backup" "quantacirc.object.CronJob.bus-backup-drill" "quantacirc.object.CronJob.bus-backup-restore" "quantacirc.object.Job.bus-streams-<hash>" "quantacirc.object.CronJob.cli" "quantacirc.object.Job.create-secrets-<hash>" "quantacirc.object.Deployment.exporter" "quantacirc.object.Service.exporter" "quantacirc.object.Deployment.fluctua-test" "quantacirc.object.HorizontalPodAutoscaler.fluctua-test" "quantacirc.object.ScaledObject.fluctua-test" "quantacirc.object.Service.fluctua-test" "quantacirc.object.Deployment.hydro-spread" "quantacirc.object.HorizontalPodAutoscaler.hydro-spread" "quantacirc.object.ScaledObject.hydro-spread" "quantacirc.object.Service.hydro-spread" "quantacirc.object.Service.ledger" "quantacirc.object.Service.ledger-headless" "quantacirc.object.StatefulSet.ledger" "quantacirc.object.CronJob.ledger-backup" "quantacirc.object.CronJob.ledger-backup-drill" "quantacirc.object.CronJob.ledger-backup-restore" "quantacirc.object.Job.ledger-roles-<hash>" "quantacirc.object.Deployment.london-link" "quantacirc.object.HorizontalPodAutoscaler.london-link" "quantacirc.object.ScaledObject.london-link" "quantacirc.object.Service.london-link" "quantacirc.object.Deployment.orchestrator" "quantacirc.object.HorizontalPodAutoscaler.orchestrator" "quantacirc.object.Service.orchestrator" "quantacirc.object.Service.orchestrator-closed" "quantacirc.object.Deployment.otel-collector" "quantacirc.object.Service.otel-collector" "quantacirc.object.Deployment.pauli-guard" "quantacirc.object.HorizontalPodAutoscaler.pauli-guard" "quantacirc.object.ScaledObject.pauli-guard" "quantacirc.object.Service.pauli-guard" "quantacirc.object.Deployment.phonon-flow" "quantacirc.object.HorizontalPodAutoscaler.phonon-flow" "quantacirc.object.ScaledObject.phonon-flow" "quantacirc.object.Service.phonon-flow" "quantacirc.object.Deployment.planck-forge" "quantacirc.object.HorizontalPodAutoscaler.planck-forge" "quantacirc.object.ScaledObject.planck-forge" "quantacirc.object.Service.planck-forge" "quantacirc.object.Deployment.schrodinger-dev" "quantacirc.object.HorizontalPodAutoscaler.schrodinger-dev" "quantacirc.object.ScaledObject.schrodinger-dev" "quantacirc.object.Service.schrodinger-dev" "quantacirc.object.Deployment.tunnel-fix" "quantacirc.object.HorizontalPodAutoscaler.tunnel-fix" "quantacirc.object.ScaledObject.tunnel-fix" "quantacirc.object.Service.tunnel-fix" "quantacirc.object.Deployment.uncertain-ai" "quantacirc.object.HorizontalPodAutoscaler.uncertain-ai" "quantacirc.object.ScaledObject.uncertain-ai" "quantacirc.object.Service.uncertain-ai" -}}
{{- $object := include . $ | fromYaml -}}
{{- if $object.kind -}}
{{- $found = append $found $object -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* What each object uses at most, as JSON: how many pods, their spec, claims and their bytes, ports of nodes. */}}
{{- define "quantacirc.groups" -}}
{{- $objects := include "quantacirc.counted" . | fromJsonArray -}}
{{- $most := dict -}}
{{- range $objects -}}
{{- if has .kind (list "HorizontalPodAutoscaler" "ScaledObject") -}}
{{- $_ := set $most .spec.scaleTargetRef.name (coalesce .spec.maxReplicas .spec.maxReplicaCount 100) -}}
{{- else if and (eq .kind "Rollout") (hasKey .spec "workloadRef") (hasKey .spec "replicas") -}}
{{- $_ := set $most .spec.workloadRef.name .spec.replicas -}}
{{- end -}}
{{- end -}}
{{- $groups := list -}}
{{- $defaults := include "quantacirc.defaults" . | fromJson -}}
{{- range $objects -}}
{{- $spec := .spec -}}
{{- $group := dict "count" 0 "claims" 0 "storage" 0.0 "balancers" 0 "ports" 0 "pod" (dict) -}}
{{- $replicas := 1 -}}
{{- if hasKey $spec "replicas" -}}
{{- $replicas = int $spec.replicas -}}
{{- end -}}
{{- $kept := 0 -}}
{{- if eq .kind "Deployment" -}}
{{- if hasKey $most .metadata.name -}}
{{- $replicas = get $most .metadata.name | int -}}
{{- end -}}
{{- $replicas = add $replicas (include "quantacirc.surge" (list $spec.strategy $replicas "25%")) -}}
{{- else if eq .kind "DaemonSet" -}}
{{- $replicas = get (.metadata.annotations | default (dict)) "quantacirc-cdk/nodes" | default 1 | int -}}
{{- $replicas = add $replicas (include "quantacirc.surge" (list $spec.updateStrategy $replicas "0")) -}}
{{- else if has .kind (list "CronJob" "Job") -}}
{{- $job := ternary (dig "jobTemplate" "spec" (dict) $spec) $spec (eq .kind "CronJob") -}}
{{- $parallel := int (dig "parallelism" 1 $job) -}}
{{- $pods := add (int (dig "completions" 1 $job)) -1 (int (dig "backoffLimit" 6 $job)) $parallel -}}
{{- $runs := 1 -}}
{{- if eq .kind "CronJob" -}}
{{- $runs = ternary 2 1 (eq ($spec.concurrencyPolicy | default "") "Replace") -}}
{{- $history := add (int (dig "successfulJobsHistoryLimit" 3 $spec)) (int (dig "failedJobsHistoryLimit" 1 $spec)) -}}
{{- $pods = mul $pods (add $history $runs) -}}
{{- end -}}
{{- $replicas = mul $runs $parallel -}}
{{- $kept = $pods -}}
{{- $spec = $job -}}
{{- else if eq .kind "Pod" -}}
{{- $spec = dict "template" . -}}
{{- end -}}
{{- if $spec.template -}}
{{- $_ := set $group "count" $replicas -}}
{{- $pod := $spec.template.spec -}}
{{- $_ := set $group "pod" $pod -}}
{{- $_ := set $group "name" (printf "the %s %s" .kind .metadata.name) -}}
{{- range concat ($pod.initContainers | default (list)) ($pod.containers | default (list)) -}}
{{- $stated := .resources | default (dict) -}}
{{- $limits := $stated.limits | default (dict) -}}
{{- $requests := merge (dict) ($stated.requests | default (dict)) $limits $defaults.requests -}}
{{- $_ := set . "resources" (dict "limits" (merge (dict) $limits $defaults.limits) "requests" $requests) -}}
{{- end -}}
{{- range $spec.volumeClaimTemplates -}}
{{- $size := dig "spec" "resources" "requests" "storage" "0" . -}}
{{- $_ := set $group "claims" (add $group.claims $replicas) -}}
{{- $_ := set $group "storage" (addf $group.storage (mulf $replicas (include "quantacirc.quantity" $size | float64))) -}}
{{- end -}}
{{- if ne .kind "DaemonSet" -}}
{{- range $spec.template.spec.volumes -}}
{{- with .ephemeral -}}
{{- $pods := $kept | default $replicas -}}
{{- $size := dig "volumeClaimTemplate" "spec" "resources" "requests" "storage" "0" . -}}
{{- $_ := set $group "claims" (add $group.claims $pods) -}}
{{- $_ := set $group "storage" (addf $group.storage (mulf $pods (include "quantacirc.quantity" $size | float64))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else if eq .kind "PersistentVolumeClaim" -}}
{{- $size := dig "resources" "requests" "storage" "0" $spec -}}
{{- $_ := set $group "claims" 1 -}}
{{- $_ := set $group "storage" (include "quantacirc.quantity" $size | float64) -}}
{{- else if eq .kind "Service" -}}
{{- $_ := set $group "balancers" (ternary 1 0 (eq ($spec.type | default "") "LoadBalancer")) -}}
{{- if has $spec.type (list "LoadBalancer" "NodePort") -}}
{{- $_ := set $group "ports" (len ($spec.ports | default (list))) -}}
{{- end -}}
{{- end -}}
{{- $groups = append $groups $group -}}
{{- end -}}
{{- toJson $groups -}}
{{- end -}}

{{/* The quota, each amount raised to what the objects of the release use at most. */}}
{{- define "quantacirc.resourceQuota-hard" -}}
{{- $groups := include "quantacirc.groups" . | fromJsonArray -}}
{{- range $key, $text := .Values.resourceQuota.hard }}
{{- $used := 0.0 -}}
{{- $section := regexFind "^(requests|limits)[.]" $key | trimSuffix "." | default "requests" -}}
{{- $resource := regexReplaceAll "^(requests|limits)[.]" $key "" -}}
{{- $fields := dict "pods" "count" "count/pods" "count" "persistentvolumeclaims" "claims" -}}
{{- $fields = merge $fields (dict "requests.storage" "storage") -}}
{{- $fields = merge $fields (dict "services.loadbalancers" "balancers" "services.nodeports" "ports") -}}
{{- $stated := regexMatch "^(requests[.]|limits[.]|cpu$|memory$|ephemeral-storage$|hugepages-)" $key -}}
{{- range $groups -}}
{{- if hasKey $fields $key -}}
{{- $used = addf $used (get . (get $fields $key)) -}}
{{- else if and $stated .count -}}
{{- $used = addf $used (mulf .count (include "quantacirc.podAmount" (list .pod $section $resource) | float64)) -}}
{{- end -}}
{{- end -}}
{{- $amount := $text -}}
{{- if gt (subf $used 0.0001) (include "quantacirc.quantity" $text | float64) -}}
{{- $amount = ceil $used | int64 | toString -}}
{{- if eq $resource "cpu" -}}
{{- $amount = printf "%dm" (mulf $used 1000 | ceil | int64) -}}
{{- else if has $resource (list "memory" "storage" "ephemeral-storage") -}}
{{- $amount = printf "%dMi" (divf $used 1048576 | ceil | int64) -}}
{{- end -}}
{{- end }}
{{ $key | quote }}: {{ toJson $amount }}
{{- end }}
{{- end -}}

{{/* The limits of a LimitRange, the most of a container raised to the largest of the release. */}}
{{- define "quantacirc.limitRange-limits" -}}
{{- $largest := 0.0 -}}
{{- range include "quantacirc.groups" . | fromJsonArray -}}
{{- range concat (.pod.initContainers | default (list)) (.pod.containers | default (list)) -}}
{{- $largest = maxf $largest (include "quantacirc.stated" (list . "limits" "memory") | float64) -}}
{{- end -}}
{{- end -}}
{{- $limits := list -}}
{{- range .Values.limitRange.limits -}}
{{- $limit := deepCopy . -}}
{{- $most := dig "max" "memory" "" $limit -}}
{{- if and (eq .type "Container") $most (gt $largest (include "quantacirc.quantity" $most | float64)) -}}
{{- $_ := set $limit "default" (merge (dict) ($limit.default | default (dict)) (pick $limit.max "memory")) -}}
{{- $_ := set $limit.max "memory" (printf "%dMi" (divf $largest 1048576 | ceil | int64)) -}}
{{- end -}}
{{- $limits = append $limits $limit -}}
{{- end }}
{{ toYaml $limits }}
{{- end -}}

{{/* Fail for a container or pod that a limit refuses: name, limit, requests, limits. */}}
{{- define "quantacirc.within" -}}
{{- $name := index . 0 -}}
{{- $limit := index . 1 -}}
{{- $asked := index . 2 -}}
{{- $given := index . 3 -}}
{{- $refused := "limitRange.create would refuse a pod: limitRange.limits" -}}
{{- range $resource, $least := $limit.min -}}
{{- $said := printf "%s (%s) has %v %s as min: %s" $refused $limit.type $least $resource $name -}}
{{- if not (hasKey $asked $resource) -}}
{{- fail (printf "%s must state a request" $said) -}}
{{- end -}}
{{- range list (get $asked $resource) (get $given $resource | default $least) -}}
{{- if lt (include "quantacirc.quantity" . | float64) (include "quantacirc.quantity" $least | float64) -}}
{{- fail (printf "%s has only %v" $said .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $resource, $most := $limit.max -}}
{{- $said := printf "%s (%s) has %v %s as max: %s" $refused $limit.type $most $resource $name -}}
{{- if not (hasKey $given $resource) -}}
{{- fail (printf "%s must state a limit" $said) -}}
{{- end -}}
{{- if gt (include "quantacirc.quantity" (get $given $resource) | float64) (include "quantacirc.quantity" $most | float64) -}}
{{- fail (printf "%s has a limit of %v" $said (get $given $resource)) -}}
{{- end -}}
{{- end -}}
{{- range $resource, $ratio := $limit.maxLimitRequestRatio -}}
{{- $said := printf "%s (%s) has a ratio of %v for %s: %s" $refused $limit.type $ratio $resource $name -}}
{{- if not (and (hasKey $asked $resource) (hasKey $given $resource)) -}}
{{- fail (printf "%s must state a request and a limit" $said) -}}
{{- end -}}
{{- $allowed := mulf (include "quantacirc.quantity" $ratio) (include "quantacirc.quantity" (get $asked $resource)) -}}
{{- if gt (include "quantacirc.quantity" (get $given $resource) | float64) $allowed -}}
{{- fail (printf "%s has a limit of %v and requests %v" $said (get $given $resource) (get $asked $resource)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Fail for a pod that the rendered quota or limits refuse. */}}
{{- define "quantacirc.admission" -}}
{{- $quota := .Values.resourceQuota | default (dict) -}}
{{- $hard := ternary ($quota.hard | default (dict)) (dict) (dig "create" true $quota) -}}
{{- $ranges := include "quantacirc.ranges" . | fromJsonArray -}}
{{- if $ranges -}}
{{- $ranges = include "quantacirc.limitRange-limits" . | fromYamlArray -}}
{{- end -}}
{{- $groups := list -}}
{{- if or $hard $ranges -}}
{{- $groups = include "quantacirc.groups" . | fromJsonArray -}}
{{- end -}}
{{- range $group := $groups -}}
{{- $pod := .pod -}}
{{- $containers := concat ($pod.initContainers | default (list)) ($pod.containers | default (list)) -}}
{{- range ternary $containers (list) (gt (int .count) 0) -}}
{{- $name := printf "the container %s of %s" .name $group.name -}}
{{- $asked := .resources.requests -}}
{{- $given := .resources.limits -}}
{{- range $key := list "cpu" "memory" "requests.cpu" "requests.memory" "limits.cpu" "limits.memory" -}}
{{- $stated := ternary $given $asked (hasPrefix "limits." $key) -}}
{{- if and (hasKey $hard $key) (not (hasKey $stated (splitList "." $key | last))) -}}
{{- $wanted := ternary $key (printf "requests.%s" $key) (contains "." $key) -}}
{{- $said := printf "resourceQuota.create would refuse a pod: resourceQuota.hard has %s" $key -}}
{{- $said = printf "%s, so that %s must state resources.%s" $said $name $wanted -}}
{{- fail (printf "%s, or limitRange.create be true with a default for it" $said) -}}
{{- end -}}
{{- end -}}
{{- range $resource, $request := $asked -}}
{{- $limit := get $given $resource | default $request -}}
{{- if gt (include "quantacirc.quantity" $request | float64) (include "quantacirc.quantity" $limit | float64) -}}
{{- $said := printf "limitRange.create would refuse a pod: limitRange.limits has %v %s" $limit $resource -}}
{{- $said = printf "%s as limit of containers without one: %s" $said $name -}}
{{- fail (printf "%s requests %v, and must state a limit" $said $request) -}}
{{- end -}}
{{- end -}}
{{- range $ranges -}}
{{- if eq .type "Container" -}}
{{- include "quantacirc.within" (list $name . $asked $given) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range ternary $ranges (list) (gt (int .count) 0) -}}
{{- if eq .type "Pod" -}}
{{- $asked := dict -}}
{{- $given := dict -}}
{{- range list "cpu" "memory" "ephemeral-storage" -}}
{{- $resource := . -}}
{{- range $section, $amounts := dict "requests" $asked "limits" $given -}}
{{- $amount := include "quantacirc.podAmount" (list $pod $section $resource) | float64 -}}
{{- $text := printf "%d" (ceil $amount | int64) -}}
{{- if eq $resource "cpu" -}}
{{- $text = printf "%dm" (mulf $amount 1000 | ceil | int64) -}}
{{- end -}}
{{- if gt $amount 0.0 -}}
{{- $_ := set $amounts $resource $text -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "quantacirc.within" (list (printf "a pod of %s" $group.name) . $asked $given) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
