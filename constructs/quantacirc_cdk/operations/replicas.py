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

import base64
import gzip
import io
import json
import zlib
from collections.abc import Collection, Sequence
from typing import Any

from quantacirc_cdk.operations.helm import Helm, documents
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError, failure
from quantacirc_cdk.reading import MAX_JSON_BYTES

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


def hand_over(helm: Helm, kubectl: Kubectl, revision: int, after: Sequence[Json]) -> set[Name]:
    """Keep the number of pods of each workload that ``revision`` names and ``after``, which follows it, does not.

    Returns these workloads. Raises an ``OperationError`` where the API does not take it; then the number is as it was.
    """
    namespace = kubectl.target.namespace
    names = left_alone(helm.manifest(revision), after, namespace)
    held = [(name, item["spec"].get("replicas", 1)) for name in names if (item := _live(kubectl, name)) is not None]
    if held:
        _apply(kubectl, [_part(name, {"replicas": number}) for name, number in sorted(held)])
        _forget(kubectl, revision, names)
    return names


def take_back(helm: Helm, kubectl: Kubectl, revision: int, after: Sequence[Json]) -> set[Name]:
    """Take from an autoscaler the number of pods of each workload that ``after`` names and ``revision`` does not.

    Returns these workloads, for ``release``. Sets the number that ``after`` names, which helm then sets without a
    conflict. Raises an ``OperationError`` where the API does not take it.
    """
    namespace = kubectl.target.namespace
    names = left_alone(after, helm.manifest(revision), namespace)
    wanted = {_name(item, namespace): _replicas(item) for item in after}
    there = [name for name in sorted(names) if _live(kubectl, name) is not None]
    if there:
        _apply(kubectl, [_part(name, {"replicas": wanted[name]}) for name in there])
    return set(there)


def release(kubectl: Kubectl, names: Collection[Name]) -> None:
    """Own the number of pods of these workloads no longer: it is helm's."""
    if names:
        _apply(kubectl, [_part(name, {}) for name in sorted(names)])


def _live(kubectl: Kubectl, name: Name) -> Json | None:
    kind, namespace, called = name
    return kubectl.get(kind.lower(), called, "--namespace", namespace)


def _part(name: Name, spec: Json) -> Json:
    kind, namespace, called = name
    metadata = {"name": called, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, **({"spec": spec} if spec else {})}


def _apply(kubectl: Kubectl, items: Sequence[Json]) -> None:
    options = ("--server-side", "--force-conflicts", "--field-manager", MANAGER, "--output", "name")
    manifest = "".join(f"---\n{json.dumps(item)}\n" for item in items)
    _done(kubectl, "apply", *options, "--filename", "-", input=manifest)


def _forget(kubectl: Kubectl, revision: int, names: Collection[Name]) -> None:
    """Take the number of pods out of helm's record of a revision, with which it compares the next one."""
    secret = kubectl.get("secret", f"sh.helm.release.v1.{kubectl.target.release}.v{revision}")
    if secret is None:
        raise OperationError(f"helm's record of revision {revision} is not there")
    try:
        record = _decoded(secret["data"]["release"])
        manifest = record["manifest"]
    except (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise OperationError(f"helm's record of revision {revision} cannot be read: {error}") from None
    record["manifest"] = _rewritten(manifest, names, kubectl.target.namespace)
    secret["data"]["release"] = _encoded(record)
    _done(kubectl, "replace", "--filename", "-", "--output", "name", input=json.dumps(secret))


def _rewritten(manifest: str, names: Collection[Name], namespace: str) -> str:
    """Return a manifest whose documents stay as they are, but for those of these workloads."""
    from quantacirc_cdk.text import yaml

    parts = []
    for text in ("\n" + manifest).split("\n---"):
        found = documents(text) if text.strip() else []
        if len(found) == 1 and _name(found[0], namespace) in names:
            parts.append("\n" + yaml.dump(_unnamed(found[0])))
        else:
            parts.append(text)
    return "\n---".join(parts).removeprefix("\n")


def _decoded(text: str) -> Json:
    """Return a record as helm stores it: JSON, gzipped, in base64, which the API puts in base64 again."""
    packed = base64.b64decode(base64.b64decode(text))
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        data = file.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise ValueError(f"it has more than {MAX_JSON_BYTES} bytes")
    record: Json = json.loads(data)
    return record


def _encoded(record: Json) -> str:
    packed = gzip.compress(json.dumps(record, separators=(",", ":")).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()


def _done(kubectl: Kubectl, *arguments: str, input: str) -> None:
    done = kubectl.call(*arguments, input=input)
    if not done.ok:
        raise failure(done, kubectl.target)


def _replicas(item: Json) -> Any:
    return (item.get("spec") or {}).get("replicas") if item.get("kind") in _KINDS else None


def _unnamed(item: Json) -> Json:
    return {**item, "spec": {key: value for key, value in item["spec"].items() if key != "replicas"}}


def _name(item: Json, namespace: str) -> Name:
    metadata = item.get("metadata") or {}
    return str(item.get("kind")), str(metadata.get("namespace") or namespace), str(metadata.get("name"))
