"""``values.schema.json``: refuses unknown keys, and is valid for a subchart.

Helm validates the values after it has merged the user's values with the defaults. A key that the user removed with null
is therefore refused by name.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from quantacirc_cdk.helm import network_schemas, schemas, spec_schemas
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.schema_parts import Json
from quantacirc_cdk.helm.schemas import BOOLEAN
from quantacirc_cdk.helm.values_file import Section, sections


def schema_file(chart: str, parameters: Sequence[Parameter], described: Mapping[str, str]) -> str:
    """Return the schema of the values."""
    different = {id(each.schema): each.schema for each in parameters}  # Hundreds of values have the same one.
    shared = {identity: _shared(schema) for identity, schema in different.items()}
    root = _section(sections(parameters), "", described, shared)
    # A parent chart passes its globals, and enables or disables this chart.
    root["properties"].setdefault("global", {"type": "object"})["additionalProperties"] = True
    root["properties"]["enabled"] = {**BOOLEAN, "description": "For a parent chart's `condition`.", "default": True}
    schema: Json = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Values of the chart {chart}",
        "definitions": {name: _with_references(schema, name) for name, schema in _SHARED.items()},
        **root,
    }
    return to_json(_sorted(schema), indent=1).decode() + "\n"


def _sorted(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _sorted(item[key]) for key in sorted(item)}
    return [_sorted(each) for each in item] if isinstance(item, list) else item


def _section(
    section: Section, path: str, described: Mapping[str, str], shared: Mapping[int, Mapping[str, Any]]
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for key, item in section.items():
        inner = f"{path}.{key}".lstrip(".")
        if isinstance(item, Parameter):
            properties[key] = {**shared[id(item.schema)], "description": item.description, "default": item.default}
        else:
            said = described.get(inner) or f"The settings of {inner}."
            properties[key] = {"description": said, "default": {}, **_section(item, inner, described, shared)}
    # Helm validates the values together with the defaults. A missing key was removed by null, or comes from the reused
    # values of an old release. A template would fail without it.
    needed = [key for key, each in properties.items() if each["default"] is not None]
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": sorted(needed)}


_SHARED_FROM = 120
"""Minimum length of a schema that is written only once if several values share it."""


def _shared_schemas() -> dict[str, Mapping[str, Any]]:
    """Return the shared schemas by name."""
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for name, schema in (vars(schemas) | vars(spec_schemas) | vars(network_schemas)).items():
        if name.isupper() and isinstance(schema, dict) and {"type", "anyOf", "enum"} & schema.keys():
            text = json.dumps(schema, sort_keys=True)
            if len(text) > _SHARED_FROM:
                found[text] = name.lower().lstrip("_"), schema
    return dict(found.values())


_SHARED = _shared_schemas()

_ALIKE: dict[frozenset[str], list[str]] = {}
"""The names of the shared schemas with the same keys."""
for _name, _schema in _SHARED.items():
    _ALIKE.setdefault(frozenset(_schema), []).append(_name)


def _with_references(item: Any, whole: str = "") -> Any:
    """Return a schema with references to the shared ones in it, except to ``whole``, its own name."""
    if isinstance(item, list):
        return [_with_references(each) for each in item]
    if not isinstance(item, dict):
        return item
    name = _name_of(item)
    if name and name != whole:
        return _reference(name)
    return {key: _with_references(each) for key, each in item.items()}


def _name_of(schema: Mapping[str, Any]) -> str:
    """Return the name of a shared schema; empty for another one."""
    return next((name for name in _ALIKE.get(frozenset(schema), ()) if _SHARED[name] == schema), "")


def _reference(name: str) -> Json:
    return {"$ref": f"#/definitions/{name}"}


def _shared(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = _name_of(schema)
    # In draft 7, keys beside $ref are ignored.
    return {"allOf": [_reference(name)]} if name else schema
