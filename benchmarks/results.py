"""The table of results, what it is compared with, and ``results.md``."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).with_suffix(".json")
REGRESSION = 1.2
"""A ratio this many times the last one of the same class of machine is a failure."""

_HEAD = """\
# Results of the benchmarks

`make bench` prints these figures, and `make bench WRITE=1` writes them here. Only ratios mean something on another
machine: each is the median of rounds in which the commands take turns. `make bench` fails if a ratio is 20 % above the
last one of the same class of machine. A limit that is not reached is marked; `docs/performance.md` says where the time
goes.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measured figure."""

    name: str
    seconds: float
    ratio: float
    to: str
    """The command that it is compared with."""
    limit: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the ratio is within its limit."""
        return "" if self.limit is None else "yes" if self.ratio <= self.limit else "no"


def machine() -> str:
    """Return the class of this machine: its processor and number of cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def text(rows: Iterable[Row]) -> str:
    """Return the table for a terminal."""
    lines = [f"{row.name:<42} {row.seconds:7.2f} s {row.ratio:7.2f} times {row.to}{_limit(row)}" for row in rows]
    return "\n".join(lines)


def _limit(row: Row) -> str:
    return "" if row.limit is None else f", limit {row.limit:g}{'' if row.verdict == 'yes' else ': NOT REACHED'}"


def regressions(rows: Iterable[Row]) -> list[str]:
    """Return the figures that are worse than the last ones of this class of machine."""
    last = _saved().get(machine(), {})
    return [
        f"{row.name}: {row.ratio:.2f}, was {last[row.name]['ratio']:.2f}"
        for row in rows
        if row.limit is not None and row.name in last and row.ratio > REGRESSION * last[row.name]["ratio"]
    ]


def write(rows: Sequence[Row]) -> None:
    """Keep the figures of this class of machine, and write ``results.md``."""
    saved = {**_saved(), machine(): {row.name: asdict(row) for row in rows}}
    RESULTS.write_text(json.dumps(saved, indent=2) + "\n")
    parts = [_HEAD, *(_section(name, [Row(**one) for one in found.values()]) for name, found in sorted(saved.items()))]
    RESULTS.with_suffix(".md").write_text("\n".join(parts))


def _saved() -> dict[str, dict[str, dict[str, object]]]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def _section(name: str, rows: Sequence[Row]) -> str:
    table = [
        f"| {row.name} | {row.seconds:.2f} s | {row.ratio:.2f} times {row.to} | {row.limit or ''} | {row.verdict} |"
        for row in rows
    ]
    limited = [row for row in rows if row.limit]
    plot = [
        "```mermaid",
        "xychart-beta horizontal",
        '    title "Part of the limit that is used"',
        f"    x-axis [{', '.join(json.dumps(row.name) for row in limited)}]",
        f"    bar [{', '.join(f'{row.ratio / row.limit:.2f}' for row in limited)}]",
        f"    line [{', '.join('1' for _ in limited)}]",
        "```",
    ]
    head = ["| | time | ratio | limit | reached |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([f"## {name}", "", *head, *table, "", *plot, ""])
