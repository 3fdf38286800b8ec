"""Data for reports from the rendered objects: images and exceptions of workloads."""

import json
from collections.abc import Iterator
from typing import Any

from quantacirc_cdk.manifests import pod_template

Json = dict[str, Any]


def images(objects: list[Json]) -> dict[str, list[str]]:
    """Return the workloads of each image, both sorted; includes init containers."""
    found: dict[str, set[str]] = {}
    for item in objects:
        for container in _containers(item):
            found.setdefault(container["image"], set()).add(_name(item))
    return {image: sorted(users) for image, users in sorted(found.items())}


EXCEPTIONS = "quantacirc-cdk/exceptions"
"""Annotation of a workload: its exceptions to Pod Security Standards *restricted*, each with its reason."""


def exceptions(objects: list[Json]) -> list[tuple[str, str, str, str]]:
    """Return the exceptions of workloads: workload, subject, what it allows, and the reason; sorted."""
    return sorted(
        (_name(item), one["for"], one["allows"], one["reason"])
        for item in objects
        for one in json.loads(item["metadata"].get("annotations", {}).get(EXCEPTIONS, "[]"))
    )


def _containers(item: Json) -> Iterator[Json]:
    template = pod_template(item)
    if template is not None:
        yield from template["spec"].get("initContainers") or ()
        yield from template["spec"]["containers"]


def _name(item: Json) -> str:
    """Return a workload's name; for a Job, that of its component, which has no hash."""
    metadata: Json = item["metadata"]
    label = metadata.get("labels", {}).get("app.kubernetes.io/name")
    return str(label if item["kind"] == "Job" and label else metadata["name"])
