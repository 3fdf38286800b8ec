"""Run the parts of the output, in parallel, and replace the output in one step."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from quantacirc_cdk.errors import Problem, PropsError, QuantacircError, nearest
from quantacirc_cdk.handover import FOLDER as HANDOVER
from quantacirc_cdk.handover import LEFT_OUT, LeftOut, finish
from quantacirc_cdk.handover import handed as handed_over
from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.model.loader import loaded_once
from quantacirc_cdk.phases import phase
from quantacirc_cdk.synth.comparison import Comparison, compare, refuse_edited
from quantacirc_cdk.synth.destination import check_destination, check_not_inside
from quantacirc_cdk.synth.ownership import read_incomplete
from quantacirc_cdk.synth.parts import PARTS, Part, misspelt_app
from quantacirc_cdk.synth.recording import recording
from quantacirc_cdk.synth.staging import Stage, failures_explained, publish, staging
from quantacirc_cdk.synth.summary import Made, Summary, Unit
from quantacirc_cdk.synth.units import Chosen, Kept, Units, made_by
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
class _Plan:
    """What a run was asked for, and what it does for that."""

    project: Project
    names: Sequence[str] | None
    """Environments that were asked for; None for all."""
    parts: Sequence[Part]
    read: _Read
    """What the project was loaded from."""
    runs: Chosen
    """Parts that run: those asked for, and those that they need."""
    kept: Mapping[Unit, Kept]
    """Units of the present output that do not run."""

    @property
    def asked(self) -> set[str]:
        """Names of the parts that were asked for."""
        return {part.name for part in self.parts}

    @property
    def replaced(self) -> dict[str, list[str]]:
        """What each part replaces of the output."""
        return {part.name: part.replaced(self._written(part)) for part in self.parts if part in self.runs}

    def publishes(self, unit: Unit) -> bool:
        """Return whether a unit becomes a part of the output if it is written."""
        part, environment = unit
        return part in self.asked and (not environment or self.names is None or environment in self.names)

    def _written(self, part: Part) -> Sequence[str] | None:
        """Return the environments of which a part's files are replaced; None for all."""
        running = self.runs[part]
        if running is None or self.names is None:
            return self.names if running is None else running
        return [name for name in running if name in self.names]


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """The results of all apps of a run."""

    done: dict[str, Done]
    failed: dict[str, QuantacircError]
    files: dict[str, int]
    """Number of files of each part that was asked for, also of those that are kept."""


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
    units: Units | None = None,
) -> Summary:
    """Generate the parts of the project below ``root`` into ``out``: all of them, or nothing.

    ``environments`` and ``only`` restrict the run to some environments and parts. Other environments, other parts and
    files that no run wrote are kept. ``force`` replaces files that were edited after they were generated. With
    ``keep_going``, a failed part stops only the parts that need it, and the marker records the missing parts. ``run``
    runs the apps. With ``units``, parts and environments whose inputs and files are unchanged do not run. Raises
    ``ModelError`` before anything runs, ``QuantacircError`` if a part fails, and ``OutputError`` if the result cannot
    be written or ``out`` has other content.
    """
    began = time.monotonic()
    plan = _plan(root, environments, only)
    check_destination(root, out, force=force)
    check_not_inside(out)
    with (
        loaded_once(plan.project),
        staging(out, lambda: listener(Event(part="", state="waiting"))) as stage,
        failures_explained(out),
    ):
        if units:
            runs, kept = units.select(plan.project, plan.runs)
            plan = replace(plan, runs=runs, kept=kept)
        with phase("generate"):
            outcome = _run(plan, stage, out, listener, run=run, keep_going=keep_going)
        replaced = [place for name, places in plan.replaced.items() if name not in outcome.failed for place in places]
        missing = {*outcome.failed, *read_incomplete(out)}.difference(outcome.files)
        with phase("compare with the last output"):
            comparison = compare(stage.folder, out, replaced, incomplete=sorted(missing))
        handed = handed_over(stage.folder)
        refuse_edited(comparison, out, force=force)
        with phase("write"):
            publish(stage, out, comparison)
    return _summary(out, plan, outcome, comparison, handed, began)


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
    plan = _plan(root, environments, only)
    check_destination(root, out)
    with loaded_once(plan.project), tempfile.TemporaryDirectory(prefix="qcdk-check-") as scratch:
        new = Path(scratch)
        with phase("generate"):
            outcome = _run(plan, Stage(folder=new, lock=None), out, listener)
        with phase("compare with the last output"):
            comparison = compare(new, out, [place for places in plan.replaced.values() for place in places])
        handed = handed_over(new)
        show(new, out, comparison)
    return _summary(out, plan, outcome, comparison, handed, began)


