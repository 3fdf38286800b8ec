"""Run an app's ``synthesize`` in a process of its own, so that parts run side by side, each with its own Node.js.

A worker never outlives its parent and never keeps its parent's lock: a killed run must not hold up the next one.
"""

import multiprocessing
import os
import runpy
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from quantacirc_cdk.errors import QuantacircError

if sys.platform == "win32":
    _CONTEXT = multiprocessing.get_context("spawn")
else:
    _CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One app to run."""

    app: Path
    root: Path
    out: Path
    """Folder the app writes to; created."""
    environments: Sequence[str] | None
    scratch: Path
    """Folder for temporary files, which whoever starts the job removes: jsii leaves some where a process just ends."""
    after: frozenset[str] = frozenset()
    """Names of the jobs that must be done first."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a job did."""

    files: int
    seconds: float


@dataclass(kw_only=True)
class _Worker:
    name: str
    process: BaseProcess
    held: bool
    """Whether it has loaded its app and waits to be told that the jobs it comes after are done."""


def run_side_by_side(jobs: Mapping[str, Job], lock: int | None) -> Iterator[tuple[str, Done | None]]:
    """Run each job once those it comes ``after`` are done; yield its name with None at its start, with Done at its end.

    As many run at once as there are processors, in the order given: put what takes longest first. A job that has to
    wait loads its app meanwhile. ``lock`` is the descriptor of a lock that workers must not inherit. Raises the
    ``QuantacircError`` of the first job that fails, and ends the others.
    """
    waiting = dict(jobs)
    running: dict[Connection, _Worker] = {}
    done: set[str] = set()
    slots = max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        while waiting or running:
            busy = sum(not worker.held for worker in running.values())
            for connection, worker in running.items():
                if worker.held and jobs[worker.name].after <= done:
                    worker.held, busy = False, busy + 1
                    with suppress(BrokenPipeError):  # it failed while it loaded its app, and has said so
                        connection.send(None)
                    yield worker.name, None
            for name in [*waiting]:
                if busy >= slots:
                    break
                held = not waiting[name].after <= done
                connection, process = _start(name, waiting.pop(name), lock, held=held)
                running[connection] = _Worker(name=name, process=process, held=held)
                if not held:
                    busy += 1
                    yield name, None
            ready = wait(list(running))
            for connection in [one for one in running if one in ready]:
                worker = running.pop(connection)
                yield worker.name, _result(worker, connection)
                done.add(worker.name)
    finally:
        for worker in running.values():
            worker.process.terminate()
            worker.process.join()


def _start(name: str, job: Job, lock: int | None, *, held: bool) -> tuple[Connection, BaseProcess]:
    ours, theirs = _CONTEXT.Pipe()
    process: BaseProcess = _CONTEXT.Process(target=_work, args=(job, theirs, lock, held), name=name, daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _result(worker: _Worker, connection: Connection) -> Done:
    try:
        answer: Done | BaseException = connection.recv()
    except EOFError:
        worker.process.join()
        raise QuantacircError(
            f"{worker.name}: its process ended early, with status {worker.process.exitcode}"
        ) from None
    worker.process.join()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _work(job: Job, connection: Connection, lock: int | None, held: bool) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends its workers
    if lock is not None:
        os.close(lock)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tempfile.tempdir = os.environ["TMPDIR"] = str(job.scratch)
    try:
        connection.send(_run(job, connection.recv if held else lambda: None))
    except (QuantacircError, OSError) as error:
        connection.send(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(job: Job, wait_for_others: Callable[[], object]) -> Done:
    try:
        app = runpy.run_path(str(job.app))
        wait_for_others()
        began = time.monotonic()
        job.out.mkdir(parents=True)
        app["synthesize"](job.root, job.out, job.environments)
    except (QuantacircError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever an app raises ends the run with its place, not a dump
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = str(error).strip().splitlines() or [""]
        what = f"{job.app.name} failed: {type(error).__name__}: {said[0]} (at {place.filename}:{place.lineno})"
        raise QuantacircError(what) from None
    files = sum(1 for path in job.out.rglob("*") if path.is_file())
    return Done(files=files, seconds=time.monotonic() - began)
