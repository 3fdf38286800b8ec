"""How an environment is: ``check`` looks at everything once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import System
from quantacirc_cdk.operations.bus import QUERY, bus_parts
from quantacirc_cdk.operations.expectations import Expectations, expectations
from quantacirc_cdk.operations.kubectl import (
    ForbiddenError,
    Kubectl,
    MissingError,
    OperationError,
    UnreachableError,
    require,
)
from quantacirc_cdk.operations.process import stop_all
from quantacirc_cdk.operations.replies import JetStream, parse_time
from quantacirc_cdk.operations.report import ApplicationHealth, CertificateHealth, Part, Reachability, Report, Workload
from quantacirc_cdk.operations.settings import Target
from quantacirc_cdk.operations.workloads import (
    KINDS,
    NAME,
    WORKLOAD_KINDS,
    Objects,
    labels,
    tasks,
    workloads,
)

Json = dict[str, Any]

ARGOCD_NAMESPACE = "argocd"
EXPIRES_DAYS = 14
"""Days before its end at which a certificate is overdue: cert-manager renews a month ahead."""


def check(system: System, environment: Environment) -> Report:
    """Look at everything in an environment's cluster once; changes nothing.

    Raises ``UnreachableError`` where the cluster does not answer, its subclass ``LoggedOutError`` where it refuses the
    credentials, and ``OperationError`` where there is no kubectl or it does not know the environment's context.
    """
    target = Target.of(system, environment)
    kubectl = Kubectl(target)
    check_context(kubectl)
    return look(kubectl, expectations(system, environment))


def check_context(kubectl: Kubectl) -> None:
    """Raise ``OperationError`` where kubectl is missing or has no such context; sends nothing."""
    require("kubectl")
    known, context = kubectl.known_contexts(), kubectl.target.context
    if context not in known:
        said = ", ".join(known) or "none"
        raise OperationError(f'kubectl has no context "{context}" of {kubectl.target.environment}, it knows {said}')


def look(kubectl: Kubectl, expected: Expectations, *, inside: bool = False, objects: Objects | None = None) -> Report:
    """Look at everything once, through ``kubectl``; ``objects`` saves a request where they were just read.

    ``inside`` asks the bus from inside its pods where the API server's proxy does not get to them.
    """
    now = datetime.now(UTC)
    with ThreadPoolExecutor(max_workers=4) as pool, _stopping():
        certificates = pool.submit(_certificates, kubectl, expected, now)
        application = pool.submit(_application, kubectl, expected)
        objects = objects or read_objects(kubectl)
        answers, unseen = _ask_bus(kubectl, expected, objects, pool.map, inside=inside)
        found = workloads(objects, expected.components, now)
        parts: list[Part] = [*found, *tasks(objects)]
        if expected.bus:
            parts += bus_parts(answers, expected, unseen)
        parts += _ledger(expected, found, objects)
        parts += [*certificates.result(), *application.result()]
    target = kubectl.target
    return Report(environment=target.environment, context=target.context, namespace=target.namespace, parts=parts)


def read_objects(kubectl: Kubectl) -> Objects:
    """Read what workloads are judged by."""
    return Objects(kubectl.items(KINDS), kubectl.target.release)


@contextmanager
def _stopping() -> Iterator[None]:
    """On an interrupt, end what threads wait for."""
    try:
        yield
    except BaseException:
        stop_all()
        raise


def _ask_bus(
    kubectl: Kubectl, expected: Expectations, objects: Objects, spread: Callable[..., Any], *, inside: bool
) -> tuple[Sequence[Json], str]:
    """Ask every server of the bus through the API server's proxy, which needs no way to the pods but its own."""
    from quantacirc_cdk.kubernetes.nats.config import MONITOR_PORT

    servers = [item for item in objects.own(*WORKLOAD_KINDS) if labels(item).get(NAME) == expected.bus]
    pods = [pod["metadata"]["name"] for item in servers for pod in objects.pods_of(item)]
    failures: list[str] = []

    def ask(pod: str) -> Json | None:
        path = f"/api/v1/namespaces/{kubectl.target.namespace}/pods/{pod}:{MONITOR_PORT}/proxy/{QUERY}"
        try:
            return {**kubectl.raw(path, JetStream), "asked": pod}
        except OperationError as error:
            if inside:
                return ask_inside(pod)
            why = str(error).rpartition("does not answer: ")[2]
            failures.append(f"the API server does not get to its monitoring port, try --exec: {why}")
            return None

    def ask_inside(pod: str) -> Json | None:
        command = ("wget", "-q", "-O", "-", f"http://127.0.0.1:{MONITOR_PORT}/{QUERY}")
        try:
            answer = kubectl.json("exec", pod, "--container", str(expected.bus), "--", *command)
            return {**kubectl.shaped(answer, JetStream, "exec"), "asked": pod}
        except OperationError as error:
            failures.append(f"a command in its pod fails: {error}")
            return None

    answers = [answer for answer in spread(ask, pods) if answer is not None]
    return answers, failures[0] if failures else ""


