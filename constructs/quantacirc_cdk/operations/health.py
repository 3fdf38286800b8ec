"""Health of an environment: ``check`` checks everything once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import System
from quantacirc_cdk.operations.argo_rollouts import KIND, RESOURCE
from quantacirc_cdk.operations.expectations import Expectations, expectations
from quantacirc_cdk.operations.kubectl import (
    ForbiddenError,
    Kubectl,
    MissingError,
    UnreachableError,
    check_known,
)
from quantacirc_cdk.operations.look import Look
from quantacirc_cdk.operations.process import stop_all
from quantacirc_cdk.operations.refusals import refusals
from quantacirc_cdk.operations.release_health import release
from quantacirc_cdk.operations.replies import parse_time
from quantacirc_cdk.operations.report import ApplicationHealth, CertificateHealth, Part, Report
from quantacirc_cdk.operations.settings import Target
from quantacirc_cdk.operations.tasks import tasks
from quantacirc_cdk.operations.workloads import KINDS, Objects, absent, workloads
from quantacirc_cdk.phases import phase

Json = dict[str, Any]

ARGOCD_NAMESPACE = "argocd"
EXPIRES_DAYS = 14
"""Days before expiry at which a certificate is overdue: cert-manager renews 30 days before expiry."""


def check(system: System, environment: Environment, manifests: Path | None = None) -> Report:
    """Check everything in an environment's cluster once, without changes. ``manifests`` is as for ``expectations``.

    Raises ``UnreachableError`` if the cluster does not respond, its subclass ``LoggedOutError`` if it refuses the
    credentials, and ``OperationError`` if kubectl is missing or does not have the environment's context.
    """
    target = Target.of(system, environment)
    kubectl = Kubectl(target)
    check_known(kubectl)
    return look(kubectl, expectations(system, environment, manifests))


@phase("look at the cluster")
def look(kubectl: Kubectl, expected: Expectations, *, inside: bool = False, objects: Objects | None = None) -> Report:
    """Check everything once through ``kubectl``; ``objects`` saves a request if they were just read.

    ``inside`` sends requests from inside the pods if the API server's proxy cannot reach them.
    """
    now = datetime.now(UTC)
    with ThreadPoolExecutor(max_workers=4) as pool, _stopping():
        certificates = pool.submit(_certificates, kubectl, expected, now)
        application = pool.submit(_application, kubectl, expected)
        revisions = pool.submit(release, kubectl)
        objects = objects or read_objects(kubectl, expected)
        found = [
            *workloads(objects, expected.components, now),
            *absent(objects, [(KIND, name) for name in expected.rollouts], "the environment has a rollout for it"),
            *absent(objects, expected.workloads),
        ]
        seen = Look(
            site=expected.site, kubectl=kubectl, objects=objects, workloads=found, inside=inside, spread=pool.map
        )
        parts: list[Part] = [*found, *tasks(objects, now)]
        for name, component in expected.site.system.components.items():
            parts += called(component, "health.look", seen, name) or ()
        parts += [*certificates.result(), *application.result(), *revisions.result()]
    target = kubectl.target
    return Report(environment=target.environment, context=target.context, namespace=target.namespace, parts=parts)


def read_objects(kubectl: Kubectl, expected: Expectations) -> Objects:
    """Return the objects that determine the health of workloads."""
    items = kubectl.items(KINDS)
    if expected.rollouts:
        # Without Argo Rollouts there are none, which the report says of each.
        with suppress(MissingError):
            items += kubectl.items([RESOURCE])
    return Objects(items, kubectl.target.release, refusals(kubectl, items))


@contextmanager
def _stopping() -> Iterator[None]:
    """On an interrupt, stop the programs that threads wait for."""
    try:
        yield
    except BaseException:
        stop_all()
        raise


def _certificates(kubectl: Kubectl, expected: Expectations, now: datetime) -> list[Part]:
    if not expected.certificates:
        return []
    try:
        items = kubectl.items(["certificates.cert-manager.io"])
    except (MissingError, ForbiddenError) as error:
        return [CertificateHealth(name="cert-manager", unseen=str(error))]
    return [certificate(item, now) for item in items]


def certificate(item: Json, now: datetime) -> CertificateHealth:
    """Return the health of a certificate."""
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
    """Return the health of the environment's application in Argo CD. A difference from Git counts only if Argo CD
    applies releases.
    """
    status = item.get("status") or {}
    health = str((status.get("health") or {}).get("status", "Unknown"))
    sync = str((status.get("sync") or {}).get("status", "Unknown"))
    operation = status.get("operationState") or {}
    reasons = []
    if health not in ("Healthy", "Suspended"):
        reasons.append(f"Argo CD reports {health}" + (f": {status['health']['message']}" if _message(status) else ""))
    if applies and sync != "Synced":
        reasons.append(f"{sync}: the cluster differs from Git")
    if operation.get("phase") in ("Failed", "Error"):
        reasons.append(f"its last synchronization failed: {operation.get('message', '')}")
    revision = (status.get("sync") or {}).get("revision")
    name = item["metadata"]["name"]
    return ApplicationHealth(name=name, sync=sync, health=health, revision=revision, reasons=tuple(reasons))


def _message(status: Json) -> bool:
    return bool((status.get("health") or {}).get("message"))