def _summary(
    out: Path, plan: _Plan, outcome: _Outcome, comparison: Comparison, handed: Mapping[str, str], began: float
) -> Summary:
    reads = {name: done.read for name, done in outcome.done.items()}
    every = [plan.read, *reads.values(), *(one.paths(plan.project.root) for one in plan.kept.values())]

    def made() -> dict[Unit, Made]:
        found = made_by(plan.project, out, plan.runs, plan.kept, {"": plan.read, **reads}, comparison.listing, handed)
        return {unit: one for unit, one in found.items() if plan.publishes(unit)}

    return Summary(
        out=out,
        files=outcome.files,
        changed=comparison.changed,
        edited=comparison.edited,
        left_out=_left_out(handed),
        failed=outcome.failed,
        seconds=time.monotonic() - began,
        read=None if None in every else frozenset[str]().union(*filter(None, every)),
        made=made,
    )


def _left_out(handed: Mapping[str, str]) -> list[str]:
    """Return the features that the outputs of a run cannot represent."""
    found = [text for name, text in handed.items() if name.endswith(LEFT_OUT)]
    return [str(LeftOut(**one)) for text in found for one in json.loads(text)]


def _plan(root: Path, environments: Sequence[str] | None, only: Sequence[str] | None) -> _Plan:
    with recording() as recorded:
        project = load_project(root)
    names = sorted(project.select(tuple(environments))) if environments else None
    valid = {part.name: part for part in PARTS}
    for name in only or ():
        if name not in valid:
            raise PropsError(f'no part "{name}", expected {nearest(name, valid)}')
    if misspelt := misspelt_app(root):
        file, meant = misspelt
        problem = Problem(
            file=file.relative_to(root).as_posix(), what="no part has an app of this name", expected=meant
        )
        raise QuantacircError(problem)
    parts = [part for part in valid.values() if not only or part.name in only]
    return _Plan(project=project, names=names, parts=parts, read=recorded.read, runs=_with_needs(parts, names), kept={})


def _run(
    plan: _Plan, stage: Stage, out: Path, listener: Listener, *, run: Run = run_side_by_side, keep_going: bool = False
) -> _Outcome:
    """Run the parts of a plan. What they take from units that are kept is there before."""
    scratch, handover = stage.folder / ".scratch", stage.folder / HANDOVER
    for folder in (scratch, handover):
        folder.mkdir()  # Not published: it belongs to no part.
    running, needed = {part.name for part in plan.runs}, {name for part in plan.runs for name in part.needs}
    counts: dict[str, int] = {}
    for (part_name, _), one in plan.kept.items():
        if not (part_name in running and part_name in needed):  # Its files are counted where they are copied to.
            counts[part_name] = counts.get(part_name, 0) + len(one.files)
        for name, text in one.handed.items():
            (handover / name).write_text(text, encoding="utf-8")
        for name in one.files if part_name in needed else ():
            (stage.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(out / name, stage.folder / name)
    jobs = {
        part.name: Job(
            app=part.file(plan.project.root),
            root=plan.project.root,
            out=stage.folder / part.name,
            environments=chosen,
            scratch=scratch,
            engine=part.engine,
            after=frozenset(running.intersection(part.needs)),
            beside=frozenset(running.intersection(part.takes)),
        )
        for part, chosen in plan.runs.items()
    }
    done: dict[str, Done] = {}
    failed: dict[str, QuantacircError] = {}
    for name, result in run(jobs, stage.lock, keep_going=keep_going):
        if result is None:
            listener(Event(part=name, state="started"))
            continue
        finish(stage.folder, name)
        error = result if isinstance(result, QuantacircError) else _nothing_written(plan, name, jobs[name])
        if error is not None:
            if not keep_going:
                raise error
            failed[name] = error
        elif isinstance(result, Done):
            done[name] = result
            counts[name] = counts.get(name, 0) + result.files
            listener(Event(part=name, state="done", files=result.files, seconds=result.seconds))
    files = {name: counts[name] for name in sorted(plan.asked & counts.keys()) if name not in failed}
    return _Outcome(done=done, failed=failed, files=files)


def _nothing_written(plan: _Plan, name: str, job: Job) -> QuantacircError | None:
    """Return the error of an app of the project that wrote no manifests for an environment, for which others wait."""
    if name != "kubernetes":
        return None
    wanted = plan.project.environments if job.environments is None else job.environments
    missing = [one for one in wanted if not any((job.out / one).glob("*"))]
    if not missing:
        return None
    what, expected = f"wrote no manifests for {', '.join(missing)}", f"files in {name}/ENVIRONMENT for each"
    return QuantacircError(
        Problem(file=job.app.relative_to(plan.project.root).as_posix(), what=what, expected=expected)
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
