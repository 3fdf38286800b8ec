"""Trim the output of ``terraform providers schema -json`` (https://developer.hashicorp.com/terraform/internals)."""

import json
from pathlib import Path
from typing import Any


def read_schema(path: Path, source: str, version: str, used: set[str]) -> dict[str, Any]:
    """Return the types of ``source`` that are in ``used``."""
    schemas = json.loads(path.read_bytes())["provider_schemas"]
    provider = next(schema for name, schema in schemas.items() if name.endswith("/" + source))
    return {
        "source": source,
        "version": version,
        "provider": block(provider["provider"]["block"]),
        "resources": chosen(provider.get("resource_schemas", {}), used),
        "data": chosen(provider.get("data_source_schemas", {}), used),
    }


def chosen(schemas: dict[str, Any], used: set[str]) -> dict[str, Any]:
    return {name: block(schema["block"]) for name, schema in schemas.items() if name in used}


def block(raw: dict[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    required, computed = [], []
    for name, attribute in raw.get("attributes", {}).items():
        if attribute.get("computed") and not attribute.get("optional"):
            computed.append(name)
            continue
        arguments[name] = nested(attribute["nested_type"]) if "nested_type" in attribute else kind(attribute["type"])
        if attribute.get("required"):
            required.append(name)
    for name, inner in raw.get("block_types", {}).items():
        one = inner["nesting_mode"] in ("single", "group") or inner.get("max_items") == 1
        arguments[name] = {"block" if one else "blocks": block(inner["block"])}
        if inner.get("min_items", 0) > 0:
            required.append(name)
    trimmed = {"arguments": arguments, "required": sorted(required), "computed": sorted(computed)}
    return {key: value for key, value in trimmed.items() if value}


def nested(raw: dict[str, Any]) -> dict[str, Any]:
    inner = block(raw)
    mode = raw["nesting_mode"]
    return {"map": {"object": inner}} if mode == "map" else {"object" if mode == "single" else "objects": inner}


def kind(raw: Any) -> Any:
    """Translate a type of Terraform: ``["set", "string"]`` and the like."""
    if isinstance(raw, str):
        return "any" if raw == "dynamic" else raw
    form, inner = raw
    if form == "object":
        return {"object": {"arguments": {name: kind(of) for name, of in inner.items()}}}
    if form == "map":
        return {"map": kind(inner)}
    if form == "tuple":
        return {"list": "any"}
    if isinstance(inner, list) and inner[0] == "object":
        return {"objects": kind(inner)["object"]}
    return {"list": kind(inner)}