def _ledger(expected: Expectations, found: Sequence[Workload], objects: Objects) -> list[Part]:
    """Say who reaches the ledger: a component is ready only while its connection to it is up."""
    if expected.ledger is None:
        return []
    names = {labels(item).get(NAME): item["metadata"]["name"] for item in objects.own(*WORKLOAD_KINDS)}
    ready = {workload.name for workload in found if workload.ready}
    reached = tuple(name for name in expected.ledger_clients if names.get(name) in ready)
    if reached or not expected.ledger_clients:
        unseen = "" if expected.ledger_clients else "no component that runs all the time uses it"
        return [Reachability(name=expected.ledger, reached_by=reached, unseen=unseen)]
    return [Reachability(name=expected.ledger, reasons=("no component that needs it is ready",))]


def _certificates(kubectl: Kubectl, expected: Expectations, now: datetime) -> list[Part]:
    if not expected.certificates:
        return []
    try:
        items = kubectl.items(["certificates.cert-manager.io"])
    except (MissingError, ForbiddenError) as error:
        return [CertificateHealth(name="cert-manager", unseen=str(error))]
    return [certificate(item, now) for item in items]


def certificate(item: Json, now: datetime) -> CertificateHealth:
    """Return how one certificate is."""
    status, name = item.get("status") or {}, item["metadata"]["name"]
    ready = {one["type"]: one for one in status.get("conditions") or []}.get("Ready") or {}
    reasons = []
    if ready.get("status") != "True":
        reasons.append(f"not ready: {ready.get('message') or 'it was never issued'}")
    expires = status.get("notAfter")
    days = (parse_time(expires) - now).days if expires else None
    if days is not None and days < EXPIRES_DAYS:
        reasons.append("expired" if days < 0 else f"expires in {days} days and was not renewed")
    return CertificateHealth(name=name, expires=expires, days_left=days, reasons=tuple(reasons))


def _application(kubectl: Kubectl, expected: Expectations) -> list[Part]:
    name = expected.application
    if name is None:
        return []
    try:
        found = kubectl.get("applications.argoproj.io", name, "--namespace", ARGOCD_NAMESPACE)
    except (ForbiddenError, UnreachableError) as error:
        return [ApplicationHealth(name=name, unseen=str(error))]
    if found is None:
        unseen = f"no such application in namespace {ARGOCD_NAMESPACE} of this cluster; Argo CD may run in another one"
        return [ApplicationHealth(name=name, unseen=unseen)] if expected.applied_by_argocd else []
    return [application(found, applies=expected.applied_by_argocd)]


def application(item: Json, *, applies: bool) -> ApplicationHealth:
    """Return how Argo CD sees the environment; a difference to Git counts where Argo CD is who applies."""
    status = item.get("status") or {}
    health = str((status.get("health") or {}).get("status", "Unknown"))
    sync = str((status.get("sync") or {}).get("status", "Unknown"))
    operation = status.get("operationState") or {}
    reasons = []
    if health not in ("Healthy", "Suspended"):
        reasons.append(f"Argo CD says {health}" + (f": {status['health']['message']}" if _message(status) else ""))
    if applies and sync != "Synced":
        reasons.append(f"{sync}: what runs is not what Git says")
    if operation.get("phase") in ("Failed", "Error"):
        reasons.append(f"its last synchronization failed: {operation.get('message', '')}")
    revision = (status.get("sync") or {}).get("revision")
    name = item["metadata"]["name"]
    return ApplicationHealth(name=name, sync=sync, health=health, revision=revision, reasons=tuple(reasons))


def _message(status: Json) -> bool:
    return bool((status.get("health") or {}).get("message"))
