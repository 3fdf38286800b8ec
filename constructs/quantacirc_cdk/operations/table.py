"""The health report as a table for a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantacirc_cdk.operations.report import (
    ApplicationHealth,
    CertificateHealth,
    Consumer,
    Part,
    Reachability,
    ReleaseHealth,
    Report,
    State,
    StreamHealth,
    Task,
    Workload,
)
from quantacirc_cdk.text.terminal import printable

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

_STYLES = {State.HEALTHY: "green", State.UNKNOWN: "yellow", State.DEGRADED: "bold red"}
_MARKS = {State.HEALTHY: "✓", State.UNKNOWN: "?", State.DEGRADED: "✗"}


def tables(report: Report) -> "Group":
    """Return the report as tables: workloads, other parts, then problems."""
    from rich.console import Group
    from rich.text import Text

    others = [part for part in report.parts if not isinstance(part, Workload)]
    shown = [_workloads(report.workloads)]
    if others:
        shown += [_others(others)]
    return Group(*shown, Text(verdict(report), style=_STYLES[report.state]))


def verdict(report: Report) -> str:
    """Return a summary on one line."""
    degraded = sum(part.state is State.DEGRADED for part in report.parts)
    unseen = sum(part.state is State.UNKNOWN for part in report.parts)
    said = [f"{report.environment} is {report.state.value}"]
    said += [f"{degraded} of {len(report.parts)} parts degraded"] if degraded else []
    said += [f"{unseen} could not be checked"] if unseen else []
    return ", ".join(said)


def _workloads(items: Sequence[Workload]) -> "Table":
    table = _table("", "workload", "kind", "ready", "new", "restarts", "endpoints", "")
    for item in items:
        endpoints = "" if item.endpoints is None else str(item.endpoints)
        numbers = (f"{item.ready}/{item.wanted}", f"{item.updated}/{item.wanted}", str(item.restarts), endpoints)
        _row(table, item, item.name, item.kind, *numbers, item.note)
    return table


def _others(items: Sequence[Part]) -> "Table":
    table = _table("", "what", "name", "is", "")
    for item in items:
        _row(table, item, item.area, item.name, _status(item), item.note)
    return table


def _status(part: Part) -> str:
    if part.state is State.UNKNOWN:
        return "unknown"
    match part:
        case Task():
            return f"{part.kind} {part.status}"
        case ReleaseHealth(revision=revision, status=status):
            return "" if revision is None else f"revision {revision} {status}"
        case StreamHealth(messages=messages, bytes=size):
            return f"{messages} messages, {size} bytes"
        case Consumer(pending=pending, unacknowledged=unacknowledged):
            return f"{pending} waiting, {unacknowledged} in progress"
        case Reachability(reached_by=names):
            return f"reached by {len(names)} components"
        case CertificateHealth(days_left=days):
            return "" if days is None else f"{days} days left"
        case ApplicationHealth(sync=sync, health=health):
            return f"{sync}, {health}"
    return str(part.state.value)


def _table(*columns: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for column in columns:
        table.add_column(column, justify="right" if column in _NUMBERS else "left", no_wrap=True)
    table.columns[-1].no_wrap = False
    table.columns[-1].overflow = "fold"
    return table


_NUMBERS = ("ready", "new", "restarts", "endpoints")


def _row(table: "Table", part: Part, *cells: str) -> None:
    from rich.text import Text

    mark = Text(_MARKS[part.state], style=_STYLES[part.state])
    table.add_row(mark, *(Text(printable(cell)) for cell in cells))
