"""Differences that follow from a store: what names it."""

import pytest

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.node import Choice, Insert, Text
from quantacirc_cdk.helm.rules.stores import mentions, says


@pytest.mark.parametrize(
    "node",
    [
        "postgres://ledger:5432",
        ["first\nledger second"],
        {"ledger": 1},
        Text(("ledger.", value("namespaceOverride"))),
        [Choice(value("x"), {"name": "ledger"})],
    ],
)
def test_a_name_is_found_in_keys_and_texts(node: object) -> None:
    assert mentions("ledger")((), node)


@pytest.mark.parametrize("node", ["ledger-backup", "my-ledger", Insert(value("ledger.existingSecret")), 5432])
def test_another_name_and_an_expression_are_no_name(node: object) -> None:
    assert not mentions("ledger")((), node)


def test_a_number_is_found() -> None:
    assert says(r"\b4317\b")((), {"ports": [{"port": 4317}]})
    assert not says(r"\b4317\b")((), {"ports": [{"port": 43170}]})
