"""The release of an environment, through helm, always in the context and the namespace of the environment."""

import re
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from quantacirc_cdk.model.chart_release import ChartRelease
from quantacirc_cdk.operations.kubectl import (
    REQUEST_SECONDS,
    LoggedOutError,
    MissingError,
    OperationError,
    UnreachableError,
    failure,
)
from quantacirc_cdk.operations.process import Done, run
from quantacirc_cdk.operations.replies import ReplyError, checked, parse_time, parsed
from quantacirc_cdk.operations.replies import Revision as RevisionReply
from quantacirc_cdk.operations.settings import Target, chart_values

Json = dict[str, Any]

PENDING = ("pending-install", "pending-upgrade", "pending-rollback")
GOOD = ("deployed", "superseded")
"""States of a revision that was once complete."""
ANSWERS = 4
"""Answers of the API that helm waits for at most where it only reads."""
MIGRATION_LABEL = "database-migration"
"""Label of a revision: the last migration of the database's tables that its software knows."""
HEALTHY_LABEL = "deployment-healthy"
"""Label of a revision that became ready: its own number, because helm hands labels down to the revisions that follow;
``scripts/*.sh`` set it, too."""
FAILED_LABEL = "deployment-failed"
"""Label of a revision that did not become ready and was taken back; ``scripts/*.sh`` set it, too."""
ROLLBACK_SECONDS = 120
"""Time that helm has for one try to take back a revision, which the API may have stopped answering."""
KEPT = 10
"""Revisions that are kept."""
DESCRIPTION_LENGTH = 256
RETRY_SECONDS = 2
"""Time between two tries of a change that the API did not answer."""
_FAILED = re.compile(r"(Upgrade|Release|Install|Rollback) .*failed: ")


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision of a release."""

    number: int
    status: str
    updated: datetime
    description: str
    version: str
    """Version of what it deployed."""

    @property
    def restores(self) -> int:
        """The revision whose manifest this one has: another one's after a rollback."""
        match = re.search(r"Rollback to ([0-9]+)$", self.description)
        return int(match[1]) if match else self.number

    @property
    def failed(self) -> bool:
        """Whether helm could not complete it; the description still says so when later ones have superseded it."""
        return self.status == "failed" or bool(_FAILED.match(self.description))

    @property
    def pending(self) -> bool:
        """Whether whoever made it never finished, or is still at it."""
        return self.status in PENDING


