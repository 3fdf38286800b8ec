"""Lines of several environments merge into one sequence that has each environment's lines in order."""

import random

from quantacirc_cdk.helm.alignment import aligned


def test_each_environment_gets_its_lines_back_in_order() -> None:
    dice = random.Random(5)
    for _ in range(500):
        texts = {name: dice.choices("abc", k=dice.randrange(1, 9)) for name in ("dev", "prod", "staging")}
        merged: list[tuple[str, set[str]]] = []
        for name, lines in texts.items():
            merged = aligned(merged, lines, name)
        assert {name: [line for line, names in merged if name in names] for name in texts} == texts


def test_lines_around_a_difference_are_shared() -> None:
    merged = aligned([(line, {"dev"}) for line in "abxcd"], list("abyzcd"), "prod")
    assert [line for line, names in merged if names == {"dev", "prod"}] == ["a", "b", "c", "d"]
