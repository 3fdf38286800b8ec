"""Templates for a quota and limits that grow with the values: Helm computes the maximum use of the rendered objects.

``kubernetes.quota`` computes the quota of the environments. The templates raise it for other values, and never lower
it. Pods that the quota or the limits would refuse nevertheless are refused by name, before they are in the cluster.
"""

from collections.abc import Sequence

from quantacirc_cdk.helm.expression import Expression, value
from quantacirc_cdk.manifests import NODES, PODS
from quantacirc_cdk.text.go_template import quoted

COUNTED = (*PODS, "HorizontalPodAutoscaler", "PersistentVolumeClaim", "Rollout", "ScaledObject", "Service")
"""Kinds of objects that use a quota or determine a number of pods."""
HARD, LIMITS = "resourceQuota.hard", "limitRange.limits"
"""Paths of the quota and the limits in the values."""


def at_least_used(chart: str, path: str) -> Expression:
    """Return the quota or limits at a path of the values, raised to the needs of the chart's objects.

    With the values of an environment, nothing is raised, because the quota includes a reserve.
    """
    return Expression(f'include "{chart}.{path.replace(".", "-")}" . | trim', value(path).compute)


def quota_templates(chart: str, objects: Sequence[str]) -> str:
    """Return the named templates that compute the use; ``objects`` are the named templates of the objects."""
    names = " ".join(map(quoted, objects))
    text = _TEMPLATES.replace("CHART", chart).replace("OBJECTS", names)
    return text.replace("NODES", quoted(NODES))


def admission(chart: str) -> str:
    """Return the action that fails for pods that the chart's own quota or limits refuse."""
    return f'{{{{- include "{chart}.admission" . }}}}\n'


def quantity_template(name: str) -> str:
    """Return the named template that reads a quantity."""
    return _QUANTITY.replace("NAME", name)


