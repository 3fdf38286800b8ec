"""Common parts of deployment and rollback: options, access to project and cluster, the record, the result."""

import contextlib
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from quantacirc_cdk.diff import Report as Difference
from quantacirc_cdk.errors import Problem, debugging
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.chart_release import ChartRelease, chart_releases
from quantacirc_cdk.operations import record
from quantacirc_cdk.operations.argo_rollouts import bring_back
from quantacirc_cdk.operations.expectations import Expectations, expectations
from quantacirc_cdk.operations.helm import (
    FAILED_LABEL,
    HEALTHY_LABEL,
    MIGRATION_LABEL,
    Helm,
    Revision,
    newest,
    runs_now,
)
from quantacirc_cdk.operations.kubectl import REQUEST_SECONDS, Kubectl, OperationError
from quantacirc_cdk.operations.lock import whoami
from quantacirc_cdk.operations.replicas import Name, hand_over, release, take_back
from quantacirc_cdk.operations.report import Workload
from quantacirc_cdk.operations.revision_record import rewrite
from quantacirc_cdk.operations.rights import PLATFORM, left_out
from quantacirc_cdk.operations.risks import PENDING_RELEASE, RISKS, Risk, refused
from quantacirc_cdk.operations.rollout import PATIENCE_SECONDS, POLL_SECONDS, Baseline, Rollout
from quantacirc_cdk.operations.settings import Target

Json = dict[str, Any]

YOUNG_SECONDS = 120
"""Age below which another helm, which does not use our lock, may still be processing a pending revision."""
NOTHING = "nothing"
"""Name of the left side when a first deployment is compared."""
NO_REVISION = "none"
"""Content of an undo file if no revision existed before."""
MARGIN_SECONDS = 300
"""Time for which a lock is valid after the timeouts."""


class Status(IntEnum):
    """Exit statuses, those of ``scripts/*.sh``."""

    DONE = 0
    TAKEN_BACK = 1
    """Not ready in time; the previous revision was restored."""
    REFUSED = 2
    """Nothing was changed."""
    HALF = 3
    """Between two revisions, or not ready: the message describes the state and the next step."""
    INTERRUPTED = 130
    """Interrupted by the user; the previous revision was restored."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Result of a run."""

    status: Status
    messages: tuple[str, ...]
    entry: record.Entry | None = None
    """Entry in the log."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Output of a run, and questions to the user."""

    say: Callable[[str], None] = lambda _: None
    """Print a step or a warning."""
    progress: Callable[[list[Workload]], None] = lambda _: None
    """Show the progress of the workloads."""
    show: Callable[[Difference], None] = lambda _: None
    """Show the changes."""
    confirm: Callable[[str], bool] = lambda _: True
    """Ask the user whether to continue."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options that the user sets."""

    seconds: int = 600
    """Maximum time until the workloads are ready."""
    accepted: Sequence[str] = ()
    """Accepted risks."""
    request_seconds: int = REQUEST_SECONDS
    """Maximum time for one response of the API."""
    patience_seconds: float = PATIENCE_SECONDS
    """Maximum time that a pod may fail to start."""
    poll_seconds: float = POLL_SECONDS
    """Time between two checks."""
    emergency: str = ""
    """Reason for a change outside of the change windows."""
    undo_file: Path | None = None
    """File with the revision to restore, from before the first change until it is no longer needed."""
    platform: bool = True
    """Whether to deploy what only an administrator may change: ``rights.PLATFORM``, and charts of the whole cluster."""


