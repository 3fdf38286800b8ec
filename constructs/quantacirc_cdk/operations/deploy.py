"""Deploy an environment: check everything, upgrade, wait, and roll back if it does not become ready."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.diff import Report as Difference
from quantacirc_cdk.diff.own_rules import own_rules
from quantacirc_cdk.operations.helm import Revision, runs_now
from quantacirc_cdk.operations.interrupts import interruptible, shielded
from quantacirc_cdk.operations.kubectl import OperationError
from quantacirc_cdk.operations.lock import LOCK_PATIENCE, Lock, whoami
from quantacirc_cdk.operations.preflight import (
    Preflight,
    check_chart,
    check_cluster,
    check_context,
    check_images,
    check_kinds,
    check_limits,
    check_programs,
    check_quota,
    check_rights,
    check_with_server,
    rendered,
)
from quantacirc_cdk.operations.record import later_commit
from quantacirc_cdk.operations.release import MARGIN_SECONDS, NOTHING, Outcome, Run, Status
from quantacirc_cdk.operations.replicas import left_alone, without
from quantacirc_cdk.operations.rights import PLATFORM
from quantacirc_cdk.operations.risks import (
    ARGOCD,
    OLDER_COMMIT,
    REJECTED,
    Risk,
    component_risks,
    difference,
    migration_risks,
    risks_of,
)
from quantacirc_cdk.operations.rollout import Baseline, baseline
from quantacirc_cdk.operations.signatures import chart_problems, signature_problems
from quantacirc_cdk.operations.windows import closed
from quantacirc_cdk.phases import phase

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A checked deployment."""

    objects: Sequence[Json]
    history: Sequence[Revision]
    changes: Difference
    found: Preflight


@phase("check before the deployment")
def plan(run: Run) -> Plan:
    """Check everything, and change nothing. Raises an ``OperationError`` with every reason against the deployment."""
    found = Preflight()
    check_programs()
    check_chart(run.helm)
    check_context(run.kubectl)
    check_window(run)
    check_cluster(run.kubectl, found)
    history = run.helm.history()
    objects = rendered(run.helm, found)
    last = runs_now(history, run.healthy())
    old = run.helm.manifest(last.number) if last else []
    if not run.options.platform:  # Removed from the record of helm: see disown_platform.
        old = [item for item in old if item["kind"] not in PLATFORM]
    kept = left_alone(old, objects, run.target.namespace)  # Their number of pods does not change: see hand_over.
    old = without(old, kept, run.target.namespace)
    names = (f"revision {last.number}" if last else NOTHING, "the chart")
    changes = difference(old, objects, place=run.environment, names=names, own=own_rules(run.project.system))
    run.voice.show(changes)
    check_kinds(run.kubectl, objects, found, first=run.charts(before=True))
    check_rights(run.kubectl, objects, found)
    check_quota(run.kubectl, objects, found)
    check_limits(run.kubectl, objects, found)
    if not found.problems:
        check_with_server(run.kubectl, objects, found)
    check_images(objects, found)
    found.problems += chart_problems(run.settings, run.helm.root, run.target.chart)
    found.problems += signature_problems(run.settings, objects)
    if (run.commit or "").endswith("-dirty"):
        found.notes.append(f"{run.target.chart} has changes that are in no commit")
    for note in found.notes:
        run.voice.say(f"note: {note}")
    risks = [*risks_of(changes), *component_risks(run.expected.site, old, objects), *run.pending_risks(history)]
    done = max(run.migrations().values(), default=None)
    risks += migration_risks(run.target.migration, done, run.target.migrated)
    risks += [Risk(name=REJECTED, what=one) for one in found.rejected]
    if (later := later_commit(run.root, run.kubectl, run.commit)) is not None:
        what = f"{run.environment} runs the later commit {later[:12]}: an approval of {run.commit} came too late"
        risks.append(Risk(name=OLDER_COMMIT, what=what))
    if run.settings.delivery == "argocd":
        risks.append(Risk(name=ARGOCD, what=f"Argo CD deploys {run.environment}: commit and push instead"))
    run.refuse_unless_accepted(risks, found.problems)
    return Plan(objects=objects, history=history, changes=changes, found=found)


def check_window(run: Run) -> None:
    """Raise an ``OperationError`` if no change window is open and no reason for an emergency is given."""
    problem = closed(run.target.windows, run.environment)
    if problem is None:
        return
    if not run.options.emergency:
        raise OperationError(problem)
    run.voice.say(f"warning: no change window is open; the record says: emergency: {run.options.emergency}")


def deploy(run: Run) -> Outcome:
    """Deploy. After the first change it raises nothing: the result describes the state and the next step."""
    planned = plan(run)
    question = f"Deploy {run.target.release} {run.settings.release.version} to {run.target.context}?"
    if run.target.approval and not run.voice.confirm(question):
        raise OperationError("not confirmed; nothing was changed")
    lock = Lock(run.kubectl, patience=min(LOCK_PATIENCE, run.options.seconds))
    with interruptible():
        try:
            charts = len(run.charts(before=True)) + len(run.charts(before=False))
            with lock.held((2 + charts) * run.options.seconds + MARGIN_SECONDS):
                return _Deployment(run, planned).carry_out()
        finally:
            if lock.left:
                run.voice.say(f"warning: {lock.left}")


