"""Each rule takes what the Kubernetes API takes, and says what it expected of the rest."""

from importlib import import_module
from ipaddress import IPv4Address, IPv6Address
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import TypeAdapter, ValidationError

from quantacirc_cdk import limits
from quantacirc_cdk.limits import formats, kubernetes
from quantacirc_cdk.limits.check import check_of, describe
from quantacirc_cdk.limits.rule import Rule
from support.limits import REFUSED, TAKEN, rule_of


def cases(table: list[tuple[Any, list[Any]]]) -> list[tuple[Any, Any]]:
    return [(kind, value) for kind, values in table for value in values]


@pytest.mark.parametrize(("kind", "value"), cases(TAKEN))
def test_model_and_props_take_what_the_api_takes(kind: Any, value: Any) -> None:
    assert TypeAdapter(kind).validate_python(value) == value
    assert not check_of(kind)(value)


@pytest.mark.parametrize(("kind", "most"), [(kubernetes.Annotations, 2**18 - 1), (kubernetes.ConfigData, 2**20)])
def test_sizes_are_those_of_the_api(kind: Any, most: int) -> None:
    assert not check_of(kind)({"a": "x" * most})
    assert check_of(kind)({"a": "x" * (most + 1)})


@pytest.mark.parametrize(("kind", "value"), cases(REFUSED))
def test_model_and_props_refuse_the_rest_with_the_same_words(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    (refusal,) = check_of(kind)(value)
    assert caught.value.errors()[0]["msg"] == refusal.expected
    assert refusal.what == describe(value)


@pytest.mark.parametrize(("table", "fits"), [(TAKEN, True), (REFUSED, False)], ids=["taken", "refused"])
def test_the_schema_of_a_pattern_agrees_with_the_rule(table: list[tuple[Any, list[Any]]], *, fits: bool) -> None:
    beyond = (kubernetes.TimeZone, formats.LabelPattern)  # A list of names, and what compiles.
    by_pattern = [(kind, value) for kind, value in cases(table) if kind not in beyond]
    schemas = [(TypeAdapter(kind).json_schema(), value) for kind, value in by_pattern]
    known = [(schema, value) for schema, value in schemas if "pattern" in schema and not str(value).endswith("\n")]
    assert len(known) > 50
    wrong = [(schema["pattern"], value) for schema, value in known if Draft7Validator(schema).is_valid(value) != fits]
    assert not wrong


@pytest.mark.parametrize(("table", "fits"), [(TAKEN, True), (REFUSED, False)], ids=["taken", "refused"])
def test_the_keywords_for_charts_agree_with_the_rule(table: list[tuple[Any, list[Any]]], *, fits: bool) -> None:
    # What an expression cannot say: bits of hosts, names of zones, the order of a range, and what compiles.
    beyond = (formats.Cidr, formats.AddressRange, kubernetes.TimeZone, kubernetes.Schedule, formats.LabelPattern)
    known = [
        (rule.keywords, value)
        for kind, value in cases(table)
        if (rule := rule_of(kind)) and {"pattern", "not"} & rule.keywords.keys() and (fits or kind not in beyond)
        if not str(value).endswith("\n")
    ]
    assert len(known) > 90
    assert [(words, value) for words, value in known if Draft7Validator(words).is_valid(value) != fits] == []


@pytest.mark.parametrize(
    "text", ["60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 7", "*/0 * * * *", "* * * *"]
)
def test_the_keywords_of_a_schedule_know_its_numbers(text: str) -> None:
    assert not Draft7Validator(rule_of(kubernetes.Schedule).keywords).is_valid(text)


@given(st.ip_addresses(), st.integers(0, 32))
def test_the_keywords_of_addresses_take_every_address(address: IPv4Address | IPv6Address, prefix: int) -> None:
    for text in {str(address), address.exploded}:
        assert Draft7Validator(rule_of(kubernetes.Address).keywords).is_valid(text)
        assert Draft7Validator(rule_of(formats.AddressRange).keywords).is_valid(f"{text}/{prefix}")


def rules() -> list[tuple[str, Rule]]:
    modules = [import_module(f"{limits.__name__}.{one.name}") for one in iter_modules(limits.__path__)]
    return [
        (f"{module.__name__}.{name}", rule)
        for module in modules
        for name, hint in vars(module).items()
        if not name.startswith("_") and (rule := rule_of(hint))
    ]


@pytest.mark.parametrize(("name", "rule"), rules())
def test_every_rule_says_where_it_is_written_and_has_cases(name: str, rule: Rule) -> None:
    assert rule.source.startswith("https://"), name
    for table in (TAKEN, REFUSED):
        assert any(rule_of(kind) is rule for kind, _ in table), name