_QUANTITY = """{{/* An amount such as 10Gi or 250m as a number. */}}
{{- define "NAME" -}}
{{- $text := toString . -}}
{{- $units := dict "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 -}}
{{- $units = merge $units (dict "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0) -}}
{{- $units = merge $units (dict "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0) -}}
{{- $number := regexFind "^[0-9.]+([eE][+-]?[0-9]+)?" $text | float64 -}}
{{- printf "%.9f" (mulf $number (get $units (regexFind "([KMGTPE]i|[numkMGTPE])$" $text) | default 1.0)) -}}
{{- end -}}
"""
_TEMPLATES = r"""\
{{/* Amount of a resource of a container (container, section, resource). Without a request, it is the limit. */}}
{{- define "CHART.stated" -}}
{{- $stated := (index . 0).resources | default (dict) -}}
{{- $said := get (get $stated (index . 1) | default (dict)) (index . 2) -}}
{{- include "CHART.quantity" (coalesce $said (get (get $stated "limits" | default (dict)) (index . 2)) "0") -}}
{{- end -}}

{{/* What a pod states of a resource, as the scheduler counts it: spec, section, resource. */}}
{{- define "CHART.podAmount" -}}
{{- $pod := index . 0 -}}
{{- $staying := 0.0 -}}
{{- $most := 0.0 -}}
{{- range $pod.initContainers -}}
{{- $one := include "CHART.stated" (list . (index $ 1) (index $ 2)) | float64 -}}
{{- $most = maxf $most (addf $staying $one) -}}
{{- if eq (.restartPolicy | default "") "Always" -}}
{{- $staying = addf $staying $one -}}
{{- end -}}
{{- end -}}
{{- range $pod.containers -}}
{{- $staying = addf $staying (include "CHART.stated" (list . (index $ 1) (index $ 2)) | float64) -}}
{{- end -}}
{{- printf "%f" (maxf $most $staying) -}}
{{- end -}}

{{/* Pods that a rollout has besides the others: strategy, pods, what is usual. */}}
{{- define "CHART.surge" -}}
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
{{- define "CHART.ranges" -}}
{{- $range := .Values.limitRange | default (dict) -}}
{{- ternary ($range.limits | default (list)) (list) (dig "create" true $range) | toJson -}}
{{- end -}}

{{/* What containers get of the LimitRange, as JSON. A maximum is also a limit, and a limit or a minimum a request. */}}
{{- define "CHART.defaults" -}}
{{- $limits := dict -}}
{{- $requests := dict -}}
{{- range include "CHART.ranges" . | fromJsonArray -}}
{{- if eq .type "Container" -}}
{{- $limits = merge $limits (.default | default (dict)) (.max | default (dict)) -}}
{{- $requests = merge $requests (.defaultRequest | default (dict)) $limits (.min | default (dict)) -}}
{{- end -}}
{{- end -}}
{{- dict "limits" $limits "requests" $requests | toJson -}}
{{- end -}}

{{/* The objects of the release that are there, as JSON. */}}
{{- define "CHART.counted" -}}
{{- $found := list -}}
{{- range list OBJECTS -}}
{{- $object := include . $ | fromYaml -}}
{{- if $object.kind -}}
{{- $found = append $found $object -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* What each object uses at most, as JSON: how many pods, their spec, claims and their bytes, ports of nodes. */}}
{{- define "CHART.groups" -}}
{{- $objects := include "CHART.counted" . | fromJsonArray -}}
{{- $most := dict -}}
{{- range $objects -}}
{{- if has .kind (list "HorizontalPodAutoscaler" "ScaledObject") -}}
{{- $_ := set $most .spec.scaleTargetRef.name (coalesce .spec.maxReplicas .spec.maxReplicaCount 100) -}}
{{- else if and (eq .kind "Rollout") (hasKey .spec "workloadRef") (hasKey .spec "replicas") -}}
{{- $_ := set $most .spec.workloadRef.name .spec.replicas -}}
{{- end -}}
{{- end -}}
{{- $groups := list -}}
{{- $defaults := include "CHART.defaults" . | fromJson -}}
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
{{- $replicas = add $replicas (include "CHART.surge" (list $spec.strategy $replicas "25%")) -}}
{{- else if eq .kind "DaemonSet" -}}
{{- $replicas = get (.metadata.annotations | default (dict)) NODES | default 1 | int -}}
{{- $replicas = add $replicas (include "CHART.surge" (list $spec.updateStrategy $replicas "0")) -}}
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
{{- $_ := set $group "storage" (addf $group.storage (mulf $replicas (include "CHART.quantity" $size | float64))) -}}
{{- end -}}
{{- if ne .kind "DaemonSet" -}}
{{- range $spec.template.spec.volumes -}}
{{- with .ephemeral -}}
{{- $pods := $kept | default $replicas -}}
{{- $size := dig "volumeClaimTemplate" "spec" "resources" "requests" "storage" "0" . -}}
{{- $_ := set $group "claims" (add $group.claims $pods) -}}
{{- $_ := set $group "storage" (addf $group.storage (mulf $pods (include "CHART.quantity" $size | float64))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else if eq .kind "PersistentVolumeClaim" -}}
{{- $size := dig "resources" "requests" "storage" "0" $spec -}}
{{- $_ := set $group "claims" 1 -}}
{{- $_ := set $group "storage" (include "CHART.quantity" $size | float64) -}}
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
{{- define "CHART.resourceQuota-hard" -}}
{{- $groups := include "CHART.groups" . | fromJsonArray -}}
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
{{- $used = addf $used (mulf .count (include "CHART.podAmount" (list .pod $section $resource) | float64)) -}}
{{- end -}}
{{- end -}}
{{- $amount := $text -}}
{{- if gt (subf $used 0.0001) (include "CHART.quantity" $text | float64) -}}
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
{{- define "CHART.limitRange-limits" -}}
{{- $largest := 0.0 -}}
{{- range include "CHART.groups" . | fromJsonArray -}}
{{- range concat (.pod.initContainers | default (list)) (.pod.containers | default (list)) -}}
{{- $largest = maxf $largest (include "CHART.stated" (list . "limits" "memory") | float64) -}}
{{- end -}}
{{- end -}}
{{- $limits := list -}}
{{- range .Values.limitRange.limits -}}
{{- $limit := deepCopy . -}}
{{- $most := dig "max" "memory" "" $limit -}}
{{- if and (eq .type "Container") $most (gt $largest (include "CHART.quantity" $most | float64)) -}}
{{- $_ := set $limit "default" (merge (dict) ($limit.default | default (dict)) (pick $limit.max "memory")) -}}
{{- $_ := set $limit.max "memory" (printf "%dMi" (divf $largest 1048576 | ceil | int64)) -}}
{{- end -}}
{{- $limits = append $limits $limit -}}
{{- end }}
{{ toYaml $limits }}
{{- end -}}

{{/* Fail for a container or pod that a limit refuses: name, limit, requests, limits. */}}
{{- define "CHART.within" -}}
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
{{- if lt (include "CHART.quantity" . | float64) (include "CHART.quantity" $least | float64) -}}
{{- fail (printf "%s has only %v" $said .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $resource, $most := $limit.max -}}
{{- $said := printf "%s (%s) has %v %s as max: %s" $refused $limit.type $most $resource $name -}}
{{- if not (hasKey $given $resource) -}}
{{- fail (printf "%s must state a limit" $said) -}}
{{- end -}}
{{- if gt (include "CHART.quantity" (get $given $resource) | float64) (include "CHART.quantity" $most | float64) -}}
{{- fail (printf "%s has a limit of %v" $said (get $given $resource)) -}}
{{- end -}}
{{- end -}}
{{- range $resource, $ratio := $limit.maxLimitRequestRatio -}}
{{- $said := printf "%s (%s) has a ratio of %v for %s: %s" $refused $limit.type $ratio $resource $name -}}
{{- if not (and (hasKey $asked $resource) (hasKey $given $resource)) -}}
{{- fail (printf "%s must state a request and a limit" $said) -}}
{{- end -}}
{{- $allowed := mulf (include "CHART.quantity" $ratio) (include "CHART.quantity" (get $asked $resource)) -}}
{{- if gt (include "CHART.quantity" (get $given $resource) | float64) $allowed -}}
{{- fail (printf "%s has a limit of %v and requests %v" $said (get $given $resource) (get $asked $resource)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Fail for a pod that the rendered quota or limits refuse. */}}
{{- define "CHART.admission" -}}
{{- $quota := .Values.resourceQuota | default (dict) -}}
{{- $hard := ternary ($quota.hard | default (dict)) (dict) (dig "create" true $quota) -}}
{{- $ranges := include "CHART.ranges" . | fromJsonArray -}}
{{- if $ranges -}}
{{- $ranges = include "CHART.limitRange-limits" . | fromYamlArray -}}
{{- end -}}
{{- $groups := list -}}
{{- if or $hard $ranges -}}
{{- $groups = include "CHART.groups" . | fromJsonArray -}}
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
{{- if gt (include "CHART.quantity" $request | float64) (include "CHART.quantity" $limit | float64) -}}
{{- $said := printf "limitRange.create would refuse a pod: limitRange.limits has %v %s" $limit $resource -}}
{{- $said = printf "%s as limit of containers without one: %s" $said $name -}}
{{- fail (printf "%s requests %v, and must state a limit" $said $request) -}}
{{- end -}}
{{- end -}}
{{- range $ranges -}}
{{- if eq .type "Container" -}}
{{- include "CHART.within" (list $name . $asked $given) -}}
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
{{- $amount := include "CHART.podAmount" (list $pod $section $resource) | float64 -}}
{{- $text := printf "%d" (ceil $amount | int64) -}}
{{- if eq $resource "cpu" -}}
{{- $text = printf "%dm" (mulf $amount 1000 | ceil | int64) -}}
{{- end -}}
{{- if gt $amount 0.0 -}}
{{- $_ := set $amounts $resource $text -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "CHART.within" (list (printf "a pod of %s" $group.name) . $asked $given) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
"""
