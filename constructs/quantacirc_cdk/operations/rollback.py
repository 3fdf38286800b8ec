"""Go back to an earlier revision: show what changes, refuse what cannot be undone, wait, look at the health."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from quantacirc_cdk.diff import Report as Difference
from quantacirc_cdk.diff.own_rules import own_rules
from quantacirc_cdk.errors import Problem
from quantacirc_cdk.operations import record
from quantacirc_cdk.operations.helm import GOOD, Revision, newest
from quantacirc_cdk.operations.interrupts import interruptible, shielded
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.operations.lock import LOCK_PATIENCE, Lock
from quantacirc_cdk.operations.preflight import Preflight, check_cluster, check_context, check_programs, check_rights
from quantacirc_cdk.operations.release import MARGIN_SECONDS, NO_REVISION, HalfError, Outcome, Run, Status
from quantacirc_cdk.operations.replicas import left_alone, without
from quantacirc_cdk.operations.risks import component_risks, difference, migration_risks, risks_of
from quantacirc_cdk.operations.rollout import baseline
from quantacirc_cdk.phases import phase
from quantacirc_cdk.reading import read_file


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a rollback would do, looked at and found possible."""

    current: Revision
    """The newest revision: what runs, or what was left half done."""
    target: Revision
    changes: Difference


@phase("check before the rollback")
def plan(run: Run, wanted: int | None) -> Plan:
    """Look at everything; changes nothing. Raises an ``OperationError`` with all that forbids the rollback."""
    check_programs()
    check_context(run.kubectl)
    found = Preflight()
    check_cluster(run.kubectl, found)
    history = run.helm.history()
    if not history:
        raise OperationError(f"{run.target.release} is not deployed to {run.target.context}")
    current = history[-1]
    target = choose(history, wanted, run.failed(), run.healthy())
    before, after = run.helm.manifest(current.number), run.helm.manifest(target.number)
    kept = left_alone(before, after, run.target.namespace)  # their number of pods stays as it is: see hand_over
    before = without(before, kept, run.target.namespace)
    names = (f"revision {current.number}", f"revision {target.number}")
    changes = difference(before, after, place=run.environment, names=names, own=own_rules(run.project.system))
    run.voice.show(changes)
    check_rights(run.kubectl, [*before, *after], found)
    known = run.migrations()
    done = max(known.values(), default=None)
    risks = [*risks_of(changes), *component_risks(run.expected.site, before, after), *run.pending_risks(history)]
    risks += migration_risks(known.get(target.number), done, run.target.migrated)
    run.refuse_unless_accepted(risks, found.problems)
    return Plan(current=current, target=target, changes=changes)


def undone(run: Run, wanted: int | None) -> int | None:
    """Return the revision that the undo file names; None where no deployment has left one.

    Raises a ``ModelError`` where the file cannot be read, an ``OperationError`` where it names no revision, and
    ``HalfError`` where nothing ran before.
    """
    if wanted is not None:
        raise OperationError(Problem(what=f"revision {wanted} with --undo-file", expected="one of the two"))
    file = run.options.undo_file
    if file is None or not file.exists():
        return None
    expected = "the number of a revision"
    text = read_file(file, str(file), expected=expected, limit=64).decode("utf-8", "replace").strip()
    if text == NO_REVISION:
        raise HalfError(
            f"the first revision of {run.target.release} was not completed and there is none to go back to. To look: "
            f"qcdk health {run.environment}; to try again: qcdk deploy {run.environment}"
        )
    if not text.isdecimal():
        raise OperationError(Problem(file=str(file), what=f'"{text}"', expected=expected))
    return int(text)


def choose(
    history: Sequence[Revision], wanted: int | None, failed: Collection[int] = (), healthy: Collection[int] = ()
) -> Revision:
    """Return the revision to go back to: the one that is wanted, or the last one before that ran well and was another.

    ``healthy`` are those that were marked when they became ready. Where helm alone has deployed, nothing is marked, and
    every revision that was complete and not taken back counts.
    """
    if wanted is None:
        given = {one.number: one.restores for one in history}
        present = _origin(history[-1].number, given)
        older = [one for one in history[:-1] if _origin(one.number, given) != present and one.number not in failed]
        good = [one for one in older if one.number in healthy or (not healthy and not one.failed)]
        found = newest(good, *GOOD)
        if found is None:
            unmarked = newest((one for one in older if not one.failed), *GOOD)
            advice = f" that was ready; revision {unmarked.number} was complete: name it to take it" if unmarked else ""
            raise OperationError(f"there is no earlier revision to go back to{advice}")
        return found
    match = next((one for one in history if one.number == wanted), None)
    if match is None or match.status not in GOOD or match.failed:
        how = "failed" if match and match.failed else match and match.status
        what = f"no revision {wanted}" if match is None else f"revision {wanted} is {how}: it never ran"
        numbers = ", ".join(str(one.number) for one in history if one.status in GOOD and not one.failed) or "none"
        raise OperationError(Problem(what=what, expected=f"one of {numbers}"))
    return match


