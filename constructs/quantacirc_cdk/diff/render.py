"""Write a report as text, JSON or Markdown."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT
from quantacirc_cdk.diff.impact import Finding, Impact
from quantacirc_cdk.diff.report import ChangedObject, Report
from quantacirc_cdk.text.markdown import code, text
from quantacirc_cdk.text.terminal import printable

WIDTH = 60
"""Maximum length of a value in the output."""


def as_json(report: Report) -> str:
    """Return the whole report as JSON."""
    document = {
        "before": report.before,
        "after": report.after,
        "impact": report.impact.value,
        "summary": {impact.value: count for impact, count in _counts(report)},
        "objects": [
            {
                "side": item.side, "place": item.place, "name": item.name, "action": item.action,
                "impact": item.impact.value, "changes": [_change(finding) for finding in item.findings],
            }
            for item in report.objects
        ],
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


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


def as_text(report: Report) -> str:
    """Return the report for a terminal: one line for each object and change, the worst first."""
    if not report.objects:
        return f"{report.before} and {report.after}: no difference\n"
    lines = [f"{report.before} → {report.after}"]
    for (side, place), items in groupby(report.objects, key=lambda item: (item.side, item.place)):
        lines += ["", f"{side} {place}"]
        for item in items:
            lines.append(f"  {_sign(item)} {printable(item.name)}: {item.impact.title}")
            lines += [f"      {line}" for finding in item.findings for line in _lines(finding)]
    lines += ["", _summary(report)]
    return "\n".join(lines) + "\n"


def _sign(item: ChangedObject) -> str:
    return {"added": "+", "removed": "-", "changed": "~"}[item.action]


def _lines(finding: Finding) -> Iterator[str]:
    rule, change = finding.rule, finding.change
    if change.path and change.before is change.after:
        yield f"{printable(change.field)}: {finding.note} [{rule.id}]"
        return
    if isinstance(change.before, list) and isinstance(change.after, list):
        yield f"{printable(change.field)}:"
        yield from _items(change.before, change.after)
    elif change.path:
        before, after = _shown(change.before, change.after)
        yield f"{printable(change.field)}: {before} → {after}"
    note = f" ({finding.note})" if finding.note else ""
    yield f"  {finding.impact.value}: {rule.says}{note} [{rule.id}]"
    if finding.impact > Impact.IN_PLACE:
        yield f"  {rule.source}"


MOST_ITEMS = 6
"""Maximum number of added, and of removed, list items in the output."""


def _items(before: list[Any], after: list[Any]) -> Iterator[str]:
    """Yield the removed and added items of a list, and the number of unchanged ones."""
    gone, come = ([item for item in one if item not in other] for one, other in ((before, after), (after, before)))
    for sign, items in (("-", gone), ("+", come)):
        yield from (f"  {sign} {_cut(_text(item), 0)}" for item in items[:MOST_ITEMS])
        if len(items) > MOST_ITEMS:
            yield f"  {sign} … {len(items) - MOST_ITEMS} more"
    if not gone and not come:
        yield "  the same items, in another order or number"
    elif unchanged := len(after) - len(come):
        yield f"  {unchanged} unchanged"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _shown(*values: Any) -> list[str]:
    """Return shortened values; long ones start shortly before the first difference."""
    texts = [_text(value) for value in values]
    start = 0
    if ABSENT not in values and max(map(len, texts)) > WIDTH:
        shared = next((place for place, pair in enumerate(zip(*texts, strict=False)) if len(set(pair)) > 1), 0)
        start = max(shared - WIDTH // 4, 0)
    return ["(none)" if value is ABSENT else _cut(text, start) for value, text in zip(values, texts, strict=True)]


def _cut(text: str, start: int) -> str:
    part = f"…{text[start:]}" if start else text
    return printable(part if len(part) <= WIDTH else f"{part[: WIDTH - 1]}…")


def _counts(report: Report) -> list[tuple[Impact, int]]:
    counts = Counter(item.impact for item in report.objects)
    return [(impact, counts[impact]) for impact in reversed(Impact) if counts[impact]]


def _summary(report: Report) -> str:
    said = ", ".join(f"{count} {impact.title}" for impact, count in _counts(report))
    noun = "object differs" if len(report.objects) == 1 else "objects differ"
    return f"{len(report.objects)} {noun}: {said}"


def as_markdown(report: Report) -> str:
    """Return the report for a pull request: a summary, a table for each environment, and folded details."""
    title = f"### Blast radius: {report.impact.title if report.objects else 'no difference'}"
    if not report.objects:
        return f"{title}\n\n`{report.before}` and `{report.after}` generate the same.\n"
    lines = [title, "", f"`{report.before}` → `{report.after}`: {_summary(report)}.", ""]
    for (side, place), items in groupby(report.objects, key=lambda item: (item.side, item.place)):
        listed = list(items)
        loud = [item for item in listed if item.impact > Impact.IN_PLACE]
        lines += [f"#### {side} `{place}`", ""]
        if loud:
            lines += ["| | object | impact | reason |", "| --- | --- | --- | --- |"]
            lines += [_row(item) for item in loud]
            lines.append("")
        lines += _folded([item for item in listed if item not in loud])
    return "\n".join(lines).rstrip() + "\n"


def _row(item: ChangedObject) -> str:
    reasons = dict.fromkeys(_reason(finding) for finding in item.findings if finding.impact == item.impact)
    shown = list(reasons)[:3] + ([f"… {len(reasons) - 3} more"] if len(reasons) > 3 else [])
    return f"| {item.action} | {code(item.name)} | **{item.impact.title}** | {'<br>'.join(shown)} |"


def _reason(finding: Finding) -> str:
    field = f"{code(finding.change.field)}: " if finding.change.path else ""
    note = f" ({text(finding.note)})" if finding.note else ""
    return f"{field}[{text(finding.rule.says)}]({finding.rule.source}){note}"


def _folded(items: list[ChangedObject]) -> list[str]:
    if not items:
        return []
    return [
        f"<details><summary>{len(items)} without interruption</summary>", "",
        *(f"- {item.action} {code(item.name)}: {item.impact.title}" for item in items), "", "</details>", "",
    ]  # fmt: skip


FORMATS: dict[str, Callable[[Report], str]] = {"text": as_text, "json": as_json, "markdown": as_markdown}
