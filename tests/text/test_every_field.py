"""A hostile text in every field of the model that takes one comes back from every output as it was.

The project is written twice: with a marker in each place, and with texts. What programs read of the second output is
what they read of the first with the texts in place of the markers. Texts and places are drawn anew in each run;
``TEXT_SEED`` repeats one, and ``TEXT_ROUNDS`` says how many texts each field gets.
"""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helm_support.helm import RELEASES
from quantacirc_cdk.model import Environment, System, load_project
from quantacirc_cdk.text import markdown, terminal
from text_support import hostile, outputs
from text_support.fields import fields
from text_support.project import ENVIRONMENTS, Filled, added, base, drawn, filled, place_all, synthesize, write

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]
MOST_REFUSALS = 10
ROUNDS = int(os.environ.get("TEXT_ROUNDS", "1"))


@dataclass(frozen=True)
class Written:
    """Two outputs: with markers and with texts."""

    marked: Path
    hostile: Path
    texts: Mapping[str, str]
    """By marker."""


@pytest.fixture(scope="module")
def seed() -> int:
    found = hostile.seed()
    print(f"TEXT_SEED={found}")
    return found


@pytest.fixture(scope="module")
def project(seed: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Filled]:
    """A project with a marker in each place that takes one."""
    root = tmp_path_factory.mktemp("marked")
    found = filled(root, random.Random(seed), load_project)
    write(place_all(base(), {marker: (place, marker) for marker, place in found.markers.items()}), root)
    assert synthesize(root) == ""
    print(f"{len(found.markers)} fields with texts, {len(found.refused)} refused here, {len(found.narrow)} of one kind")
    return root, found


@pytest.fixture(scope="module", params=range(ROUNDS))
def written(
    request: pytest.FixtureRequest, seed: int, project: tuple[Path, Filled], tmp_path_factory: pytest.TempPathFactory
) -> Written:
    """The two outputs of a round."""
    marked, found = project
    root = tmp_path_factory.mktemp("hostile")
    draw = random.Random(seed + request.param)
    own = {marker: (place, marker) for marker, place in found.markers.items()}
    wanted = {m: (place, text) for m, place in found.markers.items() if (text := drawn(draw, place)) is not None}
    taken, _ = added(base(), own, wanted, root, load_project)
    for _ in range(MOST_REFUSALS):
        write(place_all(base(), taken), root)
        if not (wrong := synthesize(root)):
            break
        # A construct refuses it and says which text it is.
        named = [marker for marker, (_, text) in taken.items() if text != marker and terminal.printable(text) in wrong]
        assert named, wrong
        taken |= {marker: own[marker] for marker in named}
    texts = {marker: text for marker, (_, text) in taken.items()}
    assert sum(marker != text for marker, text in texts.items()) > len(texts) // 2
    return Written(marked / "dist", root / "dist", texts)


def test_every_field_of_text_is_found() -> None:
    found = fields({"system": System, "environment": Environment}, random.Random(0))
    names = {place.name for place in found}
    assert {"System.description", "Environment.tags.(key)", "Cluster.context", "External.description"} <= names
    assert len(names) == len(found) > 150


def test_every_field_refuses_or_takes_a_text_and_says_where(seed: int, tmp_path: Path) -> None:
    """What a field's own type refuses is refused with file and line, whatever stands there."""
    draw = random.Random(seed)
    start = base()
    for place in fields({"system": System, "environment": Environment}, draw):
        text = hostile.usable(hostile.text(draw)) or "{{"
        added(start, {}, {place.name: (place, text)}, tmp_path, load_project)


def same(written: Written, marked: Any, hostile_: Any, change: outputs.Change | None = None) -> None:
    """Fail where what is read differs in more than the texts."""
    expected = outputs.mapped(marked, change or outputs.substituted(written.texts))
    found = outputs.mapped(hostile_, outputs.unhashed)
    differences = list(different(expected, found, ""))
    assert differences == []


def different(expected: Any, found: Any, place: str) -> Any:
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected.keys() | found.keys():
            yield from different(expected.get(key), found.get(key), f"{place}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from different(one, other, f"{place}/{index}")
    elif expected != found:
        yield place, expected, found


@pytest.mark.parametrize("environment", ENVIRONMENTS.values())
def test_manifests(written: Written, environment: str) -> None:
    marked = outputs.kubernetes(written.marked, environment)
    for reader, found in outputs.kubernetes(written.hostile, environment).items():
        same(written, without_templates(marked[reader]), without_templates(found))


def without_templates(objects: dict[str, Any]) -> dict[str, Any]:
    """Leave out the rules of Prometheus, whose templates it evaluates: they are read by it."""
    return {name: item for name, item in objects.items() if item["kind"] != "PrometheusRule"}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("environment", ENVIRONMENTS.values())
def test_the_chart(written: Written, environment: str, release: str) -> None:
    wanted = outputs.kubernetes(written.hostile, environment)["go-yaml"]
    rendered = outputs.chart(written.hostile, "quantacirc", "quantacirc", environment, release)
    found = list(different(wanted, rendered, ""))
    assert [one for one in found if not one[0].endswith("/app.kubernetes.io/managed-by")] == []


def test_stacks(written: Written, tmp_path: Path) -> None:
    marked = outputs.stacks(written.marked, written.texts, tmp_path)
    same(written, marked, outputs.stacks(written.hostile, written.texts, tmp_path))


def test_settings_of_scripts(written: Written, tmp_path: Path) -> None:
    same(written, outputs.settings(written.marked, tmp_path), outputs.settings(written.hostile, tmp_path))


def test_compose(written: Written) -> None:
    same(written, outputs.compose_file(written.marked), outputs.compose_file(written.hostile))


def test_workflows_of_github(written: Written, tmp_path: Path) -> None:
    from text_support.readers import github

    marked, found = (outputs.workflow_texts(dist) for dist in (written.marked, written.hostile))
    evaluated = github({f"T_{index}": text for index, text in enumerate(found)}, tmp_path)
    same(written, {f"T_{index}": text for index, text in enumerate(marked)}, evaluated)


def test_the_jenkinsfile(written: Written) -> None:
    same(written, outputs.jenkins_texts(written.marked), outputs.jenkins_texts(written.hostile))


def test_the_report(written: Written) -> None:
    def shown(text: str) -> str:
        return "".join(c if c in "\n\t" or not markdown._NO_ENTITY.match(c) else terminal.printable(c) for c in text)

    texts = {marker: shown(text) for marker, text in written.texts.items()}
    same(written, outputs.report(written.marked), outputs.report(written.hostile), outputs.substituted(texts))
