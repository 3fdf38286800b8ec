"""Velero's resources against the models made from its own definitions, unknown fields refused.

Run by itself, with the Python of ``.tools/cloudcoil``, it reads a list of objects and prints a list of errors for each.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def errors(objects: "Sequence[dict[str, Any]]") -> list[str]:
    """Return every way in which one of these objects breaks its definition."""
    from support.tools import TOOLS, require_file

    python = require_file(TOOLS / "cloudcoil" / "bin" / "python", "run tools/fetch_environments.py")
    command = [str(python), str(Path(__file__))]
    run = subprocess.run(
        command, input=json.dumps(list(objects)), capture_output=True, text=True, check=True, timeout=60
    )
    return [error for found in json.loads(run.stdout) for error in found]


def main() -> int:
    """Judge the objects that are read."""
    import cloudcoil.models.velero.v1 as models  # type: ignore[import-not-found]
    from pydantic import ValidationError

    judged = []
    for item in json.load(sys.stdin):
        model = getattr(models, item["kind"], None)
        if model is None or item["apiVersion"] != "velero.io/v1":
            judged.append([f"no definition of {item['apiVersion']} {item['kind']}"])
            continue
        found = list(_unknown(model.model_json_schema(), item))
        try:
            model.model_validate(item)
        except ValidationError as error:
            found += [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        judged.append(found)
    print(json.dumps(judged))
    return 0


def _unknown(root: dict[str, Any], value: Any, schema: dict[str, Any] | None = None, place: str = "") -> "list[str]":
    """Return the places of fields that no alternative of a schema knows: the models let them pass."""
    choices = _alternatives(root, root if schema is None else schema)
    if isinstance(value, list):
        items = [one["items"] for one in choices if "items" in one]
        return [
            e
            for one in items[:1]
            for index, item in enumerate(value)
            for e in _unknown(root, item, one, f"{place}[{index}]")
        ]
    if not isinstance(value, dict):
        return []
    known = {key: one for choice in choices for key, one in choice.get("properties", {}).items()}
    free = any("additionalProperties" in one for one in choices) or not known
    found = [f"{place}.{key} does not exist" for key in value if key not in known and not free]
    return found + [
        e for key in value if key in known for e in _unknown(root, value[key], known[key], f"{place}.{key}")
    ]


def _alternatives(root: dict[str, Any], schema: dict[str, Any]) -> "list[dict[str, Any]]":
    if "$ref" in schema:
        return _alternatives(root, root["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    if "anyOf" in schema:
        return [found for one in schema["anyOf"] for found in _alternatives(root, one)]
    return [schema]


if __name__ == "__main__":
    sys.exit(main())
