"""A hostile text in every field of the model that takes one comes back from every output as it was.

Each project has a value for every field. It is written with a marker in each place that takes a text, and with texts.
What programs read of the second output is what they read of the first with the texts in place of the markers. A text
counts where every program read it, or where the model refused it with file and line.

Texts are drawn anew in each run; ``TEXT_SEED`` repeats one, and ``TEXT_ROUNDS`` says in how many rounds. The first has
everything; with ``TEXT_SHORT`` three environments, which use nine of ten fields. Of three others, one has an
environment with eight of each component that has the only place of a field, and two have few components, all kinds of
environments, and four texts in each place after each other: names, for which both outputs are written, have one. So 76
rounds give a field 200 texts, whether components, environments or the system have it.
"""

import itertools
import os
import random
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.text import markdown, terminal
from quantacirc_cdk.text.controls import unusable
from support.text import hostile, outputs
from support.text.fields import names, wanted
from support.text.project import Documents, documents_with, every_place, filled, keys, problems
from support.text.rounds import Given, Project, Written, synthesized, written
from support.text.starts import THREE, base, covering, environments, tall, wide

pytestmark = [pytest.mark.slow, pytest.mark.fuzz]
ROUNDS = int(os.environ.get("TEXT_ROUNDS", "1"))
AFTER_EACH_OTHER = 4
TEXTS = 200
"""For each field whose type takes words of its own only, in a run of several rounds."""


@pytest.fixture(scope="module")
def seed() -> int:
    found = hostile.seed()
    print(f"TEXT_SEED={found}")
    return found


@cache
def start_of(round_: int) -> Documents:
    """Return the documents of the project of a round."""
    if not round_:
        return base(*(THREE if "TEXT_SHORT" in os.environ else ()))
    return tall() if round_ % 3 else wide("aws-with-mac" if round_ % 2 else "local")


@pytest.fixture(scope="module")
def project_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Project]:
    """Return what makes the project of a round: a marker is in each place that takes one."""
    made: list[Project] = []

    def project(round_: int) -> Project:
        documents = start_of(round_)
        for known in made:
            if known[0] == documents:
                return known
        root = tmp_path_factory.mktemp("filled")
        of_one = wide(environments(documents)[0], clones=1) if round_ and not round_ % 3 else None
        found = filled(documents, root, filled(of_one, root) if of_one else None)
        _, markers = synthesized(documents, {}, found.markers, root)
        here = {place.name for place in markers}
        found.refused |= {place.name: "names an object" for place in found.markers if place.name not in here}
        found.markers = markers
        print(
            f"{len(found.markers)} places of {len(found.fields)} fields have texts, "
            f"{len(found.refused)} fields take other texts and none here, {len(found.narrow)} take texts of one kind"
        )
        made.append((documents, found))
        return documents, found

    return project


@pytest.fixture(params=range(ROUNDS))
def round_(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_every_field_for_text_is_in_the_project(project_of: Callable[[int], Project]) -> None:
    _, found = project_of(0)
    known = found.fields | found.refused.keys() | found.narrow
    missing = wanted() - known
    assert known <= names()
    assert len(missing) <= (len(names()) // 10 if "TEXT_SHORT" in os.environ else 0), missing
    assert len(found.fields) > len(names()) / 2


def test_every_place_refuses_or_takes_a_text_and_says_where(
    seed: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """What a field's own type refuses is refused with file and line, whatever stands there."""
    draw = random.Random(seed)
    given = Given()
    starts = {name: base(name) for name in covering(base())}
    starts |= {"system": next(iter(starts.values()))}
    every = {name: [place for place in every_place(start) if not place.is_key and place.document == name]
             for name, start in starts.items()}  # fmt: skip
    for _ in range(TEXTS if ROUNDS > 1 else 1):
        texts = (hostile.usable(hostile.text(draw)) for _ in range(100))
        text = next(one for one in texts if one and not unusable(one))  # what no file can contain is refused keyless
        for name, start in starts.items():
            here = dict.fromkeys(every[name], text)
            refused = {one.key for one in problems(documents_with(start, here), tmp_path / name)}
            where = keys(here, {})
            wrong = [place for place in here if not place.takes(text)]
            assert [where[place] for place in wrong if where[place] not in refused] == []
            given.refused.update({place.name for place in wrong})
    record_property("texts", [seed, dict(given.back), dict(given.refused)])


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
        read = outputs.kubernetes(written.hostile, environment)
        assert list(different(read["go-yaml"], read["libyaml"], ""))[:20] == []  # also names, alike in both outputs
        for reader, found in read.items():
            same(written, without_templates(marked[reader]), without_templates(found))


def without_templates(objects: dict[str, Any]) -> dict[str, Any]:
    """Leave out the rules of Prometheus, whose templates it evaluates: they are read by it."""
    return {name: item for name, item in objects.items() if item["kind"] != "PrometheusRule"}


def the_chart(written: Written, _: Path) -> None:
    for release, environment in itertools.product(written.releases, environments(written.documents)):
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


def test_every_text_comes_back_from_every_output(
    round_: int,
    seed: int,
    project_of: Callable[[int], Project],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """One test for all readers: they share what takes longest, the outputs."""
    given = Given()
    sets = AFTER_EACH_OTHER if round_ % 3 else 1
    for number, outputs_ in enumerate(written(random.Random(seed + round_), sets, project_of(round_), tmp_path, given)):
        lost = {}
        for read in READ:
            try:
                read(outputs_, tmp_path / f"{read.__name__}{number}")
            except AssertionError as error:
                lost[read.__name__] = str(error)
        assert not lost, "\n".join(f"{name}: {what}" for name, what in lost.items())
    record_property("texts", [seed, dict(given.back), dict(given.refused)])
    shutil.rmtree(tmp_path)
