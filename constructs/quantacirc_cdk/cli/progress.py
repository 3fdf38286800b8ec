"""Show progress: a live display on a terminal, a line for each event elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quantacirc_cdk.synth import Event


@contextmanager
def progress(*, quiet: bool = False) -> "Iterator[Callable[[Event], None]]":
    """Yield a listener for the events of a run; progress goes to standard error, so that output can be piped."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        yield from _live()
    else:
        yield lambda event: print(_line(event), file=sys.stderr) if event.state != "started" else None


def _line(event: "Event") -> str:
    if event.state == "waiting":
        return "waiting for another run to end"
    return f"{event.part}: {event.files} files, {event.seconds:.1f} s"


def _live() -> "Iterator[Callable[[Event], None]]":
    """Yield a listener that keeps one line a part up to date; rich starts with the first event, not before."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description:<12}"), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=Console(stderr=True), transient=True) as display:

        def listen(event: "Event") -> None:
            if event.part not in tasks:
                note = _line(event) if event.state == "waiting" else ""
                tasks[event.part] = display.add_task(event.part, total=1, note=note)
            if event.state == "done":
                display.update(tasks[event.part], completed=1, note=f"{event.files} files")

        yield listen
