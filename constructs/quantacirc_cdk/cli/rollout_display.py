"""How far a rollout is: a live table on a terminal, a line for each change elsewhere; always on standard error."""

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quantacirc_cdk.operations.report import State, Workload
from quantacirc_cdk.text.terminal import printable

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table


@contextmanager
def display() -> "Iterator[Display]":
    """Yield a display; the terminal is as it was afterwards, however the block ends."""
    shown: Display = _Terminal() if sys.stderr.isatty() else Display()
    try:
        yield shown
    finally:
        shown.close()


class Display:
    """Writes a line whenever a workload's numbers change."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}

    def say(self, text: str) -> None:
        """Write a line; a terminal that was closed meanwhile stops nothing."""
        with contextlib.suppress(OSError):
            print(printable(text), file=sys.stderr, flush=True)

    def progress(self, workloads: list[Workload]) -> None:
        """Take note of how far the workloads are."""
        for item in workloads:
            line = _line(item)
            if self.last.get(item.name) != line:
                self.last[item.name] = line
                self.say(line)

    def close(self) -> None:
        """End the display."""


class _Terminal(Display):
    """Keeps a table of the workloads below what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.live: Live | None = None

    def say(self, text: str) -> None:
        if self.live is None:
            super().say(text)
        else:
            with contextlib.suppress(OSError):
                self.live.console.print(printable(text), markup=False, highlight=False)

    def progress(self, workloads: list[Workload]) -> None:
        from rich.console import Console
        from rich.live import Live

        with contextlib.suppress(OSError):
            if self.live is None:
                self.live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
                self.live.start()
            self.live.update(_table(workloads), refresh=True)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self.live is not None:
                self.live.stop()
        self.live = None


def _line(item: Workload) -> str:
    return f"{item.name}: {item.ready}/{item.wanted} ready" + (f", {item.note}" if item.note else "")


def _table(workloads: list[Workload]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for item in workloads:
        done = item.state is State.HEALTHY
        mark = Text("✓" if done else "…", style="green" if done else "yellow")
        table.add_row(mark, item.name, f"{item.ready}/{item.wanted}", Text(printable(item.note), style="dim"))
    return table
