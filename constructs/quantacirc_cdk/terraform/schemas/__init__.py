"""What the providers accept: the arguments and attributes of each resource type in use, per provider version.

The JSON files beside this module are written by ``tools/schemas.py`` from what the providers publish. A provider that
is supported in several major versions has a file for each, and a resource must fit all of them.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from quantacirc_cdk.terraform.schemas.block import Block

Kind = Literal["resources", "data", "provider"]

_FOLDERS: list[Path] = [Path(__file__).parent]


class ProviderSchema:
    """One version of one provider."""

    def __init__(self, path: Path) -> None:
        document: dict[str, Any] = json.loads(path.read_bytes())
        self.source: str = document["source"]
        """Registry source, such as ``hashicorp/aws``."""
        self.version: str = document["version"]
        """Exact version the schema was taken from."""
        self._raw: Mapping[Kind, Mapping[str, Any]] = {
            "resources": document["resources"],
            "data": document["data"],
            "provider": {"": document["provider"]},
        }
        self._blocks: dict[tuple[Kind, str], Block | None] = {}

    def __str__(self) -> str:
        return f"{self.source} {self.version}"

    def types(self, kind: Kind = "resources") -> Sequence[str]:
        """Names of the resource types (or data sources) that the schema covers."""
        return list(self._raw[kind])

    def block(self, kind: Kind, type: str = "") -> Block | None:
        """Return what ``type`` accepts, or None when the schema does not cover it."""
        key = (kind, type)
        if key not in self._blocks:
            raw = self._raw[kind].get(type)
            self._blocks[key] = None if raw is None else Block.read(raw)
        return self._blocks[key]


def add_folder(folder: Path) -> None:
    """Also look for schemas in ``folder``: how a project that uses more resource types adds its own."""
    _FOLDERS.append(folder)
    provider_schemas.cache_clear()
    schemas_covering.cache_clear()


@cache
def provider_schemas(provider: str) -> Sequence[ProviderSchema]:
    """Return the schemas of ``provider`` (``aws``), the oldest version first; none for an unknown provider."""
    paths = [path for folder in _FOLDERS for path in sorted(folder.glob(f"{provider}.*json"))]
    return tuple(ProviderSchema(path) for path in paths)


@cache
def schemas_covering(kind: Kind, type: str) -> Sequence[tuple[ProviderSchema, Block]]:
    """Return each provider version that has ``type``, with what it accepts."""
    provider = type.partition("_")[0]
    found = ((schema, schema.block(kind, type)) for schema in provider_schemas(provider))
    return [(schema, block) for schema, block in found if block is not None]
