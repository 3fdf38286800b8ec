"""The table of results, what it is compared with, and ``results.md``."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_suffix(".json")
GROWTH = Path(__file__).with_name("growth.json")
REGRESSION = 1.2
"""A ratio this many times the last one of the same class of machine is a failure."""

_HEAD = """\
# Results of the benchmarks

`make bench` and `make bench-growth` print these figures, and with `WRITE=1` they write them here. Only ratios mean
something on another machine: each is the median of rounds in which the commands take turns. `make bench` fails if a
ratio is 20 % above the last one of the same class of machine. A limit that is not reached is marked;
`docs/performance.md` says where the time goes.
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


@dataclass(frozen=True, kw_only=True)
class Size:
    """What something of a size takes."""

    what: str
    count: int
    """How many there are of it."""
    processor: float
    """Seconds of the processor, of all processes."""
    clock: float
    """Seconds of the clock."""
    megabytes: float
    """Peak memory of all processes."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A figure that follows from sizes."""

    what: str
    found: float
    limit: float | None = None

    @property
    def verdict(self) -> str:
        """Whether it is within its limit."""
        return "" if self.limit is None else "yes" if self.found <= self.limit else "no"

    def line(self) -> str:
        """Return it for a terminal."""
        limit = (
            "" if self.limit is None else f", limit {self.limit:g}{'' if self.verdict == 'yes' else ': NOT REACHED'}"
        )
        return f"{self.what:<52} {self.found:8.2f}{limit}"


def sizes(found: Iterable[Size]) -> str:
    """Return the table for a terminal."""
    return "\n".join(
        f"{one.count:5} {one.what:<32} {one.processor:7.1f} s of the processor {one.clock:7.1f} s "
        f"{one.megabytes:7.0f} MB"
        for one in found
    )


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
    last = _saved(RESULTS).get(machine(), {})
    return [
        f"{row.name}: {row.ratio:.2f}, was {last[row.name]['ratio']:.2f}"
        for row in rows
        if row.limit is not None and row.name in last and row.ratio > REGRESSION * last[row.name]["ratio"]
    ]


def write(rows: Sequence[Row]) -> None:
    """Keep the figures of this class of machine, and write ``results.md``."""
    _keep(RESULTS, {row.name: asdict(row) for row in rows})


def write_growth(found: Sequence[Size], limits: Sequence[Limit]) -> None:
    """Keep the growth on this class of machine, and write ``results.md``."""
    _keep(GROWTH, {"sizes": [asdict(one) for one in found], "limits": [asdict(one) for one in limits]})


def _keep(file: Path, found: object) -> None:
    """Write the figures of this class of machine to a file, and the page from all files."""
    file.write_text(json.dumps({**_saved(file), machine(): found}, indent=2) + "\n")
    saved, growth = _saved(RESULTS), _saved(GROWTH)
    parts = [_HEAD]
    for name in sorted({*saved, *growth}):
        parts += [f"## {name}", ""]
        if name in saved:
            parts += _section([Row(**one) for one in saved[name].values()])
        if name in growth:
            both = growth[name]
            parts += _growth([Size(**one) for one in both["sizes"]], [Limit(**one) for one in both["limits"]])
    RESULTS.with_suffix(".md").write_text("\n".join(parts))


def _saved(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.exists() else {}


def _section(rows: Sequence[Row]) -> list[str]:
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
    return [*head, *table, "", *plot, ""]


def _growth(found: Sequence[Size], limits: Sequence[Limit]) -> list[str]:
    table = [
        f"| {one.count} {one.what} | {one.processor:.1f} s | {one.clock:.1f} s | {one.megabytes:.0f} MB |"
        for one in found
    ]
    held = [f"| {row.what} | {row.found:.2f} | {row.limit or ''} | {row.verdict} |" for row in limits]
    lines: dict[str, list[Size]] = {}
    for one in found:
        if one.what.startswith("components"):
            lines.setdefault(one.what, []).append(one)
    counts = [one.count for one in next(iter(lines.values()))]
    plot = [
        "```mermaid",
        "xychart-beta",
        f'    title "Processor seconds, {", ".join(name.removeprefix("components, ") for name in lines)}"',
        f"    x-axis [{', '.join(json.dumps(str(count)) for count in counts)}]",
        '    y-axis "s"',
        *(f"    line [{', '.join(f'{one.processor:.1f}' for one in each)}]" for each in lines.values()),
        "```",
    ]
    return [
        *("| | processor | clock | peak memory |", "| --- | --- | --- | --- |", *table, ""),
        *("| growth | | limit | reached |", "| --- | --- | --- | --- |", *held, "", *plot, ""),
    ]
