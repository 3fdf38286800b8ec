"""The rendered objects that reports are about: what makes pods, and who may reach them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

POD_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
"""Where each kind that makes pods has its pod template."""

_READ = {*POD_TEMPLATES, "Namespace", "NetworkPolicy"}


def read_objects(folder: Path) -> list[Json]:
    """Return the objects of these kinds in a folder of manifests, sorted by file.

    Each file's name begins with the kind of what it holds: the others, most of them, need not be read.
    """
    paths = sorted(path for path in folder.glob("*.yaml") if path.name.partition(".")[0] in _READ)
    return [item for path in paths for item in yaml.load_all(path.read_bytes(), _Loader) if item]


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
