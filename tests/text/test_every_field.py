"""A hostile text in every field of the model that takes one comes back from every output as it was.

The project has a value for every field. It is written twice: with a marker in each place that takes a text, and with
texts. What programs read of the second output is what they read of the first with the texts in place of the markers.
Texts are drawn anew in each run; ``TEXT_SEED`` repeats one, and ``TEXT_ROUNDS`` says how many texts each place gets.
"""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helm_support.helm import RELEASES
from quantacirc_cdk.text import markdown, terminal
from text_support import hostile, outputs
from text_support.fields import Field, names
from text_support.project import (
    Documents,
    Filled,
    Texts,
    base,
    documents_with,
    drawn,
    environments,
    every_place,
    filled,
    keys,
    problems,
    refused_by_constructs,
    synthesize,
    taken,
    write,
)

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]
MOST_REFUSALS = 10
ROUNDS = int(os.environ.get("TEXT_ROUNDS", "1"))
ABOUT_OTHER_FILES = {"Environment.extends", "Environment.name"}
OF_PATCHES = ("Patch.", "Operation.", "System.patches", "Environment.patches")
"""They name objects, and places in them."""
OF_A_LIST = {
    "Component.kind",
    "DaemonUpdate.max_surge",
    "DaemonUpdate.max_unavailable",
    "UpdateSpec.max_surge",
}
"""Text of a closed list, or in which only digits and a percent sign may stand."""


OTHER_NAMES_ARE_MADE_OF = {
    "Cluster.node_pools.(key)",
    "ContainerNeeds.files.(key)",
    "Existing.secret",
    "External.secret",
    "Image.repository",
    "Image.tag",
    "ImageRelease.tag",
    "Program.consumes.[]",
    "Program.publishes.[]",
    "Release.version",
    "System.components.(key)",
    "System.name",
}
"""Fields whose texts go into other names, in other letters or shortened: both outputs have the same ones."""
LABELS_OF_GOOGLE = {"Environment.owners.[]", "Environment.tags.(key)", "Environment.tags.*"}
"""Google Cloud takes lower-case letters, digits, dashes and underscores only: what else is there becomes a dash."""


def is_changed(place: Field) -> bool:
    """Whether outputs have another text than stands in a place."""
    return place.name in OTHER_NAMES_ARE_MADE_OF or (place.document == "gcp" and place.name in LABELS_OF_GOOGLE)


@dataclass(frozen=True)
class Written:
    """Two outputs: with markers and with texts."""

    marked: Path
    hostile: Path
    texts: Mapping[str, str]
    """By marker."""
    documents: Documents
    """Those with the texts."""


@pytest.fixture(scope="module")
def seed() -> int:
    found = hostile.seed()
    print(f"TEXT_SEED={found}")
    return found


@pytest.fixture(scope="module")
def start() -> Documents:
    return base()


@pytest.fixture(scope="module")
def project(start: Documents, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A marker for each place that takes one."""
    root = tmp_path_factory.mktemp("filled")
    found = filled(start, root)
    _, markers = synthesized(start, {}, found.markers, root)
    here = {place.name for place in markers}
    found.refused |= {place.name: "names an object" for place in found.markers if place.name not in here}
    found.markers = markers
    print(
        f"{len(found.markers)} places of {len(found.fields)} fields have texts, "
        f"{len(found.refused)} fields take other texts and none here, {len(found.narrow)} take texts of one kind"
    )
    return found


@pytest.fixture(scope="module", params=range(ROUNDS))
def written(
    request: pytest.FixtureRequest,
    seed: int,
    start: Documents,
    project: Filled,
    tmp_path_factory: pytest.TempPathFactory,
) -> Written:
    """The two outputs of a round."""
    draw = random.Random(seed + request.param)
    texts = {place: text for place in project.markers if (text := drawn(draw, place)) is not None}
    names_ = {place: text for place, text in texts.items() if is_changed(place)}
    marked, marks = synthesized(start, project.markers, names_, tmp_path_factory.mktemp("marked"))
    others = {place: text for place, text in texts.items() if place not in names_}
    found, texts = synthesized(start, marks, others, tmp_path_factory.mktemp("hostile"))
    by_marker = {marks[place]: text for place, text in texts.items() if marks[place] != text}
    assert len(by_marker) > len(others) * 0.8
    return Written(marked, found, by_marker, documents_with(start, texts))


def synthesized(start: Documents, kept: Texts, wanted: Texts, root: Path) -> tuple[Path, Texts]:
    """Write the output of a project with as many of the wanted texts as it takes, and return these."""
    texts, _ = taken(start, kept, wanted, root)
    for _ in range(MOST_REFUSALS):
        write(documents_with(start, texts), root)
        if not (wrong := synthesize(root)):
            break
        refused = refused_by_constructs(wrong, texts, kept)
        assert refused, wrong
        texts = {
            place: kept.get(place, "") if place in refused else text
            for place, text in texts.items()
            if place not in refused or place in kept
        }
    return root / "dist", texts


def test_every_field_for_text_is_in_the_project(project: Filled) -> None:
    found = project
    every = {name for name in names() if not name.startswith(OF_PATCHES)}
    assert found.fields | found.refused.keys() | found.narrow == every - ABOUT_OTHER_FILES - OF_A_LIST
    assert len(found.fields) > len(names()) / 2


def test_every_place_refuses_or_takes_a_text_and_says_where(seed: int, start: Documents, tmp_path: Path) -> None:
    """What a field's own type refuses is refused with file and line, whatever stands there."""
    text = hostile.usable(hostile.text(random.Random(seed))) or "{{"
    for document in start:
        every = {place: text for place in every_place(start) if not place.is_key and place.document == document}
        refused = {one.key for one in problems(documents_with(start, every), tmp_path)}
        where = keys(every, {})
        untold = [where[place] for place in every if not place.takes(text) and where[place] not in refused]
        assert untold == []


def same(written: Written, marked: Any, hostile_: Any, change: outputs.Change | None = None) -> None:
    """Fail where what is read differs in more than the texts."""
    expected = outputs.mapped(marked, change or outputs.substituted(written.texts))
    found = outputs.mapped(hostile_, outputs.unhashed)
    differences = list(different(expected, found, ""))
    assert not differences, "\n".join(map(repr, differences[:20]))


def different(expected: Any, found: Any, place: str) -> Any:
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected.keys() | found.keys():
            yield from different(expected.get(key), found.get(key), f"{place}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from different(one, other, f"{place}/{index}")
    elif expected != found:
        yield place, expected, found


def test_manifests(written: Written) -> None:
    for environment in environments(written.documents):
        marked = outputs.kubernetes(written.marked, environment)
        for reader, found in outputs.kubernetes(written.hostile, environment).items():
            same(written, without_templates(marked[reader]), without_templates(found))


def without_templates(objects: dict[str, Any]) -> dict[str, Any]:
    """Leave out the rules of Prometheus, whose templates it evaluates: they are read by it."""
    return {name: item for name, item in objects.items() if item["kind"] != "PrometheusRule"}


@pytest.mark.parametrize("release", RELEASES)
def test_the_chart(written: Written, release: str) -> None:
    for environment in environments(written.documents):
        wanted = outputs.kubernetes(written.hostile, environment)["go-yaml"]
        namespace = written.documents[environment]["namespace"]
        rendered = outputs.chart(written.hostile, written.documents["system"]["name"], namespace, environment, release)
        found = list(different(wanted, rendered, ""))
        found = [one for one in found if not one[0].endswith("/app.kubernetes.io/managed-by")]
        assert not found, "\n".join(map(repr, found[:20]))


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
