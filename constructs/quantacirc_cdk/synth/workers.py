"""Run the ``synthesize`` functions of apps in separate processes, in parallel, each with its own Node.js.

A worker never outlives its parent and never keeps its parent's lock, so that a killed run does not block the next one.
"""

import errno
import multiprocessing
import os
import runpy
import signal
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from quantacirc_cdk.errors import InternalError, Problem, QuantacircError
from quantacirc_cdk.handover import LOOK, WAIT, tell_through
from quantacirc_cdk.node import spare
from quantacirc_cdk.synth.parts import PACKAGE
from quantacirc_cdk.synth.recording import recording

if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:
    CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True, kw_only=True)
class Job:
    """An app to run."""

    app: Path
    root: Path
    out: Path
    """Folder that the app writes to; it is created."""
    environments: Sequence[str] | None
    scratch: Path
    """Folder for temporary files, because jsii does not remove its own. The caller deletes it."""
    engine: tuple[str, ...] = ()
    """Python packages of the jsii libraries that it loads; a Node.js that was started with them is used."""
    after: frozenset[str] = frozenset()
    """Jobs that must finish before it runs."""
    beside: frozenset[str] = frozenset()
    """Jobs that run in parallel and pass data to this one."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """Result of a job."""

    files: int
    seconds: float
    read: frozenset[str] | None
    """Absolute paths of the files that it read outside of the run's folder; None if it depends on more than files."""


class Run(Protocol):
    """A way to run jobs."""

    def __call__(
        self, jobs: Mapping[str, Job], lock: int | None, *, keep_going: bool = False
    ) -> Iterator[tuple[str, Done | QuantacircError | None]]:
        """Yield the name of each job with None at its start, and with its result at its end."""


@dataclass(kw_only=True)
class _Worker:
    name: str
    process: BaseProcess
    held: bool
    """Whether it has loaded its app and waits for the jobs that it depends on."""
    waits: bool = False
    """Whether it waits for news of other jobs."""
    news: bool = False
    """Whether another job has passed something on, or has ended, since it was told last."""


def run_side_by_side(
    jobs: Mapping[str, Job], lock: int | None, *, keep_going: bool = False
) -> Iterator[tuple[str, Done | QuantacircError | None]]:
    """Run each job when those in ``after`` are finished. Yields its name with None at its start, and with Done at its
    end.

    Runs as many jobs as there are processors, in the given order, so put the slowest first. A waiting job loads its app
    meanwhile. ``lock`` is the descriptor of a lock that workers must not inherit. Raises the ``QuantacircError`` of the
    first failed job, and terminates the others. With ``keep_going``, yields the error with the job's name, and
    terminates the jobs that depend on it, each with its own error.
    """
    waiting = dict(jobs)
    running: dict[Connection, _Worker] = {}
    done: set[str] = set()
    early: dict[str, Done] = {}
    """Results of jobs of which those in ``beside`` can still fail."""
    slots = max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    try:
        while waiting or running:
            busy = sum(not worker.held for worker in running.values())
            for connection, worker in running.items():
                if worker.held and jobs[worker.name].after <= done:
                    worker.held, busy = False, busy + 1
                    with suppress(ConnectionError):  # It failed while it loaded its app, and has reported that.
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
                if connection not in running:
                    continue  # It was terminated because it depends on a failed job.
                worker = running[connection]
                worker.waits = False
                try:
                    result = _result(worker, connection)
                    if isinstance(result, Done):
                        early[running.pop(connection).name] = result
                        while ended := next((one for one in early if jobs[one].beside <= done), None):
                            yield ended, early.pop(ended)
                            done.add(ended)
                    worker.waits = result == WAIT
                except QuantacircError as error:
                    if not keep_going:
                        raise
                    running.pop(connection, None)
                    yield worker.name, error
                    for name, because in _without(worker.name, jobs):
                        if name in done:
                            continue
                        waiting.pop(name, None)
                        early.pop(name, None)
                        for other in [one for one, each in running.items() if each.name == name]:
                            _end(running.pop(other))
                        yield name, because
                _tell(running, None if worker.waits else worker)
    finally:
        for worker in running.values():
            _end(worker)


def _tell(running: Mapping[Connection, _Worker], source: _Worker | None) -> None:
    """Tell the jobs that wait what is new: ``source`` has passed something on, or has ended.

    A job that does not wait gets the news when it does: it would not read it now, and a full connection would block
    both ends.
    """
    for connection, worker in running.items():
        worker.news |= source is not None and worker is not source
        if worker.waits and worker.news:
            worker.waits = worker.news = False
            with suppress(ConnectionError):  # It has ended, and its answer waits to be read.
                connection.send(LOOK)


def _end(worker: _Worker) -> None:
    worker.process.terminate()
    worker.process.join()


def _without(failed: str, jobs: Mapping[str, Job]) -> Iterator[tuple[str, QuantacircError]]:
    """Yield the jobs that cannot finish after a failed one, each with the reason."""
    missing = {failed}
    for name, job in jobs.items():  # A job comes after those it needs.
        if missing & (job.after | job.beside):
            missing.add(name)
            yield name, QuantacircError(f"{name}: not written, because it needs {failed}")


