"""Schemas of the providers: arguments and attributes of the resource types in use, for each provider version.

``tools/schemas.py`` writes the JSON files in this folder from the published schemas. A provider with several supported
major versions has a file for each, and a resource must match all of them.

They cover the types that this package uses. For other types, ``qcdk provider-schema`` writes
``provider-schemas/<provider>.json`` in the project. The provider is then checked only against that file, which has the
version that the project locks.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from quantacirc_cdk.errors import ModelError, Problem, SchemaError
from quantacirc_cdk.reading import MAX_JSON_BYTES, parse_json, read_file
from quantacirc_cdk.terraform.schemas.block import Block

Kind = Literal["resources", "data", "provider"]

PROJECT_FOLDER = "provider-schemas"
"""Folder with the schemas of a project's locked providers; also looked up in the current folder."""

_SHIPPED = Path(__file__).parent
_FOLDERS: list[Path] = []


class ProviderSchema:
    """A version of a provider."""

    def __init__(self, path: Path) -> None:
        document = _read(path)
        self.source: str = document["source"]
        """Registry source, such as ``hashicorp/aws``."""
        self.version: str = document["version"]
        """Exact version of the schema."""
        self._raw: Mapping[Kind, Mapping[str, Any]] = {
            "resources": document["resources"],
            "data": document["data"],
            "provider": {"": document["provider"]},
        }
        self._blocks: dict[tuple[Kind, str], Block | None] = {}

    def __str__(self) -> str:
        return f"{self.source} {self.version}"

    def types(self, kind: Kind = "resources") -> Sequence[str]:
        """Names of the resource types (or data sources) in the schema."""
        return list(self._raw[kind])

    def block(self, kind: Kind, type: str = "") -> Block | None:
        """Return the block of ``type``; None if the schema does not contain it."""
        key = (kind, type)
        if key not in self._blocks:
            raw = self._raw[kind].get(type)
            self._blocks[key] = None if raw is None else Block.read(raw)
        return self._blocks[key]


def _read(path: Path) -> dict[str, Any]:
    expected = "a file that `qcdk provider-schema` has written"
    try:
        document: dict[str, Any] = parse_json(read_file(path, str(path), expected=expected, limit=MAX_JSON_BYTES))
    except ModelError as error:
        raise SchemaError(error.problems) from None
    except ValueError as error:
        raise SchemaError(Problem(file=str(path), what=str(error), expected=expected)) from None
    keys = ("source", "version", "provider", "resources", "data")
    if not isinstance(document, dict) or not all(key in document for key in keys):
        raise SchemaError(Problem(file=str(path), what="no schema of a provider", expected=expected))
    return document


def add_folder(folder: Path) -> None:
    """Also look for schemas in ``folder``: a provider with a file there is checked only against it."""
    if folder not in _FOLDERS:
        _FOLDERS.append(folder)
        provider_schemas.cache_clear()
        schemas_covering.cache_clear()


@cache
def provider_schemas(provider: str) -> Sequence[ProviderSchema]:
    """Return the schemas of ``provider`` (``aws``), oldest version first; none for an unknown provider.

    Raises ``SchemaError`` for an invalid file of a project.
    """
    for folder in (*_FOLDERS, Path.cwd() / PROJECT_FOLDER):
        if os.path.lexists(own := folder / f"{provider}.json"):
            return (ProviderSchema(own),)
    return tuple(ProviderSchema(path) for path in sorted(_SHIPPED.glob(f"{provider}.*json")))


@cache
def schemas_covering(kind: Kind, type: str) -> Sequence[tuple[ProviderSchema, Block]]:
    """Return each provider version that contains ``type``, with its block."""
    provider = type.partition("_")[0]
    found = ((schema, schema.block(kind, type)) for schema in provider_schemas(provider))
    return [(schema, block) for schema, block in found if block is not None]
