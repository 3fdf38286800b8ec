"""Alerts and recorded series (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/)."""

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
from quantacirc_cdk.text.go_template import literal

Severity = Literal["critical", "warning", "info"]
_ALERT = re.compile(r"[A-Z][A-Za-z0-9]*")
_RECORD = re.compile(r"[a-z_][a-z0-9_]*(:[a-z0-9_]+)+")


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A condition that people must know of."""

    name: str
    """Words run together (``BacklogGrowing``); the runbook has this name, too."""
    expression: str
    """PromQL; every series it returns is an alert."""
    minutes: Count
    """Minutes it must hold."""
    severity: Severity
    """critical: somebody is called at once. warning: within a working day. info: to be seen beside others."""
    summary: str
    """One sentence, may use ``{{ $labels.x }}``."""
    description: str
    """What it means and what happens next if nobody does anything."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A series that is computed once and used by several."""

    name: str
    """``level:metric:operation`` (https://prometheus.io/docs/practices/rules/)."""
    expression: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated one after the other."""

    name: str
    rules: Sequence[Alert | Recording]
    interval_seconds: PositiveSeconds = 30


def rule_groups(groups: Sequence[RuleGroup], *, runbooks: str | None, labels: Mapping[str, str]) -> list[Data]:
    """Return the ``groups`` of a PrometheusRule; ``labels`` go to every alert.

    ``runbooks`` is the address of a folder with a document for every alert, ``<name>.md``.
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

    Raises ``PropsError`` for a name that does not follow the conventions or is there twice, and for an alert that
    says nothing.
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
        place = f"{scope.node.path}/{id}"
        found = [Problem(key=place, what=what, expected=expected) for what, expected in _problems(groups)]
        if found:
            raise PropsError(found)
        super().__init__(
            scope,
            id,
            api_version="monitoring.coreos.com/v1",
            kind="PrometheusRule",
            name=identity.name,
            labels=identity.labels,
            spec={"groups": rule_groups(groups, runbooks=runbooks, labels=alert_labels or {})},
        )


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
                yield f'alert "{rule.name}"', "words run together, each with a capital"
            elif not (rule.summary and rule.description):
                yield f'alert "{rule.name}" without words', "a summary and a description"
