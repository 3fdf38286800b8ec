"""The objects of manifests, read back: for the chart, the Compose file, the reports and the diff."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from quantacirc_cdk.handover import take

Data = dict[str, Any]
"""A Kubernetes object as it stands in YAML."""

POD_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
"""Where each kind that makes pods has its pod template."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads ``=`` as the text that it is to Kubernetes; YAML 1.1 has a type for it, and PyYAML no value."""


_Loader.add_constructor("tag:yaml.org,2002:value", _Loader.construct_yaml_str)


def documents(text: str | bytes) -> list[Any]:
    """Return the documents of a YAML text that are not empty. Raises ``yaml.YAMLError``."""
    return [item for item in yaml.load_all(text, Loader=_Loader) if item is not None]


def read_objects(folder: Path) -> list[Data]:
    """Return the objects in the files of ``folder``, sorted by file.

    In a run these are the objects that are about to be written there: reading JSON takes a tenth of the time, and
    nobody has to wait for the files.
    """
    handed = take(folder.parent.parent, f"{folder.name}.json")
    if handed is not None:
        objects: Mapping[str, Data] = json.loads(handed)
        return [objects[name] for name in sorted(objects)]
    return [item for path in sorted(folder.glob("*.yaml")) for item in documents(path.read_bytes())]


def pod_template(item: Data) -> Data | None:
    """Return the pod template of an object; None for one that makes no pods."""
    if item["kind"] not in POD_TEMPLATES:
        return None
    node: Any = item
    for step in POD_TEMPLATES[item["kind"]]:
        node = node[step]
    found: Data = node
    return found
