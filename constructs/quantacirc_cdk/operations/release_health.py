"""Health of the release: an incomplete deployment, or a lock that was left behind."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quantacirc_cdk.operations.helm import PENDING
from quantacirc_cdk.operations.kubectl import ForbiddenError, Kubectl, MissingError
from quantacirc_cdk.operations.lock import stale
from quantacirc_cdk.operations.report import Part, ReleaseHealth

Json = dict[str, Any]


def release(kubectl: Kubectl) -> list[Part]:
    """Return the health of helm's release, from the labels of its revisions; nothing without a release."""
    name = kubectl.target.release
    try:
        revisions = kubectl.labels_of_revisions("status")
        lease = kubectl.get("lease", f"{name}-deployment")
    except (ForbiddenError, MissingError) as error:
        return [ReleaseHealth(name=name, unseen=str(error))]
    return [release_of(name, revisions, lease, datetime.now(UTC))] if revisions or lease else []


def release_of(name: str, revisions: Mapping[int, str], lease: Json | None, now: datetime) -> ReleaseHealth:
    """Return the health of a release with these revisions and this lock. A running deployment is healthy."""
    newest = max(revisions, default=None)
    status = revisions[newest] if newest is not None else ""
    spec = lease["spec"] if lease else None
    under_way = spec is not None and not stale(spec, now)
    reasons = []
    if spec is not None and not under_way:
        reasons.append(f"{spec.get('holderIdentity')} left the lock {name}-deployment; the next deployment breaks it")
    if not under_way:
        if status in PENDING:
            reasons.append(f"revision {newest} is {status}, and no deployment is running")
        elif status == "failed":
            reasons.append(f"revision {newest} failed")
        if revisions and "deployed" not in revisions.values():
            reasons.append("no revision is deployed")
    return ReleaseHealth(name=name, revision=newest, status=status, reasons=tuple(reasons))
