"""Run helm for an environment, always in its context and namespace."""

import hashlib
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
from quantacirc_cdk.operations.registry import LOOPBACK
from quantacirc_cdk.operations.replies import ReplyError, checked, parse_time, parsed
from quantacirc_cdk.operations.replies import Revision as RevisionReply
from quantacirc_cdk.operations.settings import Target, chart_values

Json = dict[str, Any]

PENDING = ("pending-install", "pending-upgrade", "pending-rollback")
GOOD = ("deployed", "superseded")
"""States of a revision that was complete at some time."""
ANSWERS = 4
"""Maximum number of API responses that a read-only helm command waits for."""
MIGRATION_LABEL = "database-migration"
"""Label of a revision: the last database migration of its software."""
HEALTHY_LABEL = "deployment-healthy"
"""Label of a revision that became ready, with its own number, because helm copies labels to later revisions.
``scripts/*.sh`` also set it.
"""
FAILED_LABEL = "deployment-failed"
"""Label of a revision that did not become ready and was rolled back. ``scripts/*.sh`` also set it."""
ROLLBACK_SECONDS = 120
"""Timeout in seconds of one rollback attempt, in case the API stops responding."""
KEPT = 10
"""Number of revisions to keep."""
DESCRIPTION_LENGTH = 256
RETRY_SECONDS = 2
"""Seconds between two attempts of a change without response."""
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
        """The revision whose manifest this one has: another one after a rollback."""
        match = re.search(r"Rollback to ([0-9]+)$", self.description)
        return int(match[1]) if match else self.number

    @property
    def failed(self) -> bool:
        """Whether helm failed to complete it; the description keeps this after later revisions."""
        return self.status == "failed" or bool(_FAILED.match(self.description))

    @property
    def pending(self) -> bool:
        """Whether its deployment was not completed, or is still running."""
        return self.status in PENDING


@dataclass(frozen=True)
class Helm:
    """helm for one environment."""

    target: Target
    root: Path
    """Folder of the project, to which the chart's path is relative."""
    request_seconds: int = REQUEST_SECONDS
    off: Sequence[str] = ()
    """Chart values to set to false."""

    def call(self, *arguments: str, seconds: float | None = None, to_the_end: bool = False) -> Done:
        """Run helm in the environment's context and namespace."""
        seconds = seconds or ANSWERS * self.request_seconds
        command = ["helm", "--kube-context", self.target.context, "--namespace", self.target.namespace, *arguments]
        return run(command, seconds=seconds, to_the_end=to_the_end)

    def history(self) -> list[Revision]:
        """Return the revisions that helm keeps, oldest first; empty without a release."""
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
            raise OperationError(f"the output of helm history is invalid: {error}") from None
        return found

    def manifest(self, revision: int) -> list[Json]:
        """Return the objects of a revision."""
        done = self.call("get", "manifest", self.target.release, "--revision", str(revision))
        if not done.ok:
            raise failure(done, self.target)
        return documents(done.out)

    def render(self, kubernetes_version: str) -> str:
        """Return the rendered manifest of the chart in this environment, for a version of Kubernetes."""
        command = ("template", self.target.release, *self._chart(), "--no-hooks", "--kube-version", kubernetes_version)
        done = self.call(*command)
        if not done.ok:
            raise OperationError(f"helm cannot render {self.target.chart}: {_first(done)}")
        return done.out

    def upgrade(self, *, seconds: float, description: str) -> Done:
        """Install or upgrade the release, without waiting for pods."""
        options = ["--timeout", f"{seconds:.0f}s", "--history-max", str(KEPT)]
        options += ["--description", description[:DESCRIPTION_LENGTH]]
        if self.target.migration:
            options += ["--labels", f"{MIGRATION_LABEL}={self.target.migration}"]
        command = ("upgrade", "--install", self.target.release, *self._chart(), *options)
        return self.call(*command, seconds=seconds, to_the_end=True)

    def has(self, chart: ChartRelease) -> bool:
        """Return whether the newest revision of a third-party chart is complete, with this digest and these values."""
        command = ["helm", "--kube-context", self.target.context, "--namespace", chart.namespace]
        done = run(
            [*command, "history", chart.name, "--max", "1", "--output", "json"], seconds=ANSWERS * self.request_seconds
        )
        found = self._revisions(done.out) if done.ok else []
        wanted = ("deployed", self._mark(chart))
        return any((one["status"], one.get("description")) == wanted for one in found)

    def _values(self, chart: ChartRelease) -> Path:
        return self.root / chart_values(self.target.chart, self.target.environment, chart.name)

    def _mark(self, chart: ChartRelease) -> str:
        """Return the description of a revision of a third-party chart, as ``scripts/lib.sh`` writes it."""
        return f"{chart.digest} with values {hashlib.sha256(self._values(chart).read_bytes()).hexdigest()}"

    def define(self, chart: ChartRelease, *, seconds: float) -> Done:
        """Apply the CustomResourceDefinitions in the folder ``crds`` of a third-party chart, until the API serves them.

        helm installs them once and never upgrades them
        (https://helm.sh/docs/chart_best_practices/custom_resource_definitions/).
        """
        shown = run(["helm", "show", "crds", *_pinned(chart)], seconds=seconds)
        if not shown.ok or not shown.out.strip():
            return shown
        kubectl = ["kubectl", "--context", self.target.context]
        apply = [*kubectl, "apply", "--server-side", "--force-conflicts", "--filename", "-"]
        done = run(apply, input=shown.out, seconds=seconds, to_the_end=True)
        if not done.ok:
            return done
        wait = [*kubectl, "wait", "--for=condition=Established", f"--timeout={seconds:.0f}s", "--filename", "-"]
        return run(wait, input=shown.out, seconds=seconds)

    def install(self, chart: ChartRelease, *, seconds: float) -> Done:
        """Install or upgrade a third-party chart by its digest, and wait until it is ready."""
        command = ["helm", "--kube-context", self.target.context, "--namespace", chart.namespace]
        command += ["upgrade", "--install", chart.name, *_pinned(chart), "--create-namespace", "--wait"]
        command += ["--values", str(self._values(chart)), "--description", self._mark(chart)]
        command += ["--timeout", f"{seconds:.0f}s", "--history-max", str(KEPT)]
        return run(command, seconds=seconds, to_the_end=True)

    def rollback(self, revision: int, *, seconds: float) -> Done:
        """Roll back to a revision, without waiting for pods."""
        command = ("rollback", self.target.release, str(revision), "--timeout", f"{seconds:.0f}s")
        return self.call(*command, "--history-max", str(KEPT), seconds=seconds, to_the_end=True)

    def roll_back(self, revision: int, *, seconds: float) -> Done:
        """Roll back to a revision. Retries for as long as the API does not respond or helm is not finished."""
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
    """Return the revision for the rollback of a failed deployment: the deployed one, else the newest healthy or
    complete one.
    """
    good = [one for one in history if not one.failed]
    return (
        newest(good, "deployed") or newest((one for one in good if one.number in healthy), *GOOD) or newest(good, *GOOD)
    )


def _pinned(chart: ChartRelease) -> list[str]:
    """Return the chart as helm takes it."""
    host = chart.chart.removeprefix("oci://").partition("/")[0].partition(":")[0]
    return [f"{chart.chart}@{chart.digest}", *(["--plain-http"] if host in LOOPBACK else [])]


def _first(done: Done) -> str:
    """Return helm's error without the advice that follows it."""
    lines = [line.strip() for line in done.error.splitlines() if line.strip()]
    return lines[0].removeprefix("Error: ") if lines else "no reason given"
