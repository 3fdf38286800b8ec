"""Run the parts of the output, in parallel, and replace the output in one step."""

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from quantacirc_cdk.errors import PropsError, QuantacircError, nearest
from quantacirc_cdk.handover import FOLDER as HANDOVER
from quantacirc_cdk.handover import LEFT_OUT, LeftOut
from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.model.loader import loaded_once
from quantacirc_cdk.phases import phase
from quantacirc_cdk.synth.comparison import Comparison, compare, refuse_edited
from quantacirc_cdk.synth.destination import check_destination, check_not_inside
from quantacirc_cdk.synth.ownership import read_incomplete
from quantacirc_cdk.synth.parts import PARTS, Part
from quantacirc_cdk.synth.recording import recording
from quantacirc_cdk.synth.staging import Stage, failures_explained, publish, staging
from quantacirc_cdk.synth.summary import Summary
from quantacirc_cdk.synth.workers import Done, Job, Run, run_side_by_side


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of a run, for progress displays."""

    part: str
    state: Literal["waiting", "started", "done"]
    files: int = 0
    seconds: float = 0.0


Listener = Callable[[Event], None]

_Read = frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """The results of all apps of a run."""

    files: dict[str, int]
    """Number of files of each requested part."""
    failed: dict[str, QuantacircError]
    read: list[_Read]
    """What each app read, also the apps of parts that the requested ones need."""


def synthesize(
    root: Path,
    *,
    out: Path,
    environments: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    force: bool = False,
    keep_going: bool = False,
    listener: Listener = lambda _: None,
    run: Run = run_side_by_side,
) -> Summary:
    """Generate the parts of the project below ``root`` into ``out``: all of them, or nothing.

    ``environments`` and ``only`` restrict the run to some environments and parts. Other environments, other parts and
    files that no run wrote are kept. ``force`` replaces files that were edited after they were generated. With
    ``keep_going``, a failed part stops only the parts that need it, and the marker records the missing parts. ``run``
    runs the apps. Raises ``ModelError`` before anything runs, ``QuantacircError`` if a part fails, and ``OutputError``
    if the result cannot be written or ``out`` has other content.
    """
    began = time.monotonic()
    with recording() as planning:
        project, names, parts = _plan(root, environments, only)
    check_destination(root, out, force=force)
    check_not_inside(out)
    with (
        loaded_once(project),
        staging(out, lambda: listener(Event(part="", state="waiting"))) as stage,
        failures_explained(out),
    ):
        with phase("generate"):
            outcome = _run(parts, root, stage, names, listener, run=run, keep_going=keep_going)
        replaced = [place for part in parts if part.name not in outcome.failed for place in part.replaced(names)]
        missing = {*outcome.failed, *read_incomplete(out)}.difference(outcome.files)
        with phase("compare with the last output"):
            comparison = compare(stage.folder, out, replaced, incomplete=sorted(missing))
        left_out = _left_out(stage.folder)
        refuse_edited(comparison, out, force=force)
        with phase("write"):
            publish(stage, out, comparison)
    return _summary(out, outcome, planning.read, comparison, left_out, began)


def check(
    root: Path,
    *,
    out: Path,
    environments: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    show: Callable[[Path, Path, Comparison], None] = lambda *_: None,
    listener: Listener = lambda _: None,
) -> Summary:
    """Like ``synthesize``, but write nothing: ``changed`` lists the files that would differ, and ``show`` can display
    them.
    """
    began = time.monotonic()
    with recording() as planning:
        project, names, parts = _plan(root, environments, only)
    check_destination(root, out)
    with loaded_once(project), tempfile.TemporaryDirectory(prefix="qcdk-check-") as scratch:
        new = Path(scratch)
        with phase("generate"):
            outcome = _run(parts, root, Stage(folder=new, lock=None), names, listener)
        replaced = [place for part in parts for place in part.replaced(names)]
        with phase("compare with the last output"):
            comparison = compare(new, out, replaced)
        left_out = _left_out(new)
        show(new, out, comparison)
    return _summary(out, outcome, planning.read, comparison, left_out, began)


def _summary(
    out: Path, outcome: _Outcome, planned: _Read, comparison: Comparison, left_out: list[str], began: float
) -> Summary:
    read = [planned, *outcome.read]
    return Summary(
        out=out,
        files=outcome.files,
        changed=comparison.changed,
        edited=comparison.edited,
        left_out=left_out,
        failed=outcome.failed,
        seconds=time.monotonic() - began,
        read=None if None in read else frozenset[str]().union(*filter(None, read)),
    )


def _left_out(folder: Path) -> list[str]:
    """Return the features that the outputs of a run cannot represent."""
    found = sorted((folder / HANDOVER).glob(f"*{LEFT_OUT}"))
    return [str(LeftOut(**one)) for path in found for one in json.loads(path.read_text(encoding="utf-8"))]


def _plan(
    root: Path, environments: Sequence[str] | None, only: Sequence[str] | None
) -> tuple[Project, list[str] | None, list[Part]]:
    project = load_project(root)
    names = sorted(project.select(tuple(environments))) if environments else None
    valid = {part.name: part for part in PARTS}
    for name in only or ():
        if name not in valid:
            raise PropsError(f'no part "{name}", expected {nearest(name, valid)}')
    return project, names, [part for part in valid.values() if not only or part.name in only]


def _run(
    parts: Sequence[Part],
    root: Path,
    stage: Stage,
    environments: list[str] | None,
    listener: Listener,
    *,
    run: Run = run_side_by_side,
    keep_going: bool = False,
) -> _Outcome:
    """Run the parts, and those that they need."""
    scratch = stage.folder / ".scratch"
    for folder in (scratch, stage.folder / HANDOVER):
        folder.mkdir()  # Not published: it belongs to no part.
    jobs = {
        part.name: Job(
            app=part.file(root),
            root=root,
            out=stage.folder / part.name,
            environments=chosen,
            scratch=scratch,
            engine=part.engine,
            after=frozenset(part.needs),
            beside=frozenset(part.takes),
        )
        for part, chosen in _with_needs(parts, environments).items()
    }
    finished: dict[str, Done] = {}
    failed: dict[str, QuantacircError] = {}
    for name, done in run(jobs, stage.lock, keep_going=keep_going):
        if done is None:
            listener(Event(part=name, state="started"))
        elif isinstance(done, QuantacircError):
            failed[name] = done
        else:
            finished[name] = done
            listener(Event(part=name, state="done", files=done.files, seconds=done.seconds))
    return _Outcome(
        files={name: finished[name].files for name in sorted(part.name for part in parts) if name in finished},
        failed=failed,
        read=[done.read for done in finished.values()],
    )


def _with_needs(parts: Sequence[Part], environments: list[str] | None) -> dict[Part, list[str] | None]:
    """Return the parts and those they need, each with its environments: all (None) if a part for all environments needs
    them.
    """
    chosen: dict[Part, list[str] | None] = {}
    for part in reversed(PARTS):
        readers = [reader for reader in chosen if part.name in reader.needs + reader.takes]
        if part in parts or readers:
            everything = part.whole or any(chosen[reader] is None for reader in readers)
            chosen[part] = None if everything else environments
    return dict(reversed(chosen.items()))
