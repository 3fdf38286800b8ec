"""What the last release installed and nobody may change: selectors, volume claims, addresses.

``PYTHONPATH=constructs:tests .venv/bin/python -m support.helm.previous`` records it after a release.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import yaml

from quantacirc_cdk.diff import Impact, compare_objects
from support.helm.helm import template
from support.kubernetes.manifests import Object
from support.tools import ROOT

FOLDER = ROOT / "tests" / "helm" / "previous"
"""Values of each environment as the last release had them, and what they gave."""

KEPT = {
    "DaemonSet": ("selector",),
    "Deployment": ("selector",),
    "PersistentVolumeClaim": ("accessModes", "resources", "storageClassName", "volumeMode", "volumeName"),
    "Service": ("clusterIP", "type"),
    "StatefulSet": ("podManagementPolicy", "selector", "serviceName", "volumeClaimTemplates"),
}
"""What of a ``spec`` is fixed; of a Job it is all, and so is its name."""


def fixed(objects: Iterable[Object]) -> Iterator[Object]:
    """Yield what cannot be changed of objects in a cluster, each as an object with nothing else."""
    for item in objects:
        metadata = {key: item["metadata"][key] for key in ("name", "namespace") if key in item["metadata"]}
        found = {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": metadata}
        if item["kind"] in KEPT:
            yield found | {"spec": {key: item["spec"][key] for key in KEPT[item["kind"]] if key in item["spec"]}}
        elif item["kind"] == "RoleBinding":
            yield found | {"roleRef": item["roleRef"]}
        elif item["kind"] == "PriorityClass":
            yield found | {"value": item["value"]}


def refused(before: Iterable[Object], after: Iterable[Object]) -> list[str]:
    """Return the changes that the API would refuse, or that would lose data."""
    return [
        f"{key}: {finding.change.field}: {finding.rule.says}"
        for key, findings in compare_objects(before, after).items()
        for finding in findings
        if finding.impact >= Impact.RECREATE
    ]


def record(chart: Path, name: str, environments: dict[str, str]) -> None:
    """Write the values and what is fixed of each environment, by its namespace."""
    FOLDER.mkdir(exist_ok=True)
    for environment, namespace in environments.items():
        values = chart / f"values-{environment}.yaml"
        copy(values, FOLDER)
        objects = fixed(template(chart, "--values", values, name=name, namespace=namespace))
        text = yaml.safe_dump_all(sorted(objects, key=_key), sort_keys=True)
        (FOLDER / f"fixed-{environment}.yaml").write_text(text, encoding="utf-8")


def recorded(environment: str) -> list[Any]:
    """Return what is fixed of an environment."""
    return list(yaml.safe_load_all((FOLDER / f"fixed-{environment}.yaml").read_text(encoding="utf-8")))


def _key(item: Object) -> tuple[str, str]:
    return item["kind"], item["metadata"]["name"]


if __name__ == "__main__":
    from quantacirc_cdk.model import load_project

    model = load_project(ROOT)
    namespaces = {name: one.namespace or model.system.name for name, one in model.environments.items()}
    record(ROOT / "dist" / "helm" / model.system.name, model.system.name, namespaces)
