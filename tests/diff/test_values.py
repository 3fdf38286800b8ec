"""Values that differ: items of lists are compared with those that they were before."""

from typing import Any

from quantacirc_cdk.diff.values import changed


def container(name: str, **more: Any) -> dict[str, Any]:
    return {"image": f"{name}:1", "args": [name], "ports": 1, **more}


def test_each_item_is_compared_with_the_one_that_it_has_most_in_common_with() -> None:
    web, proxy = container("web"), container("proxy")
    found = changed([web, proxy], [{**proxy, "ports": 2}, {**web, "ports": 3}], longest=200)
    assert sorted(line for line in found if line.startswith(("~", "+", "-"))) == [
        "~ [image=proxy:1].ports: 1 → 2",
        "~ [image=web:1].ports: 1 → 3",
    ]


def test_items_with_less_than_half_in_common_are_removed_and_added() -> None:
    found = changed([{"a": 1, "b": 1, "c": 1}], [{"a": 1, "b": 2, "c": 2}], longest=200)
    assert [line[0] for line in found] == ["-", "+"]


def test_items_with_half_in_common_are_the_same_item() -> None:
    found = changed([{"a": 1, "b": 1}], [{"a": 1, "b": 2}], longest=200)
    assert found == ["~ [0].b: 1 → 2"]


def test_an_item_that_could_be_two_is_the_one_that_it_is_most_alike() -> None:
    def item(key: int, last: int) -> dict[str, int]:
        return {"key": key, "same": 0, "equal": 0, "last": last}

    found = changed([item(1, 1), item(2, 1)], [item(2, 9), item(1, 9)], longest=200)
    assert [line.partition("]")[2] for line in found] == [".last: 1 → 9", ".last: 1 → 9"]