@dataclass
class Run:
    """One run on one environment."""

    project: Project
    environment: str
    options: Options
    voice: Voice
    command: str
    started: str = field(default_factory=lambda: now())
    taken: set[Name] = field(default_factory=set)
    """Workloads whose autoscaler does not set the number of pods during this run."""

    def __post_init__(self) -> None:
        self.settings = self.project.select([self.environment])[self.environment]
        self.target = Target.of(self.project.system, self.settings)
        self.options = replace(self.options, seconds=self.options.seconds + self.target.pause_seconds)
        self.root: Path = self.project.root
        self.kubectl = Kubectl(self.target, self.options.request_seconds)
        off = () if self.options.platform else left_out(self.root / self.target.chart)
        self.helm = Helm(self.target, self.root, self.options.request_seconds, off)
        self.expected: Expectations = expectations(self.project.system, self.settings)
        self.commit = record.commit_of(self.root, self.target.chart)
        unknown = [name for name in self.options.accepted if name not in RISKS]
        if unknown:
            raise OperationError(
                Problem(what=f'--accept: no risk "{name}"', expected=f"one of {', '.join(RISKS)}") for name in unknown
            )

    def charts(self, *, before: bool) -> list[ChartRelease]:
        """Return the third-party charts that precede or follow the system, in order of installation; without
        ``options.platform``, only those that stay in their namespace.
        """
        found = (chart for chart in chart_releases(self.expected.site) if (chart.wave < 0) == before)
        return [chart for chart in found if self.options.platform or not chart.cluster_wide]

    def remember(self, before: Revision | None) -> None:
        """Write the revision to restore to the undo file, for the case that this process is killed."""
        if self.options.undo_file is not None:
            text = f"{before.number if before else NO_REVISION}\n"
            self.options.undo_file.write_text(text, encoding="utf-8")

    def forget(self) -> None:
        """Remove the undo file: nothing has to be restored."""
        if self.options.undo_file is not None:
            self.options.undo_file.unlink(missing_ok=True)

    def refuse_unless_accepted(self, risks: Iterable[Risk], problems: Iterable[str] = ()) -> None:
        """Raise an error with every problem, and every risk that was not accepted."""
        found = [*problems, *refused(risks, self.options.accepted)]
        if found:
            raise OperationError(Problem(what=one) for one in found)

    def migrations(self) -> dict[int, int]:
        """Return the last database migration of each revision."""
        found = self.kubectl.labels_of_revisions(MIGRATION_LABEL)
        return {number: int(text) for number, text in found.items() if text.isdigit()}

    def failed(self) -> set[int]:
        """Return the revisions that did not become ready and were rolled back."""
        return set(self.kubectl.labels_of_revisions(FAILED_LABEL))

    def healthy(self) -> set[int]:
        """Return the revisions that became ready after their deployment."""
        found = self.kubectl.labels_of_revisions(HEALTHY_LABEL)
        return {number for number, text in found.items() if text == str(number)}

    def mark_healthy(self, revision: Revision | None) -> None:
        """Mark a revision as ready: a rollback without a revision selects only such revisions."""
        if revision is not None:
            self._mark(revision, HEALTHY_LABEL, str(revision.number))

    def mark_failed(self, after: int) -> None:
        """Mark the revisions between ``after`` and the newest as rolled back, so that no rollback selects them."""
        with contextlib.suppress(OperationError):
            for one in self.helm.history()[:-1]:
                if one.number > after:
                    self._mark(one)

    def mark_abandoned(self) -> None:
        """Mark the newest revision as abandoned if helm was stopped before it finished."""
        with contextlib.suppress(OperationError):
            history = self.helm.history()
            if history and history[-1].pending:
                self._mark(history[-1])

    def _mark(self, revision: Revision, label: str = FAILED_LABEL, value: str = "true") -> None:
        secret = f"sh.helm.release.v1.{self.target.release}.v{revision.number}"
        self.kubectl.call("label", "secret", secret, f"{label}={value}", "--overwrite")

    def pending_risks(self, history: Sequence[Revision]) -> list[Risk]:
        """Return the risk that another helm, which does not use the lock, is running."""
        last = history[-1] if history else None
        if last is None or not last.pending or self.kubectl.get("lease", f"{self.target.release}-deployment"):
            return []  # The holder of the lock created it; the lock shows whether the holder still runs.
        age = (datetime.now(UTC) - last.updated).total_seconds()
        if age > YOUNG_SECONDS or last.number in self.failed():
            return []
        what = f"revision {last.number} is {last.status} since {age:.0f} s: helm may be at work; wait"
        return [Risk(name=PENDING_RELEASE, what=what)]

    def repair(self, history: Sequence[Revision]) -> None:
        """Repair a release whose deployment was killed: helm refuses to change a pending release."""
        last = history[-1] if history else None
        if last is None or not last.pending:
            return
        good = runs_now(history, self.healthy())
        if good is not None:
            self.voice.say(f"revision {last.number} was never finished: rolling back to {good.number} first")
            done = self.helm.roll_back(good.number, seconds=self.options.seconds)
        else:
            self.voice.say(f"revision {last.number}, the first, was never finished: it is installed again")
            secrets = [f"sh.helm.release.v1.{self.target.release}.v{one.number}" for one in history]
            done = self.kubectl.call("delete", "secret", "--ignore-not-found", *secrets)
        if not done.ok:
            raise HalfError(
                f"the unfinished revision {last.number} could not be repaired: {done.said}. To see it: "
                + self.helm_command("history", self.target.release)
            )

    def disown_platform(self) -> None:
        """Keep the platform's objects, which helm would delete because the release no longer contains them."""
        if not self.options.platform:
            for number in self._compared():
                rewrite(self.kubectl, number, lambda item: None if item["kind"] in PLATFORM else item)

    def _compared(self) -> set[int]:
        """Return the newest and the deployed revision: helm compares the next revision with one of them."""
        history = self.helm.history()
        return {one.number for one in (*history[-1:], newest(history, "deployed")) if one}

    def change_owners(self, objects: Sequence[Json]) -> None:
        """Hand the number of pods over to an autoscaler, or back to the workload, where these objects require it.

        Start the pods of each Deployment whose Rollout these objects no longer have.
        """
        for number in self._compared():
            before = self.helm.manifest(number)
            for kind, _, name in sorted(hand_over(self.kubectl, number, before, objects)):
                self.voice.say(f"{kind} {name} keeps its number of pods: its autoscaler takes over")
            self.taken |= take_back(self.kubectl, before, objects)
            for name in bring_back(self.kubectl, before, objects, self.options.seconds):
                self.voice.say(f"Deployment {name} runs its pods itself again, beside those of its Rollout")

    def change_owners_for(self, revision: int) -> None:
        """Do the same for a restored revision; an error is only a warning."""
        try:
            self.change_owners(self.helm.manifest(revision))
        except OperationError as error:
            self.voice.say(f"warning: an autoscaler may begin with one pod: {error}")

    def release_numbers(self) -> None:
        """Let helm set the number of pods of workloads that no longer have an autoscaler."""
        with contextlib.suppress(OperationError):
            release(self.kubectl, self.taken)
            self.taken = set()

    def helm_command(self, *arguments: str) -> str:
        """Return a helm command that the user can run."""
        target = self.target
        return " ".join(["helm", "--kube-context", target.context, "--namespace", target.namespace, *arguments])

    def write_record(
        self, outcome: str, *, revision: int | None, before: int | None, version: str, changes: Difference, message: str
    ) -> record.Entry:
        """Add the run to the log in the cluster; if that fails, print a warning."""
        entry = record.Entry(
            command=self.command,
            environment=self.environment,
            context=self.target.context,
            outcome=outcome,
            revision=revision,
            before=before,
            version=version,
            commit=self.commit,
            by=whoami(),
            started=self.started,
            finished=now(),
            impact=changes.impact.value,
            changed=len(changes.objects),
            message=message,
        )
        try:
            record.write(self.kubectl, entry)
        except OperationError as error:
            self.voice.say(f"warning: this is not in the log: {error}")
        return entry

    def rollout(self, since: Baseline, seconds: float) -> Rollout:
        """Return a wait for the release with the timeouts of the options."""
        return Rollout(
            kubectl=self.kubectl,
            expected=self.expected,
            seconds=seconds,
            listener=self.voice.progress,
            baseline=since,
            poll_seconds=self.options.poll_seconds,
            patience_seconds=self.options.patience_seconds,
        )

    def unexpected(self, error: Exception) -> str:
        """Return the message of an unexpected error; with ``--debug``, print its traceback first."""
        if debugging():
            for line in "".join(traceback.format_exception(error)).splitlines():
                self.voice.say(line)
        return f"internal error: {type(error).__name__}: {error}; please report it with what --debug prints"

    def running(self) -> Revision | None:
        """Return the deployed revision; None if it is unknown."""
        try:
            return newest(self.helm.history(), "deployed")
        except OperationError:
            return None


class HalfError(OperationError):
    """The release is between two revisions."""

    exit_status = Status.HALF


def now() -> str:
    """Return the time in the format of the log."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
