"""Schemas of values: what draft 7 takes and refuses, as the validator of Python does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, SchemaError

from quantacirc_cdk.helm import network_schemas, schemas, spec_schemas
from quantacirc_cdk.helm.json_schema import KEYWORDS, inlined, refusal, schema_problems

SCHEMAS: list[Any] = [
    True,
    False,
    {},
    {"type": "integer", "minimum": 1, "maximum": 5},
    {"type": ["string", "null"], "minLength": 1, "pattern": "^a"},
    {"enum": [1, "a", None]},
    {"const": ["a"]},
    {"multipleOf": 3, "exclusiveMinimum": 0, "exclusiveMaximum": 9},
    {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2, "uniqueItems": True},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False, "required": ["a"]},
    {"additionalProperties": {"type": "string"}, "minProperties": 1, "maxProperties": 1},
    {"anyOf": [{"type": "string"}, {"minimum": 3}]},
    {"oneOf": [{"type": "string"}, {"minimum": 3}]},
    {"allOf": [{"not": {"type": "string"}}, {"not": {"const": 3}}]},
    {"type": "string", "maxLength": 2},
]
ITEMS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 12), st.floats(-2, 12), st.sampled_from(["", "a", "aba"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=4,
)  # fmt: skip


@given(st.sampled_from(SCHEMAS), ITEMS)
def test_a_value_is_refused_as_by_the_validator(schema: Any, item: Any) -> None:
    assert bool(refusal(schema, item)) is not Draft7Validator(schema).is_valid(item)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strng"}, {"type": []}, {"type": 1}, {"minimum": "1"}, {"minLength": -1}, {"enum": {}},
        {"required": "a"},
        {"properties": []}, {"properties": {"a": 1}}, {"items": 1}, {"anyOf": []}, {"anyOf": {}}, {"not": 1},
        {"multipleOf": 0}, {"uniqueItems": "yes"}, {"additionalProperties": "no"}, [], "string",
    ],
)  # fmt: skip
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    assert [*schema_problems(schema)]
    with pytest.raises(SchemaError):
        Draft7Validator.check_schema(schema)


def test_every_schema_of_the_chart_is_one_and_every_keyword_is_known() -> None:
    known = [
        item for name, item in (vars(schemas) | vars(spec_schemas) | vars(network_schemas)).items() if name.isupper()
    ]
    found = [*SCHEMAS, *(item for item in known if isinstance(item, dict) and "type" in item)]
    assert [problem for schema in found for problem in schema_problems(schema)] == []
    assert {*Draft7Validator.META_SCHEMA["properties"]} <= {*KEYWORDS}


POINT = {"$ref": "#/definitions/point"}


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"properties": {"a": {"$ref": "#/definitions/nope"}}}, ("schema.properties.a.$ref", "is no definition")),
        ({"$ref": "https://example.com/x.json"}, ("schema.$ref", "is no definition")),
        ({"$ref": "#"}, ("schema.$ref", "is no definition")),
        (
            {**POINT, "definitions": {"point": {"items": POINT}}},
            ("schema.$ref", "a schema that contains itself"),
        ),
        ({"pattern": "^(?=a)a"}, ("schema.pattern", "`(?=a` at position 1, which RE2 does not have")),
        ({"patternProperties": {r"a\Z": {}}}, ("schema.patternProperties", r"`\Z` at position 1")),
        ({"required": ["a", "a"]}, ("schema.required", "['a', 'a']")),
        ({"enum": [1, 1.0]}, ("schema.enum", "[1, 1.0]")),
        ({"type": ["string", "string"]}, ("schema.type", "['string', 'string']")),
        ({"dependencies": {"a": 1}}, ("schema.dependencies.a", "found 1")),
        ({"minimum": float("inf")}, ("schema.minimum", "found inf")),
        ({"minLength": 1.0}, ("schema.minLength", "found 1.0")),
    ],
)
def test_what_helm_cannot_load_is_refused_with_place_and_reason(schema: Any, problem: tuple[str, str]) -> None:
    place, what, _ = next(schema_problems(schema))
    assert place == problem[0]
    assert problem[1] in what


def test_definitions_stand_where_references_led_to_them() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {
            "count": {"type": "integer"},
            "point": {"properties": {"$ref": {"$ref": "#/definitions/count"}}},
        },
        "anyOf": [POINT, {"items": [POINT]}, {"dependencies": {"a": ["b"], "c": POINT}}],
        "default": POINT,
    }  # fmt: skip
    assert [*schema_problems(schema)] == []
    point = {"properties": {"$ref": {"type": "integer"}}}
    assert inlined(schema) == {
        "anyOf": [point, {"items": [point]}, {"dependencies": {"a": ["b"], "c": point}}],
        "default": POINT,
    }
