"""A process that has run an app before, so that it runs it again in a fraction of the time.

Python's modules are loaded, jsii's Node.js has started and compiled its code. A new process takes over after some runs,
because jsii keeps every object until its process ends.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.loader import loaded_once
from quantacirc_cdk.synth.workers import CONTEXT, Done, Job, begin_worker, interrupts_held, outcome_of

_RUNS = 20
"""Runs of one process: each leaves some megabytes of objects behind."""


class WarmApp:
    """Runs one app in a process that stays."""

    def __init__(self, app: Path, root: Path) -> None:
        """Start the process; it runs the app once, into a temporary folder, to warm up."""
        self._app, self._root = app, root
        self._start()

    def _start(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="qcdk-warm-")
        self._connection, theirs = CONTEXT.Pipe()
        scratch = Path(self._folder.name)
        first = Job(app=self._app, root=self._root, out=scratch / "first", environments=None, scratch=scratch)
        self._process: BaseProcess = CONTEXT.Process(target=_serve, args=(first, theirs), daemon=True)
        with interrupts_held():
            self._process.start()
        theirs.close()
        self._left = _RUNS

    def __call__(
        self,
        jobs: Mapping[str, Job],
        lock: int | None,  # noqa: ARG002 - its process was started when nobody held one
        *,
        keep_going: bool = False,
        project: Project | None = None,
    ) -> Iterator[tuple[str, Done | QuantacircError | None]]:
        """Run the app's job, the only one. Yields as ``run_side_by_side`` does, and raises the error of the app.

        The app takes ``project`` instead of loading it again; all its kinds must be this package's.
        """
        ((name, job),) = jobs.items()
        yield name, None
        try:
            self._connection.send((job, project))
            answer: Done | QuantacircError | OSError = self._connection.recv()
        except (EOFError, BrokenPipeError):
            self._process.join()
            answer = QuantacircError(f"{name}: its process ended early, with status {self._process.exitcode}")
        self._left = self._left - 1 if isinstance(answer, Done) else 0
        if isinstance(answer, OSError) or (isinstance(answer, QuantacircError) and not keep_going):
            raise answer
        yield name, answer

    def rest(self) -> None:
        """Use the time between two runs: replace a process that failed or has run often enough."""
        if self._left <= 0:
            self.stop()
            self._start()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()
        self._connection.close()
        self._folder.cleanup()


def _serve(first: Job, connection: Connection) -> None:
    begin_worker(first.scratch, None)
    read = _read_by(outcome_of(first))  # Whatever is wrong, the run that was asked for reports it.
    with suppress(EOFError):
        while True:
            message: tuple[Job, Project | None] = connection.recv()
            job, project = message
            with loaded_once(project) if project else nullcontext():
                outcome = outcome_of(replace(job, scratch=first.scratch))
            again = _read_by(outcome)
            read = None if read is None or again is None else read | again
            connection.send(replace(outcome, read=read) if isinstance(outcome, Done) else outcome)


def _read_by(outcome: Done | QuantacircError | OSError) -> frozenset[str] | None:
    """Return what a run has read; the next ones may remember it."""
    return outcome.read if isinstance(outcome, Done) else None