def _origin(number: int, given: Mapping[int, int]) -> int:
    """Return the revision whose manifest one has, through all rollbacks of rollbacks."""
    while given.get(number, number) != number:
        number = given[number]
    return number


def rollback(run: Run, wanted: int | None) -> Outcome:
    """Roll back. After the first change, it never raises, but returns the state and the next step."""
    planned = plan(run, wanted)
    question = f"Roll {run.target.release} on {run.target.context} back to revision {planned.target.number}?"
    if run.target.approval and not run.voice.confirm(question):
        raise OperationError("not confirmed; nothing was changed")
    lock = Lock(run.kubectl, patience=min(LOCK_PATIENCE, run.options.seconds))
    with interruptible():
        try:
            with lock.held(run.options.seconds + MARGIN_SECONDS):
                return _carry_out(run, planned)
        finally:
            if lock.left:
                run.voice.say(f"warning: {lock.left}")


@phase("roll back and wait")
def _carry_out(run: Run, planned: Plan) -> Outcome:
    if run.helm.history()[-1].number != planned.current.number:
        raise OperationError("the release has changed meanwhile; nothing was changed: look again")
    since = baseline(run.kubectl, run.expected)
    number = planned.target.number
    run.voice.say(f"rolling {run.target.release} on {run.target.context} back to revision {number}")
    undo = f"qcdk rollback {run.environment} {planned.current.number}"
    if planned.current.status not in GOOD:
        undo = f"qcdk deploy {run.environment}"
    restored, deadline = False, time.monotonic() + run.options.seconds
    try:
        run.change_owners_for(number)
        done = run.helm.roll_back(number, seconds=run.options.seconds)
        run.release_numbers()
        if not done.ok:
            return _half(run, planned, f"helm: {done.said or 'it was not done in time'}")
        restored = True
        left = run.rollout(since, max(1, deadline - time.monotonic())).wait()
    except KeyboardInterrupt:
        if not restored:
            return _half(run, planned, "interrupted")
        message = (
            f"interrupted: revision {number} was restored, and nobody waited for it. To look: "
            f"qcdk health {run.environment} --timeout 10m; to undo: {undo}"
        )
        return _end(run, planned, Status.INTERRUPTED, "rolled-back", message)
    except OperationError as error:
        return _half(run, planned, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not hide what was done
        return _half(run, planned, run.unexpected(error))
    if left:
        message = (
            f"revision {number} was restored and is not ready: {'; '.join(left)}. To look: "
            f"qcdk health {run.environment}; to undo: {undo}"
        )
        return _end(run, planned, Status.HALF, "half", message)
    message = f"{run.target.release} on {run.target.context} is back at revision {number}; to undo: {undo}"
    return _end(run, planned, Status.DONE, "rolled-back", message)


def _half(run: Run, planned: Plan, what: str) -> Outcome:
    message = (
        f"the rollback was not completed: {what}. To see the release: "
        f"{run.helm_command('history', run.target.release)}; to go on once the cluster answers: "
        f"qcdk rollback {run.environment} {planned.target.number}"
    )
    with shielded():
        run.mark_abandoned()
        return _end(run, planned, Status.HALF, "half", message)


def _end(run: Run, planned: Plan, status: Status, outcome: str, message: str) -> Outcome:
    with shielded():
        after, run.commit = None, None
        if status is Status.DONE:
            run.mark_healthy(run.running())
            if run.options.undo_file is not None:
                run.mark_failed(planned.target.number)
            run.forget()
        if outcome == "rolled-back":
            after, run.commit = run.running(), _commit_of(run, planned.target.number)
        entry = run.write_record(
            outcome,
            revision=after.number if after else None,
            before=planned.current.number,
            version=planned.target.version,
            changes=planned.changes,
            message=message,
        )
    return Outcome(status=status, messages=(message,), entry=entry)


def _commit_of(run: Run, revision: int) -> str | None:
    """Return the commit that a revision was deployed from, by the log."""
    try:
        given = {one.number: one.restores for one in run.helm.history()}
        entries = record.log(run.kubectl)
    except OperationError:
        return None
    wanted = (revision, _origin(revision, given))
    found = (one["commit"] for one in reversed(entries) if one["outcome"] in record.RUNS and one["revision"] in wanted)
    return next(found, None)
