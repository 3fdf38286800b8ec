"""JSON Schemas (draft 7, https://json-schema.org/draft-07) that users give for values: whether one is a schema, and
whether a value complies with it.

Helm reads ``values.schema.json`` with every command, so an invalid schema, or a default that it refuses, makes a chart
that nobody can install.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from quantacirc_cdk.errors import nearest

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda item: isinstance(item, list),
    "boolean": lambda item: isinstance(item, bool),
    "integer": lambda item: _is_number(item) and item == int(item),
    "null": lambda item: item is None,
    "number": lambda item: _is_number(item),
    "object": lambda item: isinstance(item, Mapping),
    "string": lambda item: isinstance(item, str),
}


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) and not isinstance(item, bool)


def _is_same(one: Any, other: Any) -> bool:
    """Return whether values are equal in JSON, where ``true`` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    return bool(one == other)


def _is_pattern(item: Any) -> bool:
    try:
        re.compile(item)
    except (re.error, TypeError):
        return False
    return True


def _is_count(item: Any) -> bool:
    return TYPES["integer"](item) and item >= 0


def _is_type(item: Any) -> bool:
    return isinstance(item, str) and item in TYPES


_WORDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (_is_number, "a number")),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        (_is_count, "a whole number, at least 0"),
    ),
    **dict.fromkeys(
        ("title", "description", "format", "$ref", "$id", "$schema", "$comment"), (TYPES["string"], "text")
    ),
    **dict.fromkeys(("contentEncoding", "contentMediaType"), (TYPES["string"], "text")),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly"), (TYPES["boolean"], "true or false")),
    "pattern": (_is_pattern, "a regular expression"),
    "enum": (lambda item: isinstance(item, list) and bool(item), "a list of values"),
    "examples": (TYPES["array"], "a list of values"),
    "required": (
        lambda item: isinstance(item, list) and all(isinstance(one, str) for one in item),
        "a list of names",
    ),
    "multipleOf": (lambda item: _is_number(item) and item > 0, "a number above 0"),
    "const": (lambda _: True, ""),
    "default": (lambda _: True, ""),
}
"""Keywords without schemas inside: the test of the value, and the expected value."""
_LISTS = ("allOf", "anyOf", "oneOf")
_ONE = ("additionalProperties", "additionalItems", "contains", "else", "if", "not", "propertyNames", "then")
_MAPPINGS = ("definitions", "patternProperties", "properties")
KEYWORDS = ("type", "items", "dependencies", *_WORDS, *_LISTS, *_ONE, *_MAPPINGS)


def schema_problems(schema: Any, at: str = "schema") -> Iterator[tuple[str, str, str]]:
    """Yield why ``schema`` is no schema: the place, what is found, and what is expected."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield at, f"found {schema!r}", "a JSON Schema: a mapping"
        return
    for word, item in schema.items():
        here = f"{at}.{word}"
        if word not in KEYWORDS:
            yield here, "unknown keyword of JSON Schema", nearest(str(word), KEYWORDS)
        elif word == "type":
            for one in item if isinstance(item, list | tuple) and item else [item]:
                if not _is_type(one):
                    yield here, f"found {one!r}", nearest(str(one), TYPES)
        elif word in _WORDS and not _WORDS[word][0](item):
            yield here, f"found {item!r}", _WORDS[word][1]
        else:
            for place, inner in _inside(word, item):
                yield from schema_problems(inner, f"{here}{place}")


def _inside(word: str, item: Any) -> Iterator[tuple[str, Any]]:
    """Yield the schemas in the value of a keyword."""
    if word in _ONE or (word == "items" and not isinstance(item, list)):
        yield "", item
    elif word in _LISTS or word == "items":
        if not isinstance(item, list) or not item:
            yield "", None
        else:
            yield from ((f"[{index}]", one) for index, one in enumerate(item))
    elif word in _MAPPINGS:
        yield from ((f".{name}", one) for name, one in item.items()) if isinstance(item, Mapping) else [("", None)]


def refusal(schema: Any, item: Any) -> str:
    """Return why a valid ``schema`` refuses a value; empty if it accepts the value, or has ``$ref``, ``if`` or another
    keyword that only Helm evaluates.
    """
    if isinstance(schema, bool):
        return "" if schema else "no value is accepted"
    for word, wanted in schema.items():
        if word in _CHECKS and not _CHECKS[word](wanted, item):
            return f"`{word}` is {wanted!r}"
        for said in _of_parts(word, wanted, schema, item):
            if said:
                return said
    return ""


def _of_parts(word: str, wanted: Any, schema: Mapping[str, Any], item: Any) -> Iterator[str]:
    match word:
        case "allOf":
            yield from (refusal(one, item) for one in wanted)
        case "anyOf" | "oneOf":
            count = sum(not refusal(one, item) for one in wanted)
            yield "" if count == 1 or (count and word == "anyOf") else f"{count} of `{word}` accept it"
        case "not":
            yield "" if refusal(wanted, item) else f"`not` is {wanted!r}"
        case "items" if isinstance(item, list) and not isinstance(wanted, list):
            yield from (refusal(wanted, one) for one in item)
        case "properties" if isinstance(item, Mapping):
            yield from (refusal(one, item[name]) for name, one in wanted.items() if name in item)
        case "additionalProperties" if isinstance(item, Mapping) and "patternProperties" not in schema:
            known = schema.get("properties", {})
            yield from (f"{name}: {said}" for name, one in item.items() if name not in known
                        and (said := refusal(wanted, one)))  # fmt: skip


_CHECKS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": lambda wanted, item: any(TYPES[one](item) for one in ([wanted] if isinstance(wanted, str) else wanted)),
    "enum": lambda wanted, item: any(_is_same(one, item) for one in wanted),
    "const": lambda wanted, item: _is_same(wanted, item),
    "minimum": lambda wanted, item: not _is_number(item) or item >= wanted,
    "maximum": lambda wanted, item: not _is_number(item) or item <= wanted,
    "exclusiveMinimum": lambda wanted, item: not _is_number(item) or item > wanted,
    "exclusiveMaximum": lambda wanted, item: not _is_number(item) or item < wanted,
    "multipleOf": lambda wanted, item: not _is_number(item) or item % wanted == 0,
    "minLength": lambda wanted, item: not isinstance(item, str) or len(item) >= wanted,
    "maxLength": lambda wanted, item: not isinstance(item, str) or len(item) <= wanted,
    "pattern": lambda wanted, item: not isinstance(item, str) or bool(re.search(wanted, item)),
    "minItems": lambda wanted, item: not isinstance(item, list) or len(item) >= wanted,
    "maxItems": lambda wanted, item: not isinstance(item, list) or len(item) <= wanted,
    "uniqueItems": lambda wanted, item: (
        not wanted or not isinstance(item, list) or len({*map(repr, item)}) == len(item)
    ),
    "minProperties": lambda wanted, item: not isinstance(item, Mapping) or len(item) >= wanted,
    "maxProperties": lambda wanted, item: not isinstance(item, Mapping) or len(item) <= wanted,
    "required": lambda wanted, item: not isinstance(item, Mapping) or {*wanted} <= item.keys(),
}
