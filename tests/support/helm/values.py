"""Values that a chart's schema allows, drawn at random."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft7Validator

Json = dict[str, Any]
Place = tuple[tuple[str, ...], Json]

ANYTHING = st.sampled_from(["a", 1, True])
CHARACTERS = st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff")
"""What a file can have: YAML has no control characters."""
TEXT = st.text(CHARACTERS, max_size=30)
TOGETHER = ("dependencies", "if", "minProperties", "not", "then")
"""Keywords about several keys of a mapping."""

_SHARED: dict[tuple[int, str], tuple[Json, st.SearchStrategy[Any]]] = {}
"""What the definitions of a schema allow: building it takes longer than drawing from it."""


def leaves(schema: Json, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Yield what can be set, with its schema: sections have nothing but what is in them."""
    for key, entry in schema["properties"].items():
        if "properties" in entry and entry.get("default") == {}:
            yield from leaves(entry, (*path, key))
        else:
            yield (*path, key), entry


def nested(found: dict[tuple[str, ...], Any]) -> Json:
    """Return values by path as they stand in a file."""
    root: Json = {}
    for path, value in found.items():
        section = root
        for key in path[:-1]:
            section = section.setdefault(key, {})
        section[path[-1]] = value
    return root


def values(root: Json, places: list[Place]) -> st.SearchStrategy[dict[tuple[str, ...], Any]]:
    """Return files of values in which all these places are set."""
    return st.fixed_dictionaries({path: matching(schema, root) for path, schema in places})


def parts(places: list[Place], size: int) -> list[list[Place]]:
    """Return the places in parts of a size, each with places from all over."""
    shuffled = Random(0).sample(places, len(places))
    return [shuffled[start : start + size] for start in range(0, len(places), size)]


def matching(schema: Json, root: Json) -> st.SearchStrategy[Any]:
    """Return what a schema allows: draft 7, as far as charts use it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if (id(root), name) not in _SHARED:  # The root is kept, so that no other one gets its id.
            _SHARED[id(root), name] = root, matching(root["definitions"][name], root)
        return _SHARED[id(root), name][1]
    if "allOf" in schema:
        (only,) = schema["allOf"]
        return matching(only, root)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        common = {key: item for key, item in schema.items() if key == "type"}
        return st.one_of([matching({**common, **each}, root) for each in schema["anyOf"]])
    if "oneOf" in schema:  # exactly one of some keys
        rest = {key: item for key, item in schema.items() if key != "oneOf"}
        names = {name for each in schema["oneOf"] for name in each["required"]}
        return st.one_of([matching(_with_one(rest, names, each["required"]), root) for each in schema["oneOf"]])
    return _typed(schema, root)


def _with_one(schema: Json, names: set[str], chosen: list[str]) -> Json:
    """Return the schema of a mapping with the chosen ones of these keys, and without the others."""
    properties = {key: item for key, item in schema["properties"].items() if key not in names.difference(chosen)}
    return {**schema, "properties": properties, "required": [*schema.get("required", ()), *chosen]}


def _typed(schema: Json, root: Json) -> st.SearchStrategy[Any]:
    match schema.get("type"):
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum", -9), schema.get("maximum", 99))
        case "number":
            return st.floats(schema["minimum"], schema["maximum"]) | st.integers(1, 99)
        case "string":
            return _text(schema)
        case "array":
            fewest = schema.get("minItems", 0)
            bounds = {"min_size": fewest, "max_size": max(fewest, min(schema.get("maxItems", 2), 2))}
            once = {"unique_by": repr} if schema.get("uniqueItems") else {}
            return st.lists(matching(schema.get("items", {}), root), **bounds, **once)
        case "object":
            return _mapping(schema, root)
        case list(types):
            return st.one_of([_typed({**schema, "type": each}, root) for each in types])
    return ANYTHING


def _text(schema: Json) -> st.SearchStrategy[str]:
    refused = schema.get("not", {}).get("pattern", r"\n")
    return _texts(schema.get("pattern"), refused, schema.get("minLength", 0), schema.get("maxLength", 10_000))


@cache
def _texts(pattern: str | None, refused: str, shortest: int, longest: int) -> st.SearchStrategy[str]:
    if not longest:
        return st.just("")
    found = TEXT
    if pattern is not None:
        found = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True, alphabet=CHARACTERS)
    return found.filter(
        lambda text: shortest <= len(text) <= longest and "\n" not in text and not re.search(refused, text)
    )


def _some(keys: Iterable[str]) -> st.SearchStrategy[list[str]]:
    """Return a few of these keys: Hypothesis throws away the examples with all fields of several containers, because
    they are too large.
    """
    return st.lists(st.sampled_from(sorted(keys)), max_size=3, unique=True).map(sorted)


def _mapping(schema: Json, root: Json) -> st.SearchStrategy[Json]:
    if schema.get("maxProperties") == 0:
        return st.just({})
    properties = {key: matching(each, root) for key, each in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    if not properties and (patterns := schema.get("patternProperties")):
        refused = "|".join([r"\n", *(pattern for pattern, item in patterns.items() if item is False)])
        ((pattern, item),) = [each for each in patterns.items() if each[1] is not False]
        names = _text({"pattern": pattern, "not": {"pattern": refused}, "maxLength": 100})
        return st.dictionaries(names, matching(item, root), max_size=3)
    more = schema.get("additionalProperties", False if properties else {})
    if more is False:
        must = {key: each for key, each in properties.items() if key in required}
        may = {key: each for key, each in properties.items() if key not in required}
        together = {key: item for key, item in schema.items() if key in TOGETHER}
        chosen = _some(may).flatmap(
            lambda names: st.fixed_dictionaries({**must, **{name: may[name] for name in names}})
        )
        return (chosen if may else st.fixed_dictionaries(must)).filter(Draft7Validator(together).is_valid)
    names = _text({"pattern": "^[a-z]{1,9}$", "maxLength": 100})
    return st.dictionaries(names, matching(more or {}, root), max_size=3)
