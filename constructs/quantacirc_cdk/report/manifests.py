"""The rendered objects that reports are about: what makes pods, and who may reach them."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

POD_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
"""Where each kind that makes pods has its pod template."""


def images(objects: list[Json]) -> dict[str, list[str]]:
    """Return by image the workloads that run it, both sorted; init containers count."""
    found: dict[str, set[str]] = {}
    for item in objects:
        for container in _containers(item):
            found.setdefault(container["image"], set()).add(_name(item))
    return {image: sorted(users) for image, users in sorted(found.items())}


def _containers(item: Json) -> Iterator[Json]:
    if item["kind"] not in POD_TEMPLATES:
        return
    node: Any = item
    for step in POD_TEMPLATES[item["kind"]]:
        node = node[step]
    yield from node["spec"].get("initContainers") or ()
    yield from node["spec"]["containers"]


def _name(item: Json) -> str:
    """Return a workload's name; that of a Job may end in a hash, its component's name does not."""
    metadata: Json = item["metadata"]
    label = metadata.get("labels", {}).get("app.kubernetes.io/name")
    return str(label if item["kind"] == "Job" and label else metadata["name"])
