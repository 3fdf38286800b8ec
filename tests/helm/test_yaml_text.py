"""A template renders what its node evaluates to, whatever of it is there."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.helm.expression import Scope, value
from quantacirc_cdk.helm.node import ABSENT, Choice, Extended, evaluate
from quantacirc_cdk.helm.yaml_text import document
from support.helm.helm import RELEASES, run

MORE = value("more")
ONE, TWO, ALWAYS = Choice(value("one"), "1"), Choice(value("two"), ABSENT, "2"), "3"
BASES: list[dict[str, Any]] = [{}, {"a": ONE}, {"a": ONE, "b": TWO}, {"a": ONE, "c": ALWAYS}]


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_a_mapping_with_additional_entries_is_there_if_one_of_its_entries_is(tmp_path: Path, release: str) -> None:
    """As annotations, of which all are under conditions."""
    nodes = {
        f"x{index}": {"kind": "X", "metadata": {"name": f"x{index}", "annotations": Extended(base, (MORE,))}}
        for index, base in enumerate(BASES)
    }
    nodes |= {
        f"y{index}": {"kind": "X", "name": f"y{index}", "alone": {"annotations": Extended(base, (MORE,))}}
        for index, base in enumerate(BASES)
    }
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 1.0.0\n")
    (tmp_path / "templates" / "all.yaml").write_text("".join(document(node, []) for node in nodes.values()))
    for one, two, more in itertools.product((True, False), (True, False), ({}, {"m": "4"})):
        values = {"one": one, "two": two, "more": more}
        (tmp_path / "values.yaml").write_text(json.dumps(values))
        done = run("template", "x", tmp_path, release=release)
        assert done.returncode == 0, done.stderr
        rendered = [item for item in yaml.safe_load_all(done.stdout) if item]
        found = {item.get("name") or item["metadata"]["name"]: item for item in rendered}
        assert found == {name: evaluate(node, Scope(values=values)) for name, node in nodes.items()}
