"""Keep the number of pods when a manifest stops setting it because an autoscaler takes over.

The API resets a field without an owner to its default, and the default of ``spec.replicas`` is 1. There are two
documented solutions, one for each way in which helm applies changes:

- server-side apply (Helm 4): another field manager also owns the field
  (https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership);
- client-side comparison (Helm 3): the record of the last applied manifest no longer contains the field
  (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling).

The way cannot be determined in advance, so both solutions are used. In the other direction, a number that an autoscaler
owns would conflict with server-side apply: see ``take_back``.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

from quantacirc_cdk.manifests import REPLICAS_MANAGER
from quantacirc_cdk.operations.kubectl import Kubectl, failure
from quantacirc_cdk.operations.revision_record import rewrite

Json = dict[str, Any]
Name = tuple[str, str, str]
"""Kind, namespace, name."""

_KINDS = ("Deployment", "StatefulSet")
"""Kinds of ``apps/v1`` that an autoscaler can scale."""


def left_alone(before: Sequence[Json], after: Sequence[Json], namespace: str) -> set[Name]:
    """Return the workloads that remain, but whose manifest no longer sets a number of pods."""
    named = {_name(item, namespace) for item in before if _replicas(item) is not None}
    unnamed = {_name(item, namespace) for item in after if item.get("kind") in _KINDS and _replicas(item) is None}
    return named & unnamed


def without(objects: Sequence[Json], names: Collection[Name], namespace: str) -> list[Json]:
    """Return the objects without the number of pods of these workloads."""
    return [_unnamed(item) if _name(item, namespace) in names else item for item in objects]


def hand_over(kubectl: Kubectl, revision: int, before: Sequence[Json], after: Sequence[Json]) -> set[Name]:
    """Keep the number of pods of each workload that ``before`` sets and the following ``after`` does not.

    ``before`` are the objects of ``revision``. Returns these workloads. Raises ``OperationError`` if the API refuses
    the change; the number is then unchanged.
    """
    namespace = kubectl.target.namespace
    names = left_alone(before, after, namespace)
    held = [(name, item["spec"].get("replicas", 1)) for name in names if (item := _live(kubectl, name)) is not None]
    if held:
        _apply(kubectl, [_part(name, {"replicas": number}) for name, number in sorted(held)])
        rewrite(kubectl, revision, lambda item: without([item], names, namespace)[0])
    return names


def take_back(kubectl: Kubectl, before: Sequence[Json], after: Sequence[Json]) -> set[Name]:
    """Take over the number of pods from an autoscaler for each workload that ``after`` sets and ``before`` does not.

    Returns these workloads, for ``release``. Sets the number of ``after``, so that helm sets it without a conflict.
    Raises ``OperationError`` if the API refuses the change.
    """
    namespace = kubectl.target.namespace
    names = left_alone(after, before, namespace)
    wanted = {_name(item, namespace): _replicas(item) for item in after}
    there = [name for name in sorted(names) if _live(kubectl, name) is not None]
    if there:
        _apply(kubectl, [_part(name, {"replicas": wanted[name]}) for name in there])
    return set(there)


def release(kubectl: Kubectl, names: Collection[Name]) -> None:
    """Give up the ownership of the number of pods of these workloads, if helm owns it.

    A helm that compares on the client does not own a number that already had the wanted value, and the API resets a
    field without an owner.
    """
    owned = [name for name in sorted(names) if (item := _live(kubectl, name)) is not None and _others(item)]
    if owned:
        _apply(kubectl, [_part(name, {}) for name in owned])


def set_replicas(kubectl: Kubectl, deployment: str, number: int) -> None:
    """Set the number of pods of a Deployment. Raises ``OperationError`` if the API refuses it."""
    _apply(kubectl, [_part(("Deployment", kubectl.target.namespace, deployment), {"replicas": number})])


def _others(item: Json) -> list[str]:
    """Return the other field managers that own the number of pods."""
    return [
        str(entry.get("manager"))
        for entry in item["metadata"].get("managedFields") or []
        if entry.get("manager") != REPLICAS_MANAGER
        and "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
    ]


def _live(kubectl: Kubectl, name: Name) -> Json | None:
    kind, namespace, called = name
    return kubectl.get(kind.lower(), called, "--namespace", namespace, "--show-managed-fields")


def _part(name: Name, spec: Json) -> Json:
    kind, namespace, called = name
    metadata = {"name": called, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})}


def _apply(kubectl: Kubectl, items: Sequence[Json]) -> None:
    options = ("--server-side", "--force-conflicts", "--field-manager", REPLICAS_MANAGER, "--output", "name")
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
