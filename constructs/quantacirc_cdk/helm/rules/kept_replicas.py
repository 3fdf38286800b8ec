"""The number of pods that a workload has in the cluster, for an autoscaler that takes over from a number in the chart.

The API resets a field that its last owner no longer sends to its default, and the default of ``spec.replicas`` is 1.
An upgrade that turns autoscaling on therefore sends the number of the cluster, and so do later ones while helm alone
owns the field:

- with server-side apply, until the autoscaler changes the number and so owns it
  (https://kubernetes.io/docs/reference/using-api/server-side-apply/#ownership);
- with Helm 3, which compares the manifest with that of the last revision, until the workload has one pod. An
  annotation of the workload says that the last revision sent a number; the first that does finds a number that no
  autoscaler has changed.

Without a cluster, as in ``helm template`` and in Argo CD, there is no number.
"""

from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, all_of, negated
from quantacirc_cdk.helm.insertions import Added, Spot
from quantacirc_cdk.helm.node import Choice, Found
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.manifests import REPLICAS_MANAGER
from quantacirc_cdk.text.go_template import quoted

_MARK = "quantacirc-cdk/replicas"
"""Annotation of a workload for which the last revision sent the number of the cluster."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The number in the cluster, where the chart has none because an autoscaler determines it."""

    on: Match
    scaled: Expression
    """Whether an autoscaler determines the number."""
    unless: Expression | None
    """Whether nothing keeps it, because the workload runs no pods."""
    chart: str

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the number after that of the values, and the annotation; nothing is removed."""
        there = spot.tree["spec"].get("replicas")
        if not isinstance(there, Choice):
            return []
        name = f'(printf "%s{spot.tree["metadata"]["name"]}" (include "{self.chart}.prefix" .))'
        arguments = f"(list . {quoted(spot.tree['kind'])} {name})"
        number = Expression(f'include "{self.chart}.keptReplicas" {arguments}', lambda _: None)
        running = [negated(self.unless)] if self.unless else []
        spot.tree["spec"]["replicas"] = Choice(there.condition, there.yes, Found(all_of(*running, number)))
        mark = Expression(f'include "{self.chart}.keptMark" {arguments}', lambda _: None)
        kept = all_of(self.scaled, *running, mark).helm
        annotation = Expression(f'{kept} | default "" | toString | fromYaml', lambda _: {})
        Added(on=self.on, path=("metadata", "annotations"), expression=annotation).insert(spot)
        return []


def kept_replicas_templates(chart: str) -> str:
    """Return the named templates of the number and of the annotation."""
    return _TEMPLATES.replace("CHART", chart).replace("MANAGER", quoted(REPLICAS_MANAGER)).replace("MARK", _MARK)


_TEMPLATES = """\
{{/* The number of pods in the cluster, if the upgrade would reset it: root, kind, name. One pod needs no number. */}}
{{- define "CHART.keptReplicas" -}}
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
{{- $marked := hasKey ($live.metadata.annotations | default (dict)) "MARK" -}}
{{- $resets = and (or $marked (not (has "kube-controller-manager" $others))) (not (has MANAGER $others)) -}}
{{- end -}}
{{- if and $resets (gt (dig "spec" "replicas" 0 $live | int) 1) -}}
{{- $_ := set $known $key (toString $live.spec.replicas) -}}
{{- end -}}
{{- end -}}
{{- get $known $key -}}
{{- end -}}

{{/* The annotation of a workload whose number of pods is kept: root, kind, name. */}}
{{- define "CHART.keptMark" -}}
{{- if include "CHART.keptReplicas" . -}}
MARK: kept
{{- end -}}
{{- end -}}
"""
