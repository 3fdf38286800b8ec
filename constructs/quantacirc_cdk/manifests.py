"""The objects of manifests, read back: for the chart, the Compose file, the reports and the diff."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

Data = dict[str, Any]
"""A Kubernetes object as it stands in YAML."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

HANDED_OVER = ".objects"
"""Folder beside those of the parts, in which one part leaves objects for the others while a synthesis runs."""


def documents(text: str | bytes) -> list[Any]:
    """Return the documents of a YAML text that are not empty. Raises ``yaml.YAMLError``."""
    return [item for item in yaml.load_all(text, Loader=_LOADER) if item is not None]


def read_objects(folder: Path) -> list[Data]:
    """Return the objects in the files of ``folder``, sorted by file.

    What ``hand_over`` left is the same: reading JSON takes a tenth of the time.
    """
    handed = _handed_over(folder)
    if handed.is_file():
        objects: Mapping[str, Data] = json.loads(handed.read_bytes())
        return [objects[name] for name in sorted(objects)]
    return [item for path in sorted(folder.glob("*.yaml")) for item in documents(path.read_bytes())]


def hand_over(folder: Path, objects: Callable[[], str]) -> None:
    """Leave the objects that ``folder`` holds, as JSON by file, to the parts of the run that read them.

    Only the folder of a run asks for it; anywhere else nothing is written and ``objects`` is not called.
    """
    handed = _handed_over(folder)
    if handed.parent.is_dir():
        handed.write_text(objects(), encoding="utf-8")


def _handed_over(folder: Path) -> Path:
    return folder.parent.parent / HANDED_OVER / f"{folder.name}.json"
