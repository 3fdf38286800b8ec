"""The resources of Terraform stacks, by type."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.reading import parse_json, read_file

Json = dict[str, Any]


class StackResources(NamedTuple):
    """The resources of a stack."""

    stack: str
    environment: str
    types: Mapping[str, list[str]]
    """Names by type, both sorted."""


def stack_resources(folder: Path, environments: Mapping[str, str]) -> list[StackResources]:
    """Return the resources of the stacks below ``folder``, sorted by name; none without the folder.

    ``environments`` maps each environment to its target. Raises ``ModelError`` for a file that is not a stack.
    """
    found: list[StackResources] = []
    for environment, target in sorted(environments.items()):
        for stack in (f"{environment}-{target}", f"{environment}-{target}-bootstrap"):
            path = folder / stack / "cdk.tf.json"
            if path.is_file():
                declared = _read(path).get("resource", {})
                types = {kind: sorted(items) for kind, items in sorted(declared.items()) if items}
                found.append(StackResources(stack, environment, types))
    return found


def _read(path: Path) -> Json:
    try:
        document = parse_json(read_file(path, str(path), expected="a Terraform stack in JSON", limit=50_000_000))
    except ValueError as error:
        raise ModelError(Problem(file=str(path), what=f"not JSON: {error}")) from None
    if not isinstance(document, dict):
        raise ModelError(Problem(file=str(path), what="not a Terraform stack", expected="a mapping"))
    return document
