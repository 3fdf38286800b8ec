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
    root = _section(sections(parameters), "", described)
    # A parent chart passes its globals, and enables or disables this chart.
    root["properties"].setdefault("global", {"type": "object"})["additionalProperties"] = True
    root["properties"]["enabled"] = {**BOOLEAN, "description": "For a parent chart's `condition`.", "default": True}
    schema: Json = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Values of the chart {chart}",
        "definitions": {_NAMES[text]: _with_references(json.loads(text), text) for text in sorted(_NAMES)},
        **root,
    }
    return to_json(_sorted(schema), indent=1).decode() + "\n"


def _sorted(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _sorted(item[key]) for key in sorted(item)}
    return [_sorted(each) for each in item] if isinstance(item, list) else item


def _section(section: Section, path: str, described: Mapping[str, str]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for key, item in section.items():
        inner = f"{path}.{key}".lstrip(".")
        if isinstance(item, Parameter):
            properties[key] = {**_shared(item.schema), "description": item.description, "default": item.default}
        else:
            said = described.get(inner) or f"The settings of {inner}."
            properties[key] = {"description": said, "default": {}, **_section(item, inner, described)}
    # Helm validates the values together with the defaults. A missing key was removed by null, or comes from the reused
    # values of an old release. A template would fail without it.
    needed = [key for key, each in properties.items() if each["default"] is not None]
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": sorted(needed)}


_SHARED_FROM = 120
"""Minimum length of a schema that is written only once if several values share it."""

_NAMES = {
    text: name.lower().lstrip("_")
    for name, schema in (vars(schemas) | vars(spec_schemas) | vars(network_schemas)).items()
    if name.isupper() and isinstance(schema, dict) and {"type", "anyOf", "enum"} & schema.keys()
    if len(text := json.dumps(schema, sort_keys=True)) > _SHARED_FROM
}
"""Names of the shared schemas, by their text."""


def _with_references(item: Any, whole: str = "") -> Any:
    """Return a schema with references to the shared ones in it, except to ``whole``, its own text."""
    if isinstance(item, list):
        return [_with_references(each) for each in item]
    if not isinstance(item, dict):
        return item
    text = json.dumps(item, sort_keys=True)
    if text != whole and text in _NAMES:
        return _reference(_NAMES[text])
    return {key: _with_references(each) for key, each in item.items()}


def _reference(name: str) -> Json:
    return {"$ref": f"#/definitions/{name}"}


def _shared(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = _NAMES.get(json.dumps(schema, sort_keys=True))
    # In draft 7, keys beside $ref are ignored.
    return {"allOf": [_reference(name)]} if name else schema