class _Deployment:
    """The changing part of a deployment, while the lock is held."""

    def __init__(self, run: Run, planned: Plan) -> None:
        self.run = run
        self.planned = planned
        self.before: Revision | None = None
        self.since = Baseline()

    def carry_out(self) -> Outcome:
        run, changing = self.run, False
        try:
            history = run.helm.history()  # Read again, because the lock now excludes other changes.
            run.repair(history)
            self.before = runs_now(history, run.healthy())
            self.since = baseline(run.kubectl, run.expected)
            run.remember(self.before)
            self._charts(before=True)
            run.disown_platform()
            run.change_owners(self.planned.objects)
            changing = True
            reasons = self._change()
        except KeyboardInterrupt:
            if not changing:
                raise
            return self._take_back(["interrupted"], interrupted=True)
        except OperationError as error:
            if not changing:
                raise
            return self._take_back([str(problem) for problem in error.problems])
        except Exception as error:  # An internal error must not leave the release between two revisions.
            if not changing:
                raise
            return self._take_back([run.unexpected(error)])
        if reasons:
            return self._take_back(reasons)
        with shielded():
            after = run.running()
            number = after.number if after else None
            run.mark_healthy(after)
            message = f"{run.target.release} is deployed to {run.target.context}: revision {number}"
            return self._end(Status.DONE, "deployed", number, message)

    @phase("upgrade and wait")
    def _change(self) -> list[str]:
        """Upgrade and wait; return the problems of components that are not ready."""
        run = self.run
        run.voice.say(f"deploying {run.target.release} to {run.target.context}")
        deadline = time.monotonic() + run.options.seconds
        description = f"{run.settings.release.version} from {run.commit or 'no commit'} by {whoami()}"
        done = run.helm.upgrade(seconds=run.options.seconds, description=description)
        run.release_numbers()
        if done.status is None:
            return [f"helm was not done after {run.options.seconds} s"]
        if not done.ok:
            return [f"helm: {done.said}"]
        left = self._wait(max(1, deadline - time.monotonic()))
        if not left:
            self._charts(before=False)
        return left

    def _charts(self, *, before: bool) -> None:
        """Install the third-party charts that precede or follow the system; raise an error if one fails."""
        run = self.run
        for chart in run.charts(before=before):
            # If the cluster lacks kinds of an unchanged chart, its definitions were deleted: install it again.
            if not self.planned.found.coming and run.helm.has(chart):
                run.voice.say(f"{chart.name} {chart.version} is unchanged")
                continue
            run.voice.say(f"installing {chart.name} {chart.version} in {chart.namespace}")
            done = run.helm.define(chart, seconds=run.options.seconds)
            if done.ok:
                done = run.helm.install(chart, seconds=run.options.seconds)
            if not done.ok:
                why = done.said or f"helm was not done after {run.options.seconds} s"
                raise OperationError(f"chart {chart.name}: {why}")

    def _wait(self, seconds: float) -> list[str]:
        return self.run.rollout(self.since, seconds).wait()

    @phase("roll back")
    def _take_back(self, reasons: list[str], *, interrupted: bool = False) -> Outcome:
        """Restore the previous revision; a second interrupt stops this."""
        run, why = self.run, "; ".join(reasons)
        try:
            for reason in reasons:
                run.voice.say(f"error: {reason}")
            if self.before is None:
                return self._nothing_before(why)
            number = self.before.number
            run.voice.say(f"rolling back to revision {number}; Ctrl-C leaves the release as it is")
            run.change_owners_for(number)
            done = run.helm.roll_back(number, seconds=run.options.seconds)
            run.release_numbers()
            if not done.ok:
                return self._half(done.said or "helm was not done in time", why)
            run.mark_failed(number)
            self.since = Baseline()
            left = self._wait(run.options.seconds)
        except KeyboardInterrupt:
            return self._half("interrupted again", why)
        except OperationError as error:
            return self._half(str(error), why)
        except Exception as error:  # noqa: BLE001 - as above
            return self._half(run.unexpected(error), why)
        with shielded():
            if left:
                message = (
                    f"revision {number} was restored and is not ready: {'; '.join(left)}. To look: "
                    f"qcdk health {run.environment}; to try again: qcdk rollback {run.environment} {number}"
                )
                return self._end(Status.HALF, "half", None, message, why)
            after = run.running()
            run.mark_healthy(after)
            run.forget()
            message = f"{run.target.release} was taken back: what revision {number} deployed runs again, and is ready"
            status = Status.INTERRUPTED if interrupted else Status.TAKEN_BACK
            return self._end(status, "taken-back", after.number if after else None, message, why)

    def _nothing_before(self, why: str) -> Outcome:
        run = self.run
        message = (
            f"the first revision of {run.target.release} did not become ready and there is none to go back to; "
            f"it was left for you to look at: qcdk health {run.environment}; to try again: "
            f"qcdk deploy {run.environment}; to remove it: {run.helm_command('uninstall', run.target.release)}"
        )
        with shielded():
            return self._end(Status.HALF, "half", None, message, why)

    def _half(self, what: str, why: str) -> Outcome:
        run = self.run
        number = self.before.number if self.before else ""
        message = (
            f"the release is neither new nor old: {what}. To see it: "
            f"{run.helm_command('history', run.target.release)}; to go on once the cluster answers: "
            f"qcdk rollback {run.environment} {number}, or qcdk deploy {run.environment}, which repairs it first"
        )
        with shielded():
            run.mark_abandoned()
            return self._end(Status.HALF, "half", None, message, why)

    def _end(self, status: Status, outcome: str, revision: int | None, message: str, why: str = "") -> Outcome:
        emergency = f"emergency: {self.run.options.emergency}; " if self.run.options.emergency else ""
        entry = self.run.write_record(
            outcome,
            revision=revision,
            before=self.before.number if self.before else None,
            version=self.run.settings.release.version,
            changes=self.planned.changes,
            message=emergency + (why or message),
        )
        return Outcome(status=status, messages=(message,), entry=entry)
