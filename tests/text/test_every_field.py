"""A hostile text in every field of the model that takes one comes back from every output as it was.

The project has a value for every field. It is written twice: with a marker in each place that takes a text, and with
texts. What programs read of the second output is what they read of the first with the texts in place of the markers.
Texts are drawn anew in each run; ``TEXT_SEED`` repeats one, and ``TEXT_ROUNDS`` says in how many rounds. The first has
all environments, each of the others one of seven in turn: a tenth of the time for half of the places. So 1,400 rounds
give each field 200 texts. With ``TEXT_SHORT`` the project has three environments, which use nine of ten fields.
"""

import itertools
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.text import markdown, terminal
from quantacirc_cdk.text.controls import unusable
from support.helm.helm import RELEASES
from support.text import hostile, outputs
from support.text.fields import Field, names, wanted
from support.text.project import (
    THREE,
    Documents,
    Filled,
    Texts,
    base,
    covering,
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
OTHER_NAMES_ARE_MADE_OF = {
    "Cluster.node_pools.(key)",
    "ContainerNeeds.files.(key)",
    "Environment.registry",
    "Existing.secret",
    "External.secret",
    "Image.repository",
    "Image.tag",
    "ImageRelease.tag",
    "PortSpec.service_port_name",
    "Program.consumes.[]",
    "Program.publishes.[]",
    "Release.version",
    "System.components.(key)",
    "System.name",
}
"""Fields whose texts go into other names, in other letters or shortened, and names of ports, which an Ingress has by
number where they are longer than it takes: both outputs have the same ones."""
OF_GOOGLE = {"Environment.owners.[]", "Environment.tags.(key)", "Environment.tags.*", "Environment.registry"}
"""Labels of Google Cloud have lower-case letters, digits, dashes and underscores only: what else is there becomes a
dash. Of a registry Terraform reads the host alone."""
Project = tuple[Documents, Filled]
given: Counter[str] = Counter()
"""How many texts each field had until now."""


def is_changed(place: Field, start: Documents) -> bool:
    """Whether outputs have another text than stands in a place."""
    of_google = start[place.document].get("target") == "gcp" and place.name in OF_GOOGLE
    return place.name in OTHER_NAMES_ARE_MADE_OF or of_google


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
    return base(*(THREE if "TEXT_SHORT" in os.environ else ()))


@pytest.fixture(scope="module")
def project_with(start: Documents, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Project]:
    """Return what makes a project with environments: a marker is in each place that takes one."""

    @cache
    def made(*names: str) -> Project:
        documents = base(*names)
        root = tmp_path_factory.mktemp("filled")
        found = filled(documents, root)
        _, markers = synthesized(documents, {}, found.markers, root)
        here = {place.name for place in markers}
        found.refused |= {place.name: "names an object" for place in found.markers if place.name not in here}
        found.markers = markers
        print(
            f"{len(found.markers)} places of {len(found.fields)} fields have texts, "
            f"{len(found.refused)} fields take other texts and none here, {len(found.narrow)} take texts of one kind"
        )
        return documents, found

    return made


@pytest.fixture(scope="module", params=range(ROUNDS))
def written(
    request: pytest.FixtureRequest,
    seed: int,
    start: Documents,
    project_with: Callable[..., Project],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Written]:
    """The two outputs of a round."""
    draw = random.Random(seed + request.param)
    in_turn = covering(start)
    names_of = [in_turn[request.param % len(in_turn)]] if request.param else environments(start)
    documents, project = project_with(*names_of)
    texts = {place: text for place in project.markers if (text := drawn(draw, place)) is not None}
    names_ = {place: text for place, text in texts.items() if is_changed(place, documents)}
    folder = tmp_path_factory.mktemp("round")
    marked, marks = synthesized(documents, project.markers, names_, folder / "marked")
    others = {place: text for place, text in texts.items() if place not in names_}
    found, texts = synthesized(documents, marks, others, folder / "hostile")
    by_marker = {marks[place]: text for place, text in texts.items() if marks[place] != text}
    assert len(by_marker) > len(others) * 0.8
    given.update(place.name for place in (*names_, *others) if texts.get(place) == {**names_, **others}[place])
    print(f"{sum(given.values())} texts of {len(given)} fields, {min(given.values())} or more each")
    yield Written(marked, found, by_marker, documents_with(documents, texts))
    shutil.rmtree(folder)


def synthesized(start: Documents, kept: Texts, wanted: Texts, root: Path) -> tuple[Path, Texts]:
    """Write the output of a project with as many of the wanted texts as it takes, and return these."""
    texts, _ = taken(start, kept, wanted, root)
    for _ in range(MOST_REFUSALS):
        write(documents_with(start, texts), root)
        if not (wrong := synthesize(root)):
            break
        said = [line for line in wrong.splitlines() if line.startswith("error: ")]
        assert all(re.match(r"error: apps/[a-z0-9/-]+\.yaml:\d+: ", line) for line in said), wrong
        refused = refused_by_constructs(wrong, texts, kept)
        assert refused, wrong
        texts = {
            place: kept.get(place, "") if place in refused else text
            for place, text in texts.items()
            if place not in refused or place in kept
        }
    return root / "dist", texts


def test_every_field_for_text_is_in_the_project(start: Documents, project_with: Callable[..., Project]) -> None:
    _, found = project_with(*environments(start))
    known = found.fields | found.refused.keys() | found.narrow
    missing = wanted() - known
    assert known <= names()
    assert len(missing) <= (len(names()) // 10 if "TEXT_SHORT" in os.environ else 0), missing
    assert len(found.fields) > len(names()) / 2


def test_every_place_refuses_or_takes_a_text_and_says_where(seed: int, start: Documents, tmp_path: Path) -> None:
    """What a field's own type refuses is refused with file and line, whatever stands there."""
    draw = random.Random(seed)
    texts = (hostile.usable(hostile.text(draw)) for _ in range(100))
    text = next(one for one in texts if one and not unusable(one))  # what no file can contain is refused without a key
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


def manifests(written: Written, _: Path) -> None:
    for environment in environments(written.documents):
        marked = outputs.kubernetes(written.marked, environment)
        for reader, found in outputs.kubernetes(written.hostile, environment).items():
            same(written, without_templates(marked[reader]), without_templates(found))


def without_templates(objects: dict[str, Any]) -> dict[str, Any]:
    """Leave out the rules of Prometheus, whose templates it evaluates: they are read by it."""
    return {name: item for name, item in objects.items() if item["kind"] != "PrometheusRule"}


def the_chart(written: Written, _: Path) -> None:
    for release, environment in itertools.product(RELEASES, environments(written.documents)):
        wanted = outputs.kubernetes(written.hostile, environment)["go-yaml"]
        namespace = written.documents[environment]["namespace"]
        rendered = outputs.chart(written.hostile, written.documents["system"]["name"], namespace, environment, release)
        found = list(different(wanted, rendered, ""))
        found = [one for one in found if not one[0].endswith("/app.kubernetes.io/managed-by")]
        assert not found, "\n".join(map(repr, found[:20]))


def stacks(written: Written, tmp_path: Path) -> None:
    marked = outputs.stacks(written.marked, written.texts, tmp_path)
    same(written, marked, outputs.stacks(written.hostile, written.texts, tmp_path))


def settings_of_scripts(written: Written, tmp_path: Path) -> None:
    same(written, outputs.settings(written.marked, tmp_path), outputs.settings(written.hostile, tmp_path))


def compose(written: Written, _: Path) -> None:
    same(written, outputs.compose_file(written.marked), outputs.compose_file(written.hostile))


def workflows_of_github(written: Written, tmp_path: Path) -> None:
    from support.text.readers import github

    marked, found = (outputs.workflow_texts(dist) for dist in (written.marked, written.hostile))
    evaluated = github({f"T_{index}": text for index, text in enumerate(found)}, tmp_path)
    same(written, {f"T_{index}": text for index, text in enumerate(marked)}, evaluated)


def the_jenkinsfile(written: Written, _: Path) -> None:
    same(written, outputs.jenkins_texts(written.marked), outputs.jenkins_texts(written.hostile))


def the_report(written: Written, _: Path) -> None:
    def shown(text: str) -> str:
        return "".join(c if c in "\n\t" or not markdown._NO_ENTITY.match(c) else terminal.printable(c) for c in text)

    texts = {marker: shown(text) for marker, text in written.texts.items()}
    same(written, outputs.report(written.marked), outputs.report(written.hostile), outputs.substituted(texts))


READ = (
    manifests,
    the_chart,
    stacks,
    settings_of_scripts,
    compose,
    workflows_of_github,
    the_jenkinsfile,
    the_report,
)


def test_every_text_comes_back_from_every_output(written: Written, tmp_path: Path) -> None:
    """One test for all readers: they share what takes longest, the two outputs."""
    lost = {}
    for read in READ:
        try:
            read(written, tmp_path / read.__name__)
        except AssertionError as error:
            lost[read.__name__] = str(error)
    assert not lost, "\n".join(f"{name}: {what}" for name, what in lost.items())