@dataclass(frozen=True)
class Helm:
    """helm for one environment."""

    target: Target
    root: Path
    """Folder of the project, which the chart's place is relative to."""
    request_seconds: int = REQUEST_SECONDS
    off: Sequence[str] = ()
    """Values of the chart that are set to false."""

    def call(self, *arguments: str, seconds: float | None = None, to_the_end: bool = False) -> Done:
        """Run helm in the environment's context and namespace."""
        seconds = seconds or ANSWERS * self.request_seconds
        command = ["helm", "--kube-context", self.target.context, "--namespace", self.target.namespace, *arguments]
        return run(command, seconds=seconds, to_the_end=to_the_end)

    def history(self) -> list[Revision]:
        """Return the revisions that helm keeps, the oldest first; none where there is no release."""
        done = self.call("history", self.target.release, "--max", "256", "--output", "json")
        if not done.ok:
            error = failure(done, self.target)
            if isinstance(error, MissingError):
                return []
            raise error
        return [
            Revision(
                number=int(one["revision"]),
                status=str(one["status"]),
                updated=parse_time(one["updated"]),
                description=str(one.get("description", "")),
                version=str(one.get("app_version", "")),
            )
            for one in self._revisions(done.out)
        ]

    def _revisions(self, text: str) -> list[Json]:
        try:
            found: list[Json] = checked(parsed(text), list[RevisionReply])
        except ReplyError as error:
            raise OperationError(f"what helm history printed makes no sense: {error}") from None
        return found

    def manifest(self, revision: int) -> list[Json]:
        """Return the objects of a revision."""
        done = self.call("get", "manifest", self.target.release, "--revision", str(revision))
        if not done.ok:
            raise failure(done, self.target)
        return documents(done.out)

    def render(self, kubernetes_version: str) -> str:
        """Return the manifest that the chart gives in this environment, for a version of Kubernetes."""
        command = ("template", self.target.release, *self._chart(), "--no-hooks", "--kube-version", kubernetes_version)
        done = self.call(*command)
        if not done.ok:
            raise OperationError(f"helm cannot render {self.target.chart}: {_first(done)}")
        return done.out

    def upgrade(self, *, seconds: float, description: str) -> Done:
        """Install or upgrade the release; waits for no pod."""
        options = ["--timeout", f"{seconds:.0f}s", "--history-max", str(KEPT)]
        options += ["--description", description[:DESCRIPTION_LENGTH]]
        if self.target.migration:
            options += ["--labels", f"{MIGRATION_LABEL}={self.target.migration}"]
        command = ("upgrade", "--install", self.target.release, *self._chart(), *options)
        return self.call(*command, seconds=seconds, to_the_end=True)

    def install(self, chart: ChartRelease, *, seconds: float) -> Done:
        """Install or upgrade somebody else's chart beside the system, by its digest, and wait until it is ready."""
        command = ["helm", "--kube-context", self.target.context, "--namespace", chart.namespace]
        command += ["upgrade", "--install", chart.name, f"{chart.chart}@{chart.digest}", "--create-namespace", "--wait"]
        values = self.root / chart_values(self.target.chart, self.target.environment, chart.name)
        command += ["--values", str(values), "--timeout", f"{seconds:.0f}s", "--history-max", str(KEPT)]
        return run(command, seconds=seconds, to_the_end=True)

    def rollback(self, revision: int, *, seconds: float) -> Done:
        """Go back to a revision; waits for no pod."""
        command = ("rollback", self.target.release, str(revision), "--timeout", f"{seconds:.0f}s")
        return self.call(*command, "--history-max", str(KEPT), seconds=seconds, to_the_end=True)

    def roll_back(self, revision: int, *, seconds: float) -> Done:
        """Go back to a revision, and try again for as long while the API does not answer or helm is not done."""
        deadline = time.monotonic() + seconds
        while True:
            done = self.rollback(revision, seconds=max(1, min(ROLLBACK_SECONDS, deadline - time.monotonic())))
            if done.ok or isinstance(failure(done, self.target), LoggedOutError):
                return done
            silent = done.status is None or isinstance(failure(done, self.target), UnreachableError)
            if not silent or time.monotonic() + RETRY_SECONDS >= deadline:
                return done
            time.sleep(RETRY_SECONDS)

    def _chart(self) -> tuple[str, ...]:
        settings = [word for value in self.off for word in ("--set", f"{value}=false")]
        return str(self.root / self.target.chart), "--values", str(self.root / self.target.values), *settings


def documents(text: str) -> list[Json]:
    """Return the objects in a manifest."""
    import yaml

    from quantacirc_cdk import manifests

    try:
        found = [item for item in manifests.documents(text) if item]
    except yaml.YAMLError as error:
        raise OperationError(f"a manifest of helm is not YAML: {str(error).splitlines()[0]}") from None
    fault = next((fault for item in found if (fault := manifests.fault_of(item))), "")
    if fault:
        raise OperationError(f"in a manifest of helm: {fault}")
    return found


def newest(revisions: Iterable[Revision], *statuses: str) -> Revision | None:
    """Return the newest revision with one of these states."""
    return max((one for one in revisions if one.status in statuses), key=lambda one: one.number, default=None)


def runs_now(history: Sequence[Revision], healthy: Collection[int]) -> Revision | None:
    """Return what a failed deployment goes back to: what is deployed, else the newest that was healthy or complete."""
    good = [one for one in history if not one.failed]
    return (
        newest(good, "deployed") or newest((one for one in good if one.number in healthy), *GOOD) or newest(good, *GOOD)
    )


def _first(done: Done) -> str:
    """Return helm's error without the advice that follows it."""
    lines = [line.strip() for line in done.error.splitlines() if line.strip()]
    return lines[0].removeprefix("Error: ") if lines else "no reason given"
