"""Services wait for the stores that they connect to, and never in a cycle, which Compose refuses."""

from graphlib import TopologicalSorter

import pytest

from quantacirc_cdk.compose.project import _awaited


@pytest.mark.parametrize(
    ("edges", "waits"),
    [
        ({("web", "db"), ("web", "cache")}, {"web": ["cache", "db"]}),
        ({("a", "b"), ("b", "a")}, {"a": ["b"], "b": []}),
        ({("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")}, {"a": ["b"], "b": ["c"], "c": ["d"]}),
        ({("a", "a"), ("web", "a")}, {"a": [], "web": ["a"]}),
        ({("b", "c"), ("c", "b"), ("web", "b"), ("web", "c")}, {"b": ["c"], "c": [], "web": ["b", "c"]}),
    ],
)
def test_no_service_waits_for_one_that_waits_for_it(edges: set[tuple[str, str]], waits: dict[str, list[str]]) -> None:
    found = _awaited(edges)
    assert found == waits
    TopologicalSorter(found).prepare()  # Raises for a cycle.


def test_a_long_chain_is_followed() -> None:
    names = [f"n{number:05}" for number in range(5000)]
    edges = set(zip(names, [*names[1:], names[0]], strict=True))
    TopologicalSorter(_awaited(edges)).prepare()
