"""Whatever the schema allows renders, and what is rendered is valid for Kubernetes and *restricted*."""

import json
import os
import re
from operator import eq
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from quantacirc_cdk.helm.settings import coalesced
from quantacirc_cdk.model import Project
from support.drawn import first_seed
from support.helm.helm import template
from support.helm.valid import wrong
from support.helm.values import leaves, nested, parts, values

pytestmark = pytest.mark.slow

FILES = int(os.environ.get("FUZZ_VALUES", "15"))
SEED = first_seed()
OFTEN = settings(phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))
FREE = {("extraObjects",)}
"""What is anybody's own: not the chart's to be valid."""


@pytest.mark.slow
def test_any_values_that_the_schema_allows_render_to_valid_objects(
    chart: Path, schema: Any, project: Project, tmp_path: Path
) -> None:
    print(f"FUZZ_SEED={SEED}")
    places = [place for place in leaves(schema) if place[0] not in FREE]
    assert len(places) > 400
    file, files, seen = tmp_path / "values.yaml", 0, set()

    def check(found: dict[tuple[str, ...], Any]) -> None:
        nonlocal files
        seen.update(found)
        rest = dict(found)
        while True:
            file.write_text(json.dumps(nested(rest), ensure_ascii=False), encoding="utf-8")
            try:
                objects = template(chart, "--values", file, name=project.system.name)
            except AssertionError as refused:  # values without effect beside the others are named
                places_of = [[path for path in rest if all(map(eq, path, place))] for place in named(str(refused))]
                gone = {min(paths) for paths in places_of if paths}
                if not gone:
                    raise
                rest = {path: value for path, value in rest.items() if path not in gone}
                continue
            break
        assert wrong(objects) == []
        files += 1

    size = max(15, -(-len(places) // FILES))
    for part in parts(places, size):
        drawn = settings(OFTEN, max_examples=-(-FILES * size // len(places)))
        seed(SEED)(drawn(given(values(schema, part))(check)))()
    assert files >= FILES
    assert seen == {path for path, _ in places}


def named(refused: str) -> list[tuple[str, ...]]:
    """Return the value that each line of a refusal of the chart names first."""
    _, at, lines = refused.partition("/templates/refusals.yaml:")
    found = [re.match(r"(?:\d+:\d+\): )?([\w.]+) ", line) for line in lines.partition("\n\n")[0].splitlines()]
    assert at, refused
    assert all(found), refused
    return [tuple(one[1].split(".")) for one in found if one]


@pytest.fixture(scope="module")
def defaults(chart: Path) -> Any:
    """Return the chart's values."""
    return yaml.load((chart / "values.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@pytest.fixture(scope="module")
def schema(chart: Path) -> Any:
    """Return the schema of the chart's values."""
    return json.loads((chart / "values.schema.json").read_text(encoding="utf-8"))


@given(st.data())
def test_what_is_drawn_is_what_the_schema_allows(schema: Any, defaults: Any, data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(parts(list(leaves(schema)), 3)))
    Draft7Validator(schema).validate(coalesced(defaults, nested(data.draw(values(schema, part)))))
