"""Alerts and recording rules (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import Count, PositiveSeconds
from quantacirc_cdk.plain import path_of
from quantacirc_cdk.text.go_template import literal

Severity = Literal["critical", "warning", "info"]
_ALERT = re.compile(r"[A-Z][A-Za-z0-9]*")
_RECORD = re.compile(r"[a-z_][a-z0-9_]*(:[a-z0-9_]+)+")


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alerting rule."""

    name: str
    """Name in CamelCase (``BacklogGrowing``); also the name of its runbook."""
    expression: str
    """PromQL; each series in its result is an alert."""
    minutes: Count
    """Minutes that the condition must hold before the alert fires."""
    severity: Severity
    """critical: page someone immediately. warning: act within a working day. info: context for other alerts."""
    summary: str
    """Summary in one sentence; can use ``{{ $labels.x }}``."""
    description: str
    """Meaning of the alert, and the consequence if nobody acts."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording rule: a series that is computed once and used by several rules."""

    name: str
    """``level:metric:operation`` (https://prometheus.io/docs/practices/rules/)."""
    expression: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated in order."""

    name: str
    rules: Sequence[Alert | Recording]
    interval_seconds: PositiveSeconds = 30


def rule_groups(groups: Sequence[RuleGroup], *, runbooks: str | None, labels: Mapping[str, str]) -> list[Data]:
    """Return the ``groups`` of a PrometheusRule; ``labels`` are added to every alert.

    ``runbooks`` is the URL of a folder with a document ``<name>.md`` for each alert.
    """
    return [
        {
            "interval": f"{group.interval_seconds}s",
            "name": group.name,
            "rules": [_rule(rule, runbooks, labels) for rule in group.rules],
        }
        for group in groups
    ]


class PrometheusRule(Manifest):
    """A PrometheusRule named after its identity.

    Raises ``PropsError`` for a name that violates the conventions or is not unique, and for an alert without summary or
    description.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        identity: Identity,
        groups: Sequence[RuleGroup],
        runbooks: str | None = None,
        alert_labels: Mapping[str, str] | None = None,
    ) -> None:
        spec = prometheus_rule_spec(f"{path_of(scope)}/{id}", groups, runbooks=runbooks, labels=alert_labels or {})
        super().__init__(
            scope,
            id,
            api_version="monitoring.coreos.com/v1",
            kind="PrometheusRule",
            name=identity.name,
            labels=identity.labels,
            spec=spec,
        )


def prometheus_rule_spec(
    place: str, groups: Sequence[RuleGroup], *, runbooks: str | None, labels: Mapping[str, str]
) -> Data:
    """Return the ``spec`` of a PrometheusRule, whose errors name the ``place``."""
    found = [Problem(key=place, what=what, expected=expected) for what, expected in _problems(groups)]
    if found:
        raise PropsError(found)
    return {"groups": rule_groups(groups, runbooks=runbooks, labels=labels)}


def _rule(rule: Alert | Recording, runbooks: str | None, labels: Mapping[str, str]) -> Data:
    if isinstance(rule, Recording):
        return compact(record=rule.name, expr=rule.expression, labels=dict(rule.labels))
    annotations = compact(
        description=rule.description,
        runbook_url=f"{literal(runbooks.rstrip('/'))}/{rule.name}.md" if runbooks else None,
        summary=rule.summary,
    )
    return {
        "alert": rule.name,
        "annotations": annotations,
        "expr": rule.expression,
        "for": f"{rule.minutes}m",
        "labels": {**labels, **rule.labels, "severity": rule.severity},
    }


def _problems(groups: Sequence[RuleGroup]) -> Iterator[tuple[str, str]]:
    names = [group.name for group in groups]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f'group "{name}" twice', "each group once"
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, Recording):
                if not _RECORD.fullmatch(rule.name):
                    yield f'record "{rule.name}"', "level:metric:operation"
            elif not _ALERT.fullmatch(rule.name):
                yield f'alert "{rule.name}"', "a name in CamelCase"
            elif not (rule.summary and rule.description):
                yield f'alert "{rule.name}" without a summary or description', "both"
