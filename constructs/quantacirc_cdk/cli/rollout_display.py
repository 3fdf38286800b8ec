"""Progress of a rollout on standard error: a live table on a terminal, otherwise a line for each change."""

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quantacirc_cdk.cli import colour
from quantacirc_cdk.operations.report import State, Workload
from quantacirc_cdk.text.terminal import printable

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table


@contextmanager
def display() -> "Iterator[Display]":
    """Yield a display. The terminal is always restored at the end of the block."""
    shown: Display = _Terminal() if colour.animated(sys.stderr) else Display()
    try:
        yield shown
    finally:
        shown.close()


class Display:
    """Writes a line for each change of a workload's numbers."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}

    def say(self, text: str) -> None:
        """Write a line; a closed terminal is ignored."""
        with contextlib.suppress(OSError):
            print(printable(text), file=sys.stderr, flush=True)

    def progress(self, workloads: list[Workload]) -> None:
        """Show the progress of the workloads."""
        for item in workloads:
            line = _line(item)
            if self.last.get(item.name) != line:
                self.last[item.name] = line
                self.say(line)

    def close(self) -> None:
        """End the display."""


class _Terminal(Display):
    """Updates a table of the workloads below the messages."""

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
        from rich.live import Live

        with contextlib.suppress(OSError):
            if self.live is None:
                self.live = Live(console=colour.console(sys.stderr), auto_refresh=False, transient=True)
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
