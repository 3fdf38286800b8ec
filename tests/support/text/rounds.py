"""Two outputs of a project, with markers and with texts, and how many texts they had."""

import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.helm.helm import RELEASES
from support.text.fields import Field, Step
from support.text.project import (
    Documents,
    Filled,
    Texts,
    documents_with,
    drawn,
    refused_by_constructs,
    synthesize,
    taken,
    write,
)

MOST_REFUSALS = 10
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


def is_changed(place: Field, start: Documents) -> bool:
    """Whether outputs have another text than stands in a place."""
    of_google = start[place.document].get("target") == "gcp" and place.name in OF_GOOGLE
    return place.name in OTHER_NAMES_ARE_MADE_OF or of_google


def apart(texts: Texts) -> Texts:
    """Leave out each key that one beside it is called, too: a mapping has one of them."""
    called: dict[tuple[str, tuple[Step, ...], str], Field] = {}
    for place, text in texts.items():
        if place.is_key:
            called.setdefault((place.document, place.steps[:-1], text), place)
    first = set(called.values())
    return {place: text for place, text in texts.items() if not place.is_key or place in first}


@dataclass
class Given:
    """How many texts of a field came back, and how many were refused."""

    back: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, wanted: Texts, taken: Texts) -> None:
        for place, text in wanted.items():
            (self.back if taken.get(place) == text else self.refused)[place.name] += 1


@dataclass(frozen=True)
class Written:
    """Two outputs: with markers and with texts."""

    marked: Path
    hostile: Path
    texts: Mapping[str, str]
    """By marker."""
    documents: Documents
    """Those with the texts."""
    releases: Sequence[str]
    """Of Helm: both, or one in turn where texts come after each other, as it takes longest."""


def written(draw: random.Random, sets: int, project: Project, folder: Path, given: Given) -> Iterator[Written]:
    """Yield the two outputs for each set of texts; the first is the same for all of a round."""
    documents, filled_ = project
    names_ = {place: text for place in filled_.markers if is_changed(place, documents) and (text := drawn(draw, place))}
    names_ = apart(names_)
    marked, marks = synthesized(documents, filled_.markers, names_, folder / "marked")
    given.count(names_, marks)
    for number in range(sets):
        others = {
            place: text for place in filled_.markers if place not in names_ and (text := drawn(draw, place)) is not None
        }
        others = apart(others)
        found, texts = synthesized(documents, marks, others, folder / f"hostile{number}")
        by_marker = {marks[place]: text for place, text in texts.items() if marks[place] != text}
        assert len(by_marker) > len(others) * 0.8
        given.count(others, texts)
        releases = RELEASES if sets == 1 else [RELEASES[number % 2]]
        yield Written(marked, found, by_marker, documents_with(documents, texts), releases)
        shutil.rmtree(folder / f"hostile{number}")


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
