"""Differences that follow from a store: what names it, and what opens a way to it."""

import pytest

from quantacirc_cdk.helm.expression import value
from quantacirc_cdk.helm.node import Choice, Insert, Text
from quantacirc_cdk.helm.rules.stores import mentions, opens, says


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


@pytest.mark.parametrize(("port", "opened"), [(443, True), (4430, False), (None, True)])
def test_a_rule_opens_the_ports_that_it_has(port: int | None, opened: bool) -> None:
    ports = {"ports": [{"port": port, "protocol": "TCP"}]} if port else {}
    assert opens([443, 5432])((), {**ports, "to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}) is opened
    assert not opens([443])((), {**ports, "to": [{"podSelector": {}}]})
