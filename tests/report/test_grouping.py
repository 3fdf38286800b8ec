"""Like components share a row; a row holds one value."""

from typing import Any

from quantacirc_cdk.report.grouping import alike_endpoints, differences
from quantacirc_cdk.report.parity import as_markdown


def parity(**parameters: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {"path": path.replace("__", "."), "reason": "load", "undeclared": False, "values": values}
        for path, values in parameters.items()
    ]
    return {"environments": ["dev", "prod"], "declared": 9, "parameters": rows, "without_values": []}


def test_components_that_differ_alike_share_a_row() -> None:
    (found,) = differences(parity(a__replicas={"dev": 1, "prod": 2}, b__replicas={"dev": 1, "prod": 2}))
    assert (found.shown, found.sections, found.values) == ("replicas", ["a", "b"], {"dev": "1", "prod": "2"})


def test_components_that_differ_otherwise_have_rows_of_their_own() -> None:
    found = differences(parity(a__replicas={"dev": 1, "prod": 2}, b__replicas={"dev": 1, "prod": 3}))
    assert [one.shown for one in found] == ["a.replicas", "b.replicas"]


def test_a_mapping_and_a_list_give_a_row_for_each_value_that_differs() -> None:
    dev = {"limits": {"cpu": "1", "memory": "1Gi"}, "items": [{"port": 80}]}
    prod = {"limits": {"cpu": "1", "memory": "2Gi"}, "items": [{"port": 80}, {"port": 90}]}
    found = {one.shown: one.values for one in differences(parity(web__resources={"dev": dev, "prod": prod}))}
    assert found == {
        "web.resources.limits.memory": {"dev": "1Gi", "prod": "2Gi"},
        "web.resources.items[1].port": {"dev": "(none)", "prod": "90"},
    }


def test_an_empty_list_is_none_of_the_values_of_the_other_environment() -> None:
    (found,) = differences(parity(web__ports={"dev": [], "prod": [80]}))
    assert (found.shown, found.values) == ("web.ports[0]", {"dev": "(none)", "prod": "80"})


def test_the_document_names_the_components_of_a_row() -> None:
    text = as_markdown(parity(a__replicas={"dev": 1, "prod": 2}, b__replicas={"dev": 1, "prod": 2}))
    assert "| `replicas` of `a`, `b` | `1` | `2` | load |" in text


def test_endpoints_with_the_same_connections_are_alike() -> None:
    def link(source: str, target: str, port: str = "80/TCP") -> dict[str, Any]:
        return {"source": source, "target": target, "ports": [port]}

    links = [link("a", "db"), link("b", "db"), link("c", "db", "81/TCP")]
    assert alike_endpoints([{"environment": "dev", "open": links}]) == [("a", "b"), ("c",), ("db",)]
    more = {"environment": "prod", "open": [link("a", "db")]}
    assert alike_endpoints([{"environment": "dev", "open": links}, more]) == [("a",), ("b",), ("c",), ("db",)]
