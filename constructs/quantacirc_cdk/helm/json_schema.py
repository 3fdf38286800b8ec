"""JSON Schemas (draft 7, https://json-schema.org/draft-07) that users give for values: whether one is a schema, and
whether a value complies with it.

Helm reads ``values.schema.json`` with every command, so an invalid schema, or a default that it refuses, makes a chart
that nobody can install.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.helm.node import same
from quantacirc_cdk.limits import go_pattern

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
    return isinstance(item, int | float) and not isinstance(item, bool) and math.isfinite(item)


def _is_count(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool) and item >= 0


def _are_different(item: Any) -> bool:
    return isinstance(item, list) and not any(same(*pair) for pair in combinations(item, 2))


def _are_names(item: Any) -> bool:
    return _are_different(item) and all(isinstance(one, str) for one in item)


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
    "pattern": (TYPES["string"], "a regular expression"),
    "enum": (lambda item: _are_different(item) and bool(item), "a list of different values"),
    "examples": (TYPES["array"], "a list of values"),
    "required": (_are_names, "a list of different names"),
    "multipleOf": (lambda item: _is_number(item) and item > 0, "a number above 0"),
    "const": (lambda _: True, ""),
    "default": (lambda _: True, ""),
}
"""Keywords without schemas inside: the test of the value, and the expected value."""
_LISTS = ("allOf", "anyOf", "oneOf")
_ONE = ("additionalProperties", "additionalItems", "contains", "else", "if", "not", "propertyNames", "then")
_MAPPINGS = ("definitions", "dependencies", "patternProperties", "properties")
KEYWORDS = ("type", "items", *_WORDS, *_LISTS, *_ONE, *_MAPPINGS)


def schema_problems(schema: Any, at: str = "schema", whole: Any = None) -> Iterator[tuple[str, str, str]]:
    """Yield why ``schema`` is no schema that Helm can load: the place, what is found, and what is expected.

    ``whole`` is the schema around it, whose definitions ``$ref`` can refer to.
    """
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield at, f"found {schema!r}", "a JSON Schema: a mapping"
        return
    whole = schema if whole is None else whole
    for word, item in schema.items():
        here = f"{at}.{word}"
        if word not in KEYWORDS:
            yield here, "unknown keyword of JSON Schema", nearest(str(word), KEYWORDS)
        elif word == "type":
            for one in item if isinstance(item, list | tuple) and item else [item]:
                if not _is_type(one):
                    yield here, f"found {one!r}", nearest(str(one), TYPES)
            if isinstance(item, list | tuple) and not _are_different([*item]):
                yield here, f"found {item!r}", "different types"
        elif word in _WORDS and not _WORDS[word][0](item):
            yield here, f"found {item!r}", _WORDS[word][1]
        elif word == "$ref" and (what := _fault_of_reference(item, whole)):
            yield here, f"found {item!r}, {what}", "a reference to a definition in the same schema: #/definitions/…"
        else:
            for pattern in [item] if word == "pattern" else _names(item) if word == "patternProperties" else ():
                if what := go_pattern.refusal(pattern):
                    expected = "a regular expression of RE2, https://github.com/google/re2/wiki/Syntax"
                    yield here, f"found {pattern!r}: {what}", expected
            for place, inner in _inside(word, item):
                yield from schema_problems(inner, f"{here}{place}", whole)


def _names(item: Any) -> list[str]:
    return [*map(str, item)] if isinstance(item, Mapping) else []


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
        for name, one in item.items() if isinstance(item, Mapping) else [("", None)]:
            if not (word == "dependencies" and _are_names(one)):
                yield (f".{name}" if name else ""), one


def _fault_of_reference(reference: str, whole: Any) -> str:
    """Return why a reference cannot be replaced with what it leads to; empty if it can."""
    definitions = _definitions(whole)
    if reference not in definitions:
        return "which is no definition of the schema"
    followed: set[str] = set()
    remaining = {reference}
    while remaining - followed:
        one = (remaining - followed).pop()
        followed.add(one)
        inner = {*_references(definitions.get(one))}
        if reference in inner:
            return "a schema that contains itself"
        remaining |= inner
    return ""


def _definitions(whole: Any) -> dict[str, Any]:
    """Return the definitions of a schema by the references to them."""
    found = whole.get("definitions") if isinstance(whole, Mapping) else None
    return {f"#/definitions/{name}": one for name, one in found.items()} if isinstance(found, Mapping) else {}


def _references(schema: Any) -> Iterator[str]:
    """Yield the references in a schema."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for word, item in schema.items():
            for _, inner in _inside(word, item):
                yield from _references(inner)


def inlined(schema: Any, whole: Any = None) -> Any:
    """Return a schema without problems, with the definitions in place of the references to them: in the schema of a
    chart, references lead to definitions of the chart.
    """
    whole = schema if whole is None else whole
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:  # In draft 7, the keywords beside it are ignored.
        return inlined(_definitions(whole)[schema["$ref"]], whole)
    found = {word: item for word, item in schema.items() if word not in ("$id", "$schema", "definitions")}
    for word, item in found.items():
        if word in _MAPPINGS:
            found[word] = {name: inlined(one, whole) for name, one in item.items()}
        elif word in _LISTS or (word == "items" and isinstance(item, list)):
            found[word] = [inlined(one, whole) for one in item]
        elif word in _ONE or word == "items":
            found[word] = inlined(item, whole)
    return found


def refusal(schema: Any, item: Any) -> str:
    """Return why a valid ``schema`` refuses a value; empty if it accepts the value, or has ``if`` or another
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
    "enum": lambda wanted, item: any(same(one, item) for one in wanted),
    "const": same,
    "minimum": lambda wanted, item: not _is_number(item) or item >= wanted,
    "maximum": lambda wanted, item: not _is_number(item) or item <= wanted,
    "exclusiveMinimum": lambda wanted, item: not _is_number(item) or item > wanted,
    "exclusiveMaximum": lambda wanted, item: not _is_number(item) or item < wanted,
    "multipleOf": lambda wanted, item: not _is_number(item) or item % wanted == 0,
    "minLength": lambda wanted, item: not isinstance(item, str) or len(item) >= wanted,
    "maxLength": lambda wanted, item: not isinstance(item, str) or len(item) <= wanted,
    "pattern": lambda wanted, item: not isinstance(item, str) or go_pattern.matches(wanted, item),
    "minItems": lambda wanted, item: not isinstance(item, list) or len(item) >= wanted,
    "maxItems": lambda wanted, item: not isinstance(item, list) or len(item) <= wanted,
    "uniqueItems": lambda wanted, item: (
        not wanted or not isinstance(item, list) or len({*map(repr, item)}) == len(item)
    ),
    "minProperties": lambda wanted, item: not isinstance(item, Mapping) or len(item) >= wanted,
    "maxProperties": lambda wanted, item: not isinstance(item, Mapping) or len(item) <= wanted,
    "required": lambda wanted, item: not isinstance(item, Mapping) or {*wanted} <= item.keys(),
}
