"""Show progress: a live display on a terminal, otherwise a line for each event."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quantacirc_cdk.cli import colour
from quantacirc_cdk.phases import done, verbose

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from quantacirc_cdk.synth import Event


@contextmanager
def progress(*, quiet: bool = False) -> "Iterator[Callable[[Event], None]]":
    """Yield a listener for the events of a run. Progress is written to standard error, so that you can pipe the
    output.
    """
    if verbose():
        yield lambda event: done(f"generate {event.part}", event.seconds) if event.state == "done" else None
    elif quiet:
        yield lambda _: None
    elif colour.animated(sys.stderr):
        with _Live() as live:
            yield live.listen
    else:
        yield lambda event: print(_line(event), file=sys.stderr) if event.state != "started" else None


def _line(event: "Event") -> str:
    if event.state == "waiting":
        return "waiting for another run to end"
    return f"{event.part}: {event.files} files, {event.seconds:.1f} s"


class _Live:
    """Updates a line for each part.

    The display and its thread start with the first event, after the worker processes are forked.
    """

    def __init__(self) -> None:
        self.display: Progress | None = None
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "_Live":
        return self

    def __exit__(self, *_: object) -> None:
        if self.display is not None:
            self.display.stop()

    def listen(self, event: "Event") -> None:
        display = self.display = self.display or self.start()
        if event.part not in self.tasks:
            note = _line(event) if event.state == "waiting" else ""
            self.tasks[event.part] = display.add_task(event.part, total=1, note=note)
        if event.state == "done":
            display.update(self.tasks[event.part], completed=1, note=f"{event.files} files")

    def start(self) -> "Progress":
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        spinner = "dots" if (sys.stderr.encoding or "").lower().startswith("utf") else "line"
        columns = (SpinnerColumn(spinner, finished_text="✓"), TextColumn("{task.description:<12}"), TimeElapsedColumn())
        note = TextColumn("{task.fields[note]}")
        display = Progress(*columns, note, console=colour.console(sys.stderr), transient=True)
        display.start()
        return display
