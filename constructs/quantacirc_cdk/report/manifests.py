"""The rendered objects that reports are about: what makes pods, and who may reach them."""

import json
from collections.abc import Iterator
from typing import Any

from quantacirc_cdk.manifests import pod_template

Json = dict[str, Any]


def images(objects: list[Json]) -> dict[str, list[str]]:
    """Return by image the workloads that run it, both sorted; init containers count."""
    found: dict[str, set[str]] = {}
    for item in objects:
        for container in _containers(item):
            found.setdefault(container["image"], set()).add(_name(item))
    return {image: sorted(users) for image, users in sorted(found.items())}


EXCEPTIONS = "quantacirc-cdk/exceptions"
"""Annotation of a workload: what its pods do that Pod Security Standards *restricted* forbid, each with its reason."""


def exceptions(objects: list[Json]) -> list[tuple[str, str, str, str]]:
    """Return the exceptions of workloads: workload, what each is for, what it allows and why; sorted."""
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
    """Return a workload's name; that of a Job may end in a hash, its component's name does not."""
    metadata: Json = item["metadata"]
    label = metadata.get("labels", {}).get("app.kubernetes.io/name")
    return str(label if item["kind"] == "Job" and label else metadata["name"])