def _start(name: str, job: Job, lock: int | None, *, held: bool) -> tuple[Connection, BaseProcess]:
    ours, theirs = CONTEXT.Pipe()
    process: BaseProcess = CONTEXT.Process(target=_work, args=(job, theirs, lock, held), name=name, daemon=True)
    with interrupts_held():
        process.start()
    theirs.close()
    spare.release(job.engine)
    return ours, process


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Block Ctrl-C: a process would receive it before it can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(worker: _Worker, connection: Connection) -> Done | str:
    """Return the result of a worker, or ``LOOK`` or ``WAIT`` from one that still runs."""
    try:
        answer: Done | BaseException | str = connection.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        raise QuantacircError(
            f"{worker.name}: its process ended early, with status {worker.process.exitcode}"
        ) from None
    if isinstance(answer, str):
        return answer
    worker.process.join()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _work(job: Job, connection: Connection, lock: int | None, held: bool) -> None:
    begin_worker(job.scratch, lock)
    spare.want(job.engine)
    tell_through(connection)
    connection.send(outcome_of(job, connection.recv if held else lambda: None))


def begin_worker(scratch: Path, lock: int | None) -> None:
    """Set up a forked process: it ignores Ctrl-C, which ends its parent, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is sent to the parent, which terminates its workers.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    if lock is not None:
        os.close(lock)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)


def outcome_of(job: Job, wait_for_others: Callable[[], object] = lambda: None) -> Done | QuantacircError | OSError:
    """Run an app in this process and return its result, or its error with the traceback as text."""
    try:
        return _run(job, wait_for_others)
    except (QuantacircError, OSError) as error:
        if isinstance(error, QuantacircError):
            error.trace = "".join(traceback.format_exception(error))
        return error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _run(job: Job, wait_for_others: Callable[[], object]) -> Done:
    # What an app prints is no part of the report on standard output.
    with recording() as recorded, redirect_stdout(sys.stderr):
        synthesize = _load(job)
        wait_for_others()
        began = time.monotonic()
        job.out.mkdir(parents=True, exist_ok=True)  # It may hold what another part needs of an earlier run.
        try:
            synthesize(job.root, job.out, job.environments)
        except QuantacircError:
            raise
        except (Exception, SystemExit) as error:  # Report any exception of an app with its location, without a dump.
            if _is_failed_write(job, error):
                raise
            raise _failure(job, error) from error
    files = sum(1 for path in job.out.rglob("*") if path.is_file())
    return Done(files=files, seconds=time.monotonic() - began, read=recorded.read_outside(job.out.parent))


def _load(job: Job) -> Callable[..., object]:
    """Return the ``synthesize`` function of an app, which can import modules of its folder, as when Python runs its
    file.
    """
    if not job.app.is_relative_to(PACKAGE):
        sys.path.insert(0, str(job.app.parent))
    try:
        synthesize = runpy.run_path(str(job.app)).get("synthesize")
    except QuantacircError:
        raise
    except (Exception, SystemExit) as error:
        raise _failure(job, error) from error
    if not callable(synthesize):
        expected = "a function synthesize(project_root, outdir, environments)"
        raise QuantacircError(Problem(file=_shown(job, str(job.app)), what="nothing to run", expected=expected))
    loaded: Callable[..., object] = synthesize
    return loaded


def _failure(job: Job, error: BaseException) -> QuantacircError:
    """Return the error with the last line of the project's own code in its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno or 0) for frame in frames if not frame.filename.startswith("<")]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 0))
    own = [place for place in places if _is_own(job, place[0])]
    ours = [place for place in places if place[0].startswith(f"{PACKAGE}{os.sep}")]
    file, line = (own or ours or places)[-1]
    if not own and not isinstance(error, OSError):
        what = f"internal error in {job.app.name}: {type(error).__name__}: {error}, at {file}:{line}"
        return InternalError(f"{what}; please report it with the output of --debug")
    said = str(error).strip().splitlines() or [""]
    what = f"{job.app.name} failed: {type(error).__name__}: {said[0]}"
    return QuantacircError(Problem(file=_shown(job, file), line=line, what=what))


def _is_failed_write(job: Job, error: BaseException) -> bool:
    """Return whether writing the output failed, and not reading an input of the app."""
    if not isinstance(error, OSError):
        return False
    named = isinstance(error.filename, str) and Path(error.filename).is_relative_to(job.out.parent)
    return named or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def _is_own(job: Job, file: str) -> bool:
    """Return whether a file belongs to the project, and not to a library that is installed below it."""
    libraries = {*sysconfig.get_paths().values(), str(PACKAGE)}
    path = Path(file).resolve()
    return path.is_relative_to(job.root.resolve()) and not any(path.is_relative_to(folder) for folder in libraries)


def _shown(job: Job, file: str) -> str:
    path = Path(file).resolve()
    root = job.root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
