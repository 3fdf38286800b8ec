"""JSON Schemas of the model's files, generated from the model and the registered kinds."""

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from quantacirc_cdk.kinds.registry import Registry
from quantacirc_cdk.model.component import Component, Settings
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.system import System

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas(kinds: Registry) -> dict[str, str]:
    """Return the text of each schema, by file name."""
    models: dict[str, type[Component]] = kinds.all()
    system, parts = _with(System, list(models.values()))
    mapping = {name: parts[model.__name__]["$ref"] for name, model in models.items()}
    _fill(
        system,
        {
            "discriminator": {"propertyName": "kind", "mapping": mapping},
            "oneOf": [{"$ref": reference} for reference in mapping.values()],
        },
    )
    sections: list[type[Settings]] = list(dict.fromkeys(model.settings for model in models.values()))
    environment, parts = _with(Environment, sections)
    # An environment file does not repeat the kind of a component.
    _fill(environment, {"anyOf": [parts[section.__name__] for section in sections]})
    documents = {"system": system, "environment": _partial(environment)}
    return {
        f"{name}.schema.json": json.dumps({"$schema": DIALECT, **document}, indent=2, ensure_ascii=False) + "\n"
        for name, document in documents.items()
    }


def _fill(document: dict[str, Any], sections: dict[str, Any]) -> None:
    """Set the schemas of the components of a document."""
    components = document["properties"]["components"]
    components["patternProperties"] = dict.fromkeys(components["patternProperties"], sections)


def _with(document: type[Any], models: list[type[Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a document with the schemas of other models in its definitions, and references to them."""
    references, schema = models_json_schema([(model, "validation") for model in (document, *models)])
    definitions = schema["$defs"]
    top = definitions.pop(references[document, "validation"]["$ref"].rpartition("/")[2])
    for unused in ("Component", "Settings"):
        definitions.pop(unused, None)
    return {"$defs": definitions, **top}, {model.__name__: references[model, "validation"] for model in models}


def _partial(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an environment file, where keys can be absent (inherited) or null (removed)."""
    for section in (schema, *schema.get("$defs", {}).values()):
        section.pop("required", None)
        for name, value in section.get("properties", {}).items():
            options = value.get("anyOf", [])
            if {"type": "null"} not in options and "null" not in str(value.get("type")):
                kept = {key: value.pop(key) for key in list(value) if key not in ("description", "default", "title")}
                section["properties"][name] = {**value, "anyOf": [kept, {"type": "null"}]}
    return schema
