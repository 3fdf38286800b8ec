"""Look for the programs of tasks, each once and in parallel."""

import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version

from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import SECONDS, Program, Seen, Status, look
from quantacirc_cdk.doctor.tasks import KUBECTL, Need, Place, Task
from quantacirc_cdk.limits.kubernetes_releases import AFTERWARDS, WARNING_DAYS, minor, support
from quantacirc_cdk.phases import phase
from quantacirc_cdk.version import __version__

SKEW = 1
"""Maximum difference of the minor versions of kubectl and API server
(https://kubernetes.io/releases/version-skew-policy/).
"""

CREDENTIALS = {
    "aws": "aws eks update-kubeconfig --alias {context} --name CLUSTER",
    "gcp": "gcloud container clusters get-credentials CLUSTER; kubectl config rename-context OLD {context}",
    "azure": "az aks get-credentials --context {context} --name CLUSTER; kubelogin convert-kubeconfig",
    "local": "create a cluster with the context {context}, or set cluster.context",
}
"""Command that creates a kubectl context, by target."""


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """A task with its findings."""

    task: Task
    findings: Sequence[Finding]

    @property
    def lacks(self) -> list[Finding]:
        """Findings that prevent the task."""
        return [finding for finding in self.findings if finding.counts and finding.status is not Status.OK]


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Result for this machine: its tasks."""

    machine: str
    tasks: Sequence[Readiness]

    @property
    def ready(self) -> bool:
        """Whether all tasks are possible."""
        return not any(item.lacks for item in self.tasks)


@phase("look at programs and libraries")
def examine(tasks: Sequence[Task], today: date | None = None) -> Diagnosis:
    """Look for what ``tasks`` need; ``today`` determines whether support for a cluster's version ends soon."""
    today = today or date.today()
    programs = {program for task in tasks for need in task.needs for program in need.programs}
    ordered = sorted(programs, key=lambda program: program.name)
    with ThreadPoolExecutor(max_workers=8) as pool:
        contexts = pool.submit(_contexts) if any(task.place for task in tasks) else None
        seen = dict(zip(ordered, pool.map(look, ordered), strict=True))
        known = contexts.result() if contexts else ()
    machine = f"qcdk {__version__}, {platform.system()} {platform.machine()}"
    return Diagnosis(machine=machine, tasks=[_readiness(task, seen, known, today) for task in tasks])


def _readiness(task: Task, seen: Mapping[Program, Seen], contexts: Sequence[str], today: date) -> Readiness:
    findings = [finding for need in task.needs for finding in _findings(need, seen)]
    findings += task.files
    if task.place is not None:
        findings += _version(task.place, today)
        findings += _cluster(task.place, seen[KUBECTL], contexts)
        if task.platform is not None and task.place.context in contexts:
            from quantacirc_cdk.doctor.platform import compare

            findings += compare(task.platform)
    return Readiness(task=task, findings=findings)


def _findings(need: Need, seen: Mapping[Program, Seen]) -> list[Finding]:
    found = [_program(program, seen[program]) for program in need.programs] + [
        _library(name) for name in need.libraries
    ]
    enough = any(finding.status is Status.OK for finding in found)
    if len(found) > 1 and not enough:
        names = " or ".join(finding.name for finding in found)
        ways = "; or ".join(finding.get for finding in found)
        broken = [finding for finding in found if finding.status is not Status.MISSING]
        status = broken[0].status if broken else Status.MISSING
        note = "; ".join(f"{finding.name} {finding.note}" for finding in broken)
        return [Finding(name=names, status=status, note=note, get=ways, counts=not need.optional)]
    kept = [finding for finding in found if finding.status is Status.OK or len(found) == 1]
    return [_optional(finding) if need.optional else finding for finding in kept]


def _optional(finding: Finding) -> Finding:
    if finding.status is Status.OK:
        return finding
    note = f"{finding.note}; " if finding.note else ""
    return Finding(name=finding.name, status=finding.status, note=f"{note}optional", get=finding.get, counts=False)


def _program(program: Program, seen: Seen) -> Finding:
    note = seen.said
    if seen.status is Status.OLD:
        note = f"{seen.version} is too old, {'.'.join(map(str, program.oldest))} or newer is required"
    return Finding(
        name=program.name, status=seen.status, version=seen.version, place=seen.place, note=note,
        get="" if seen.status is Status.OK else program.get,
    )  # fmt: skip


def _library(name: str) -> Finding:
    try:
        return Finding(name=name, status=Status.OK, version=version(name))
    except PackageNotFoundError:
        return Finding(name=name, status=Status.MISSING, get=f"pip install {name}")


def _contexts() -> list[str]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return []
    command = [kubectl, "config", "get-contexts", "--output", "name"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.split()


def _version(place: Place, today: date) -> list[Finding]:
    """Return whether the cloud supports the cluster's Kubernetes version."""
    if place.target == "local":
        return []
    name, found = f"Kubernetes {place.kubernetes_version}", support(place.target, place.kubernetes_version)
    if found.ends is None:
        return [Finding(name=name, status=Status.OK, note=str(found))]
    days = (found.ends - today).days
    if days > WARNING_DAYS:
        return [Finding(name=name, status=Status.OK, note=str(found))]
    note = f"{found}; {AFTERWARDS[place.target]}"
    get = "raise cluster.kubernetes_version by one (docs/upgrades.md)"
    return [Finding(name=name, status=Status.OLD, note=note, get=get, counts=False)]


def _cluster(place: Place, kubectl: Seen, contexts: Sequence[str]) -> list[Finding]:
    name = f'context "{place.context}"'
    if place.context in contexts:
        found = [Finding(name=name, status=Status.OK)]
    else:
        found = [Finding(name=name, status=Status.MISSING, get=CREDENTIALS[place.target].format(context=place.context))]
    if kubectl.version:
        own, theirs = minor(kubectl.version), minor(place.kubernetes_version)
        if abs(own - theirs) > SKEW:
            note = f"is 1.{own} and the cluster 1.{theirs}: at most {SKEW} minor version apart is supported"
            get = f"a kubectl of version 1.{theirs}"
            found.append(Finding(name="kubectl's version", status=Status.OLD, note=note, get=get, counts=False))
    return found
