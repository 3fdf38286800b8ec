"""The hardening of this package for a workload of any other class."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kubernetes.container import TMP
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import cdk8s
from quantacirc_cdk.kubernetes.manifest import current, extend
from quantacirc_cdk.kubernetes.resources import Resources, resource_requirements
from quantacirc_cdk.kubernetes.security import EXCEPTIONS, Security, security_context
from quantacirc_cdk.limits.check import Checked
from quantacirc_cdk.manifests import PODS
from quantacirc_cdk.text.english import with_article

W = TypeVar("W")
UNPRIVILEGED = Security()


def harden(
    workload: W,
    *,
    user_id: int | None = None,
    security: Security = UNPRIVILEGED,
    resources: Resources | None = None,
    scratch_size: str = "256Mi",
) -> W:
    """Apply the hardening of this package to the pods of ``workload``, and return it.

    ``workload`` is a Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod of cdk8s-plus, or an ``ApiObject`` of such
    a kind. Processes run as ``user_id``, or as the user that the workload sets; when absent, as 10001, or as 0 if
    ``security`` has a reason for root. They run without capabilities, with the
    runtime's seccomp profile, and on a read-only root file system with a directory of ``scratch_size`` at ``/tmp``.
    They get no service environment variables. ``security`` lists the exceptions of all containers with their reasons,
    which the report shows. ``resources`` replaces the resources of every container; cdk8s-plus sets 1500m and 2 GiB for
    a container without resources. Call it last: containers and volumes that you add later are not hardened.

    Raises ``PropsError`` for an object that creates no pods, for a construct that is not one object, such as a
    ``WebService``, which is hardened, and for user 0 without a reason.
    """
    item = _object_of(workload)
    data = current(item)
    path = item.node.path
    steps = PODS.get(data["kind"])
    if steps is None:
        what = f"{with_article(data['kind'])}, which creates no pods"
        raise PropsError(Problem(key=path, what=what, expected=f"one of {', '.join(sorted(PODS))}"))
    spec: Any = data
    for step in (*steps, "spec"):
        spec = spec[step]
    if user_id is None:
        user_id = 0 if security.root else 10001
    if user_id == 0 and not security.root:
        what, expected = "user 0 without a reason", "`root` with the reason, or another user"
        raise PropsError(Problem(key=path, what=what, expected=expected))
    pointer = "/".join(("", *steps, "spec"))
    found = _additions(spec, user_id, security, resources, scratch_size)
    extend(item, [(f"{pointer}/{place}", value) for place, value in found])
    listed = [{"allows": what, "for": "its containers", "reason": why} for what, why in security.exceptions()]
    if listed:
        item.metadata.add_annotation(EXCEPTIONS, json.dumps(listed, ensure_ascii=False))
    return workload


def _object_of(workload: Any) -> cdk8s.ApiObject:
    if isinstance(workload, cdk8s.ApiObject):
        return workload
    node = getattr(workload, "node", None)
    found = getattr(node, "default_child", None)
    if not isinstance(found, cdk8s.ApiObject):
        key = getattr(node, "path", "")
        own = isinstance(workload, Checked)
        why = "whose pods are hardened" if own else "which is not one object"
        what = f"{with_article(type(workload).__name__)}, {why}"
        expected = "a workload of cdk8s-plus, or an ApiObject"
        raise PropsError(Problem(key=key, what=what, expected=expected))
    return found


def _additions(
    spec: Data, user_id: int, security: Security, resources: Resources | None, scratch_size: str
) -> Iterator[tuple[str, Any]]:
    """Yield each addition with its path in the pod's ``spec``."""
    stated = spec.get("securityContext") or {}
    user = stated.get("runAsUser", user_id)
    usual = {"runAsUser": user, "runAsGroup": user, "fsGroup": user, "fsGroupChangePolicy": "OnRootMismatch"}
    profile = {"runAsNonRoot": not security.root, "seccompProfile": {"type": "RuntimeDefault"}}
    yield "securityContext", {**usual, **stated, **profile}
    yield "enableServiceLinks", False
    names = {volume["name"] for volume in spec.get("volumes") or []}
    scratch = next(name for name in ("tmp", "scratch", "hardened-tmp") if name not in names)
    mounted = False
    for key in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(key) or []):
            own = container.get("securityContext") or {}
            kept = {name: own[name] for name in ("runAsUser", "runAsGroup") if own.get(name)}
            yield f"{key}/{index}/securityContext", {**kept, **security_context(security)}
            if resources is not None:
                yield f"{key}/{index}/resources", resource_requirements(resources)
            mounts = container.get("volumeMounts") or []
            if not security.writable_root and all(mount["mountPath"].rstrip("/") != TMP for mount in mounts):
                mounted = True
                yield f"{key}/{index}/volumeMounts", [*mounts, {"name": scratch, "mountPath": TMP}]
    if mounted:
        empty = {"name": scratch, "emptyDir": {"sizeLimit": scratch_size}}
        yield "volumes", [*(spec.get("volumes") or []), empty]
