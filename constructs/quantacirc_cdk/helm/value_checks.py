"""Checks of values that no JSON Schema can make, because they compare parts of a value: what the API would refuse.

The same rules for finished objects are in ``limits``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.limits.cron import NAMES
from quantacirc_cdk.text.go_template import quoted


@dataclass(frozen=True, kw_only=True)
class ValueCheck:
    """A check of a parameter by a named template, which gets the path and the value."""

    name: str
    """Name of the template, without that of the chart."""
    body: str
    """The template; ``CHART`` is the name of the chart."""
    as_peers: bool = False
    """Whether the value has the peers of one rule, where the template expects rules."""

    def lines(self, chart: str, path: str) -> Iterator[str]:
        """Yield the actions that fail for the value at this path of the values."""
        found = value(path).helm
        checked = f'(list (dict "to" {found}))' if self.as_peers else found
        yield f'{{{{- include "{chart}.{self.name}" (list {quoted(path)} {checked}) }}}}'

    def template(self, chart: str) -> list[str]:
        """Return the lines of the named template that the actions include."""
        body = self.body.replace("CHART", chart).splitlines()
        return [f'{{{{- define "{chart}.{self.name}" }}}}', "{{- $path := index . 0 }}", *body, "{{- end }}"]


AMOUNTS = ValueCheck(
    name="checkedAmounts",
    body="""\
{{- $resources := index . 1 | default dict }}
{{- $limits := $resources.limits | default dict }}
{{- range $name, $request := $resources.requests }}
{{- $limit := get $limits $name | toString }}
{{- $said := printf "%s has a request of %v %s" $path $request $name }}
{{- $equal := or (contains "/" $name) (hasPrefix "hugepages-" $name) }}
{{- if $limit }}
{{- $asked := include "CHART.quantity" $request | float64 }}
{{- $most := include "CHART.quantity" $limit | float64 }}
{{- if gt $asked $most }}
{{- fail (printf "%s, above its limit of %s" $said $limit) }}
{{- end }}
{{- if and $equal (lt $asked $most) }}
{{- fail (printf "%s, below its limit of %s: both must be equal" $said $limit) }}
{{- end }}
{{- else if $equal }}
{{- fail (printf "%s without an equal limit" $said) }}
{{- end }}
{{- end }}
{{- $names := concat (keys $limits) (keys ($resources.requests | default dict)) }}
{{- range $amounts := $resources }}
{{- range $name, $amount := $amounts }}
{{- if hasPrefix "hugepages-" $name }}
{{- if not (or (has "cpu" $names) (has "memory" $names)) }}
{{- fail (printf "%s has %s without cpu or memory" $path $name) }}
{{- end }}
{{- $size := trimPrefix "hugepages-" $name }}
{{- $bytes := include "CHART.quantity" $amount | float64 | int64 }}
{{- if mod $bytes (include "CHART.quantity" $size | float64 | int64) }}
{{- fail (printf "%s has %v %s, which is no multiple of the page size" $path $amount $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
""",
)
"""Resources of a container: requests and limits."""
CONTAINERS = ValueCheck(
    name="checkedContainers",
    body="""\
{{- $lists := list (list "env" "name") (list "ports" "name") (list "ports" "containerPort,protocol") }}
{{- range $container := index . 1 }}
{{- range append $lists (list "volumeMounts" "mountPath") }}
{{- $where := printf "%s (%s of %s)" $path (first .) $container.name }}
{{- include "CHART.unique" (list $where (last .) (get $container (first .) | default list) list) }}
{{- end }}
{{- include "CHART.checkedAmounts" (list (printf "%s (resources of %s)" $path .name) .resources) }}
{{- end }}
""",
)
"""Containers that users add, with the checks ``Unique`` and ``AMOUNTS`` of what is in them."""

SPREAD = ValueCheck(
    name="checkedSpread",
    body="""\
{{- range index . 1 }}
{{- $selector := .labelSelector | default dict }}
{{- $selected := keys ($selector.matchLabels | default dict) }}
{{- range $selector.matchExpressions }}
{{- $selected = append $selected .key }}
{{- end }}
{{- range .matchLabelKeys }}
{{- if has . $selected }}
{{- fail (printf "%s must not have %s both in matchLabelKeys and in labelSelector" $path .) }}
{{- end }}
{{- end }}
{{- end }}
""",
)
SPREAD_CHECKS = (Unique(field="topologyKey,whenUnsatisfiable"), SPREAD)
"""Checks of topology spread constraints."""

_NUMBERS = " ".join(f"{quoted(name)} {number}" for names in NAMES for name, number in names.items())
SCHEDULE = ValueCheck(
    name="checkedSchedule",
    body=f"""\
{{{{- $names := dict {_NUMBERS} }}}}
{{{{- range $range := regexFindAll "[0-9A-Za-z]+-[0-9A-Za-z]+" (index . 1) -1 }}}}
{{{{- $ends := splitList "-" (lower $range) }}}}
{{{{- $first := get $names (index $ends 0) | default (index $ends 0 | atoi) }}}}
{{{{- if gt (int $first) (get $names (index $ends 1) | default (index $ends 1 | atoi) | int) }}}}
{{{{- fail (printf "%s must not have the range %s, which ends before it begins" $path $range) }}}}
{{{{- end }}}}
{{{{- end }}}}
""",
)
"""A cron schedule."""

_RULES = """\
{{- range index . 1 }}
{{- range .ports }}
{{- if .endPort }}
{{- if lt (int .endPort) (int .port) }}
{{- fail (printf "%s must not have the endPort %v below its port %v" $path .endPort .port) }}
{{- end }}
{{- end }}
{{- end }}
{{- range concat (.from | default list) (.to | default list) }}
{{- with .ipBlock }}
{{- $cidr := .cidr }}
{{- $whole := splitList "/" .cidr }}
{{- $bits := include "CHART.bits" (index $whole 0) }}
{{- $length := index $whole 1 | atoi }}
{{- range .except }}
{{- $part := splitList "/" . }}
{{- $found := include "CHART.bits" (index $part 0) }}
{{- $smaller := and (eq (len $found) (len $bits)) (gt (index $part 1 | atoi) $length) }}
{{- if not (and $smaller (eq (trunc $length $found) (trunc $length $bits))) }}
{{- fail (printf "%s must not have except %s, which is not a smaller range within %s" $path . $cidr) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{/* The bits of an address. */}}
{{- define "CHART.bits" -}}
{{- if contains ":" . -}}
{{- $ends := splitList "::" . -}}
{{- $before := first $ends | splitList ":" | compact -}}
{{- $after := rest $ends | join "" | splitList ":" | compact -}}
{{- range $before -}}
{{- printf "%016b" (int64 (print "0x" .)) -}}
{{- end -}}
{{- repeat (int (mul 16 (sub (sub 8 (len $before)) (len $after)))) "0" -}}
{{- range $after -}}
{{- printf "%016b" (int64 (print "0x" .)) -}}
{{- end -}}
{{- else -}}
{{- range splitList "." . -}}
{{- printf "%08b" (atoi .) -}}
{{- end -}}
{{- end -}}
"""
RULES = ValueCheck(name="checkedRules", body=_RULES)
"""Rules of a NetworkPolicy."""
PEERS = ValueCheck(name="checkedRules", body=_RULES, as_peers=True)

LIMIT_RANGE = ValueCheck(
    name="checkedLimits",
    body="""\
{{- $order := list (list "min" "max") (list "min" "default") (list "min" "defaultRequest") }}
{{- $order = concat $order (list (list "defaultRequest" "default") (list "defaultRequest" "max")) }}
{{- range $limit := index . 1 }}
{{- range $pair := append $order (list "default" "max") }}
{{- $most := get $limit (last $pair) | default dict }}
{{- range $name, $amount := get $limit (first $pair) | default dict }}
{{- if hasKey $most $name }}
{{- if gt (include "CHART.quantity" $amount | float64) (include "CHART.quantity" (get $most $name) | float64) }}
{{- $said := printf "%s (%s) has %v %s as %s" $path $limit.type $amount $name (first $pair) }}
{{- fail (printf "%s, above %v as %s" $said (get $most $name) (last $pair)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $ratio := $limit.maxLimitRequestRatio }}
{{- if and (dig "min" $name "" $limit) (dig "max" $name "" $limit) }}
{{- $least := include "CHART.quantity" (get $limit.min $name) | float64 }}
{{- if gt (mulf (float64 $ratio) $least) (include "CHART.quantity" (get $limit.max $name) | float64) }}
{{- fail (printf "%s (%s) has a ratio of %v for %s, above that of max to min" $path $limit.type $ratio $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
""",
)
"""The ``limits`` of a LimitRange."""
