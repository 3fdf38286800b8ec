"""JSON Schemas of the model's files, derived from the model."""

import json
from typing import Any

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import System

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Return the text of each schema by file name."""
    documents = {"system": System.model_json_schema(), "environment": _partial(Environment.model_json_schema())}
    return {
        f"{name}.schema.json": json.dumps({"$schema": DIALECT, **document}, indent=2, ensure_ascii=False) + "\n"
        for name, document in documents.items()
    }


def _partial(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an environment file: it may leave out what it inherits, and null what it removes."""
    for section in (schema, *schema.get("$defs", {}).values()):
        section.pop("required", None)
        for name, value in section.get("properties", {}).items():
            options = value.get("anyOf", [])
            if {"type": "null"} not in options and "null" not in str(value.get("type")):
                kept = {key: value.pop(key) for key in list(value) if key not in ("description", "default", "title")}
                section["properties"][name] = {**value, "anyOf": [kept, {"type": "null"}]}
    return schema
