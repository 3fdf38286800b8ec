"""Manifests of public systems, made of facts about them: what each object says, in our own order and words."""

from collections.abc import Mapping, Sequence
from typing import Any

Data = dict[str, Any]
Labels = Mapping[str, str]


def item(kind: str, name: str, labels: Labels | None = None, annotations: Labels | None = None, **fields: Any) -> Data:
    versions = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "StorageClass": "storage.k8s.io/v1"}
    metadata = stated(name=name, labels=dict(labels or {}), annotations=dict(annotations or {}))
    return {"apiVersion": versions.get(kind, "v1"), "kind": kind, "metadata": metadata, **fields}


def workload(kind: str, name: str, selected: Labels, pod: Data, *, labels: Labels | None = None, **fields: Any) -> Data:
    """Return a workload; ``pod_annotations`` are those of its pods."""
    metadata = stated(labels=dict(selected), annotations=dict(fields.pop("pod_annotations", {})))
    spec = {"selector": {"matchLabels": dict(selected)}, "template": {"metadata": metadata, "spec": pod}, **fields}
    return item(kind, name, labels, spec=spec)


def service(
    name: str,
    selected: Labels,
    ports: Sequence[Data],
    *,
    labels: Labels,
    annotations: Labels | None = None,
    **fields: Any,
) -> Data:
    spec = {"selector": dict(selected), "ports": list(ports), **fields}
    return item("Service", name, labels, annotations, spec=spec)


def container(name: str, image: str, variables: Labels | None = None, **fields: Any) -> Data:
    env = [{"name": key, "value": value} for key, value in (variables or {}).items()]
    return {"name": name, "image": image, **stated(env=[*env, *fields.pop("env", [])]), **stated(**fields)}


def resources(cpu: str, memory: str, cpu_limit: str, memory_limit: str, disk: str = "") -> Data:
    more = {"ephemeral-storage": disk} if disk else {}
    return {
        "requests": {"cpu": cpu, "memory": memory, **more},
        "limits": {"cpu": cpu_limit, "memory": memory_limit, **more},
    }


def http(path: str, port: int, **times: int) -> Data:
    return {"httpGet": {"path": path, "port": port}, **times}


def stated(**fields: Any) -> Data:
    """Return the fields that have a value."""
    return {key: value for key, value in fields.items() if value not in ({}, [], None)}
