"""``values.schema.json``: closed, so that a misspelt key is refused, and yet valid as a subchart.

Every value is there once Helm has laid the user's over the defaults: one that was removed with null is refused by name.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.schemas import BOOLEAN, Json
from quantacirc_cdk.helm.values_file import Section, sections


def schema_file(chart: str, parameters: Sequence[Parameter], described: Mapping[str, str]) -> str:
    """Return the schema of the values."""
    root = _section(sections(parameters), "", described)
    # A parent chart shares its own globals, and switches this chart on and off.
    root["properties"].setdefault("global", {"type": "object"})["additionalProperties"] = True
    root["properties"]["enabled"] = {**BOOLEAN, "description": "For a parent chart's `condition`.", "default": True}
    schema: Json = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Values of the chart {chart}",
        "definitions": {_NAMES[text]: json.loads(text) for text in sorted(_NAMES)},
        **root,
    }
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _section(section: Section, path: str, described: Mapping[str, str]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for key, item in section.items():
        inner = f"{path}.{key}".lstrip(".")
        if isinstance(item, Parameter):
            properties[key] = {**_shared(item.schema), "description": item.description, "default": item.default}
        else:
            said = described.get(inner) or f"The settings of {inner}."
            properties[key] = {"description": said, "default": {}, **_section(item, inner, described)}
    # Helm checks the values with the defaults below them: what is missing then was removed, by null or by the values of
    # an old release that are used again, and a template would find nothing where it looks.
    needed = [key for key, each in properties.items() if each["default"] is not None and (path or key != "global")]
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": sorted(needed)}


_SHARED_FROM = 120
"""Characters from which a schema that many values have is written once."""

_NAMES = {
    text: name.lower()
    for name, schema in (vars(schemas) | vars(spec_schemas)).items()
    if isinstance(schema, dict) and name.isupper() and len(text := json.dumps(schema, sort_keys=True)) > _SHARED_FROM
}
"""Names of the shared schemas, by their text."""


def _shared(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = _NAMES.get(json.dumps(schema, sort_keys=True))
    # In draft 7 what stands beside a $ref is ignored.
    return {"allOf": [{"$ref": f"#/definitions/{name}"}]} if name else schema
