"""The tables of arguments that force a new resource fit the providers' schemas."""

import json
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.diff import terraform_types
from quantacirc_cdk.terraform import schemas

FOLDER = Path(terraform_types.__file__).parent / "force_new"
PROVIDERS = {"aws": "aws.*.json", "google": "google.*.json", "azurerm": "azurerm.*.json"}


def blocks(provider: str) -> dict[str, list[dict[str, Any]]]:
    """Return the arguments of each type in use, in every version of the provider that is supported."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(Path(schemas.__file__).parent.glob(PROVIDERS[provider])):
        for kind, block in json.loads(path.read_text())["resources"].items():
            found.setdefault(kind, []).append(block)
    return found


def has(block: dict[str, Any], steps: list[str]) -> bool:
    argument = block["arguments"].get(steps[0])
    if argument is None or len(steps) == 1:
        return argument is not None
    nested = argument.get("block") or argument.get("blocks") if isinstance(argument, dict) else None
    return nested is not None and has(nested, steps[1:])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_type_in_use_is_covered(provider: str) -> None:
    assert sorted(kind for kind in blocks(provider) if not terraform_types.covered(kind)) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_argument_of_the_table_is_one_of_the_provider(provider: str) -> None:
    table = json.loads((FOLDER / f"{provider}.json").read_text())["types"]
    in_use = blocks(provider)
    unknown = [
        f"{kind}.{argument}"
        for kind, arguments in table.items()
        for argument in arguments
        if kind in in_use and not any(has(block, argument.split(".")) for block in in_use[kind])
    ]
    assert unknown == []
