"""Effects of a release: how new images change the objects of an environment's manifests."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from quantacirc_cdk.diff import Impact, compare_objects
from quantacirc_cdk.model import Environment, System

Json = dict[str, Any]


def reach(system: System, before: Environment, after: Environment, objects: Sequence[Json]) -> dict[Impact, list[str]]:
    """Return the objects that a release affects, by impact, harmless ones first.

    ``objects`` are the environment's objects ``before``. A release changes image references and, with its version, the
    configuration of the system's own software. Jobs are excluded, because a new one has another name.
    """
    images = {_repository(system, after, name): _reference(system, after, name) for name in system.released_images}
    version = after.release.version if after.release.version != before.release.version else ""
    kept = [item for item in objects if item.get("kind") != "Job"]
    found: dict[Impact, list[str]] = {}
    for key, findings in compare_objects(kept, [_released(item, images, version) for item in kept]).items():
        found.setdefault(max(finding.impact for finding in findings), []).append(str(key))
    return {impact: found[impact] for impact in sorted(found) if impact is not Impact.NO_OP}


def _repository(system: System, environment: Environment, image: str) -> str:
    return f"{environment.registry}/{system.images[image].repository}"


def _reference(system: System, environment: Environment, image: str) -> str:
    released = environment.release.images.get(image)
    tag = (released.tag if released else None) or environment.release.version
    digest = f"@{released.digest}" if released and released.digest else ""
    return f"{_repository(system, environment, image)}:{tag}{digest}"


def _released(item: Json, images: dict[str, str], version: str) -> Json:
    changed = copy.deepcopy(item)
    for template in _templates(changed):
        spec, own = template.get("spec", {}), False
        for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
            repository = container.get("image", "").partition("@")[0].rpartition(":")[0]
            if repository in images:
                container["image"], own = images[repository], True
        if own and version:  # Its configuration contains the version.
            template.setdefault("metadata", {}).setdefault("annotations", {})["release"] = version
    return changed


def _templates(item: Json) -> Iterator[Json]:
    spec = item.get("spec") or {}
    for holder in (spec, (spec.get("jobTemplate") or {}).get("spec") or {}):
        if isinstance(holder.get("template"), dict):
            yield holder["template"]
