"""Functions that build JSON Schemas (draft 7), from the rules in ``limits`` and from other schemas."""

from typing import Any, get_args

Json = dict[str, Any]


def of(hint: Any) -> Json:
    """Return the schema of a text or a number, by the rules of its annotation."""
    kind, *rules = get_args(hint)
    found: Json = {"type": {str: "string", int: "integer"}[kind]}
    for rule in rules:
        found |= rule.keywords
    return found


def but_not(schema: Json, *patterns: str) -> Json:
    """Return the schema of a text that matches none of these patterns."""
    own = schema.get("not", {}).get("pattern")
    return {**schema, "not": {"pattern": "|".join([*([own] if own else []), *patterns])}}


def mapping(key: Json, value: Json) -> Json:
    """Return the schema of a mapping with any keys of a schema of texts. ``propertyNames`` says the same, but Helm's
    message names another value then.
    """
    refused = {key["not"]["pattern"]: False} if "not" in key else {}
    return {"type": "object", "additionalProperties": False, "patternProperties": {key["pattern"]: value, **refused}}


def one_of(*schemas: Json) -> Json:
    """Return the schema of a value that matches one of these."""
    return {"anyOf": list(schemas)}


def closed(required: tuple[str, ...] = (), /, **properties: Any) -> Json:
    """Return the schema of a mapping with exactly these optional and required keys."""
    found: Json = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        found["required"] = list(required)
    return found


def exactly_one(schema: Json, *keys: str) -> Json:
    """Return the schema of a mapping with exactly one of these keys."""
    return {**schema, "oneOf": [{"required": [key]} for key in keys]}


def not_both(schema: Json, key: str, other: str) -> Json:
    """Return the schema of a mapping that has not both of these keys."""
    return {**schema, "dependencies": {other: {"properties": {key: False}}}}


def list_of(items: Json, **more: Any) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **more}


def may_be_empty(schema: Json) -> Json:
    """Return a schema that also accepts an empty mapping, list or string, which means that nothing is set."""
    kinds = schema["type"]
    kind = kinds if isinstance(kinds, str) else kinds[0]
    nothing: Json = {"object": {"maxProperties": 0}, "array": {"maxItems": 0}, "string": {"maxLength": 0}}[kind]
    return {"type": kinds, "anyOf": [{"type": kind, **nothing}, schema]}
