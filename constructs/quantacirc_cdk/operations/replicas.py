"""Leave the number of pods as it is where a manifest stops naming it, because an autoscaler takes over.

The API resets a field that its last owner no longer sends to its default, and the default of ``spec.replicas`` is one
pod. Two ways round are documented, one for each way in which helm changes objects:

- applied on the server (Helm 4): another field manager owns the field, too
  (https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership);
- compared on the client (Helm 3): the record of what was applied before no longer has the field
  (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling).

Nobody can tell from outside which way a helm that is called will take, so both are taken. On the way back, a number
that an autoscaler owns would be a conflict for the former: see ``take_back``.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from quantacirc_cdk.operations.kubectl import Kubectl, failure
from quantacirc_cdk.operations.revision_record import rewrite

Json = dict[str, Any]
Name = tuple[str, str, str]
"""Kind, namespace, name."""

MANAGER = "quantacirc-cdk-replicas"
"""Field manager that holds the number of pods."""
_KINDS = ("Deployment", "StatefulSet")
"""Kinds of ``apps/v1`` that an autoscaler changes."""


def left_alone(before: Sequence[Json], after: Sequence[Json], namespace: str) -> set[Name]:
    """Return the workloads that stop naming a number of pods, and go on running."""
    named = {_name(item, namespace) for item in before if _replicas(item) is not None}
    unnamed = {_name(item, namespace) for item in after if item.get("kind") in _KINDS and _replicas(item) is None}
    return named & unnamed


def without(objects: Sequence[Json], names: Collection[Name], namespace: str) -> list[Json]:
    """Return the objects, of which these workloads name no number of pods."""
    return [_unnamed(item) if _name(item, namespace) in names else item for item in objects]


def hand_over(kubectl: Kubectl, revision: int, before: Sequence[Json], after: Sequence[Json]) -> set[Name]:
    """Keep the number of pods of each workload that ``before`` names and ``after``, which follows it, does not.

    ``before`` are the objects of ``revision``. Returns these workloads. Raises an ``OperationError`` where the API does
    not take it; then the number is as it was.
    """
    namespace = kubectl.target.namespace
    names = left_alone(before, after, namespace)
    held = [(name, item["spec"].get("replicas", 1)) for name in names if (item := _live(kubectl, name)) is not None]
    if held:
        _apply(kubectl, [_part(name, {"replicas": number}) for name, number in sorted(held)])
        rewrite(kubectl, revision, lambda item: without([item], names, namespace)[0])
    return names


def take_back(kubectl: Kubectl, before: Sequence[Json], after: Sequence[Json]) -> set[Name]:
    """Take from an autoscaler the number of pods of each workload that ``after`` names and ``before`` does not.

    Returns these workloads, for ``release``. Sets the number that ``after`` names, which helm then sets without a
    conflict. Raises an ``OperationError`` where the API does not take it.
    """
    namespace = kubectl.target.namespace
    names = left_alone(after, before, namespace)
    wanted = {_name(item, namespace): _replicas(item) for item in after}
    there = [name for name in sorted(names) if _live(kubectl, name) is not None]
    if there:
        _apply(kubectl, [_part(name, {"replicas": wanted[name]}) for name in there])
    return set(there)


def release(kubectl: Kubectl, names: Collection[Name]) -> None:
    """Own the number of pods of these workloads no longer where helm does.

    A helm that compares on the client does not own a number that it found as it wanted it, and the API resets a field
    without an owner.
    """
    owned = [name for name in sorted(names) if (item := _live(kubectl, name)) is not None and _others(item)]
    if owned:
        _apply(kubectl, [_part(name, {}) for name in owned])


def _others(item: Json) -> list[str]:
    """Return the field managers that own the number of pods, too."""
    return [
        str(entry.get("manager"))
        for entry in item["metadata"].get("managedFields") or []
        if entry.get("manager") != MANAGER and "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
    ]


def _live(kubectl: Kubectl, name: Name) -> Json | None:
    kind, namespace, called = name
    return kubectl.get(kind.lower(), called, "--namespace", namespace, "--show-managed-fields")


def _part(name: Name, spec: Json) -> Json:
    kind, namespace, called = name
    metadata = {"name": called, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})}


def _apply(kubectl: Kubectl, items: Sequence[Json]) -> None:
    options = ("--server-side", "--force-conflicts", "--field-manager", MANAGER, "--output", "name")
    manifest = "".join(f"---\n{json.dumps(item)}\n" for item in items)
    done = kubectl.call("apply", *options, "--filename", "-", input=manifest)
    if not done.ok:
        raise failure(done, kubectl.target)


def _replicas(item: Json) -> Any:
    return (item.get("spec") or {}).get("replicas") if item.get("kind") in _KINDS else None


def _unnamed(item: Json) -> Json:
    return {**item, "spec": {key: value for key, value in item["spec"].items() if key != "replicas"}}


def _name(item: Json, namespace: str) -> Name:
    metadata = item.get("metadata") or {}
    return str(item.get("kind")), str(metadata.get("namespace") or namespace), str(metadata.get("name"))
