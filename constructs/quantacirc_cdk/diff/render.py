"""Write a report as text, JSON or Markdown."""

import json
from collections.abc import Callable
from typing import Any

from quantacirc_cdk.diff.access import widened
from quantacirc_cdk.diff.fields import ABSENT
from quantacirc_cdk.diff.impact import Finding
from quantacirc_cdk.diff.markdown import as_markdown
from quantacirc_cdk.diff.report import ChangedObject, Report
from quantacirc_cdk.diff.text import as_text, counts


def as_json(report: Report) -> str:
    """Return the whole report as JSON."""
    document = {
        "before": report.before,
        "after": report.after,
        "impact": report.impact.value,
        "summary": {impact.value: count for impact, count in counts(report)},
        "objects": list(map(_object, report.objects)),
        "widened": list(map(_object, widened(report).objects)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _object(item: ChangedObject) -> dict[str, Any]:
    return {
        "side": item.side, "place": item.place, "name": item.name, "action": item.action,
        "impact": item.impact.value, "changes": [_change(finding) for finding in item.findings],
    }  # fmt: skip


def _change(finding: Finding) -> dict[str, Any]:
    change = finding.change
    described: dict[str, Any] = {"field": change.field, "impact": finding.impact.value}
    if change.path:
        described |= {
            side: value for side, value in (("before", change.before), ("after", change.after)) if value is not ABSENT
        }
    rule = finding.rule
    described |= {"rule": rule.id, "says": rule.says, "source": rule.source}
    return described | ({"note": finding.note} if finding.note else {})


FORMATS: dict[str, Callable[[Report], str]] = {"text": as_text, "json": as_json, "markdown": as_markdown}
