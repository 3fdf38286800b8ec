"""Kubernetes objects as data, read from files or from a construct tree."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from quantacirc_cdk.kubernetes.engine import Construct, cdk8s
from support.tools import ROOT

Object = dict[str, Any]

ENVIRONMENTS = sorted(path.stem for path in (ROOT / "apps" / "environments").glob("*.yaml"))


def read_folder(folder: Path) -> list[Object]:
    """Return the objects in the YAML files of a folder, sorted by file name."""
    found: list[Object] = []
    for path in sorted(folder.glob("*.yaml")):
        found += [document for document in yaml.load_all(path.read_bytes(), yaml.CSafeLoader) if document]
    return found


def synthesize(make: Callable[[Construct], object]) -> list[Object]:
    """Return the objects of a chart that ``make`` fills, sorted by kind and name."""
    chart = cdk8s.Testing.chart()
    make(chart)
    return sorted(cdk8s.Testing.synth(chart), key=identity)


def identity(item: Object) -> tuple[str, str]:
    """Return kind and name."""
    return item["kind"], item["metadata"]["name"]


def find(objects: Sequence[Object], kind: str, name: str) -> Object:
    """Return the one object of this kind and name."""
    (found,) = [item for item in objects if identity(item) == (kind, name)]
    return found


def of_kind(objects: Sequence[Object], *kinds: str) -> list[Object]:
    """Return the objects of these kinds."""
    return [item for item in objects if item["kind"] in kinds]


def pod_templates(objects: Sequence[Object]) -> Iterator[tuple[Object, Object]]:
    """Yield each object that makes pods with its pod template."""
    for item in objects:
        match item["kind"]:
            case "Deployment" | "StatefulSet" | "DaemonSet" | "Job":
                yield item, item["spec"]["template"]
            case "CronJob":
                yield item, item["spec"]["jobTemplate"]["spec"]["template"]


def containers(template: Object) -> list[Object]:
    """Return the containers of a pod template, those that run first included."""
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]
