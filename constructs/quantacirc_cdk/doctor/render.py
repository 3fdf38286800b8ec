"""Write a diagnosis as text or JSON."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence

from quantacirc_cdk.doctor.examination import Diagnosis, Readiness
from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Status
from quantacirc_cdk.text.terminal import printable, wrapped

MARKS = {True: "✓", False: "✗"}
SHOWN = 3
"""Maximum number of components in a line."""


def as_text(diagnosis: Diagnosis, paint: Callable[[str], str] = str) -> str:
    """Return the diagnosis as text: a block for each task, with the fix at the end of each line with a problem.

    ``paint`` adds the colours, before the lines are wrapped for the terminal; other output is not wrapped.
    """
    lines = [diagnosis.machine]
    for item in diagnosis.tasks:
        lines += ["", f"{MARKS[not item.lacks]} {item.task.name}: {item.task.what}"]
        lines += [f"    {_line(finding)}" for finding in item.findings]
    text = paint("\n".join([*lines, "", _verdict(diagnosis)]) + "\n")
    return wrapped(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text


def _line(finding: Finding) -> str:
    name = printable(finding.name)
    if finding.status is Status.OK:
        return f"✓ {name:<24} {finding.version:<10} {printable(finding.place)}".rstrip()
    mark = MARKS[False] if finding.counts else "-"
    note = "; ".join(filter(None, (finding.note, _needed_by(finding.needed_by))))
    wrong = note if finding.status is Status.OLD else ": ".join(filter(None, (finding.status.value, note)))
    return f"{mark} {name:<24} {printable(wrong)}; {printable(finding.get)}"


def _needed_by(components: Sequence[str]) -> str:
    if not components:
        return ""
    more = len(components) - SHOWN
    return f"needed by {', '.join(components[:SHOWN])}{f' and {more} more' if more > 0 else ''}"


def _verdict(diagnosis: Diagnosis) -> str:
    ready = [item.task.name for item in diagnosis.tasks if not item.lacks]
    said = [f"ready: {', '.join(ready) or 'nothing'}"]
    lacking = [
        f"{item.task.name} ({', '.join(printable(found.name) for found in item.lacks)})"
        for item in diagnosis.tasks
        if item.lacks
    ]
    return "\n".join([*said, *([f"lacking: {', '.join(lacking)}"] if lacking else [])])


def as_json(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as JSON."""
    document = {
        "machine": diagnosis.machine,
        "ready": diagnosis.ready,
        "tasks": [_task(item) for item in diagnosis.tasks],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _task(item: Readiness) -> dict[str, object]:
    return {
        "name": item.task.name,
        "what": item.task.what,
        "ready": not item.lacks,
        "needs": [_need(finding) for finding in item.findings],
    }


def _need(finding: Finding) -> dict[str, object]:
    known: dict[str, object] = {
        "version": finding.version,
        "path": finding.place,
        "note": finding.note,
        "get": finding.get,
        "needed_by": list(finding.needed_by),
    }
    return {
        "name": finding.name,
        "status": finding.status.value,
        "required": finding.counts,
        **{key: value for key, value in known.items() if value},
    }


FORMATS: dict[str, Callable[[Diagnosis], str]] = {"text": as_text, "json": as_json}
