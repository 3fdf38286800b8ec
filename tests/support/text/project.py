"""A project in which every field has a value, with texts in the places that take them."""

import copy
import json
import random
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import Problem, QuantacircError
from quantacirc_cdk.model import Environment, System, load_project
from quantacirc_cdk.model.problems import dotted
from quantacirc_cdk.text import terminal
from support.text import hostile
from support.text.fields import Field, Step, kinds_in, places
from support.tools import ROOT

SHAPES = ("{}", "https://zq.example/{}", "/{}", "zq.example/{}", "zq{}", "zq@{}.example")
PROBE = "{{a}}${b}|`c`"
"""A text that means something in most languages: a field that takes it takes nearly any."""
_NO_CHARACTER_OF_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
MEANT = {"Signature.subject": "*"}
"""What is no text in a field: an asterisk stands for anything."""
Documents = dict[str, Any]
Texts = dict[Field, str]


@dataclass
class Filled:
    """What became of each place of a project."""

    markers: Texts
    """What stands in each place that takes texts, which no other place has."""
    refused: dict[str, str] = field(default_factory=dict)
    """Fields whose type takes texts and that are refused in each place, with the reason: regions, references."""
    narrow: set[str] = field(default_factory=set)
    """Fields whose type takes no text but its own: quantities, addresses, words of a list."""

    @property
    def fields(self) -> set[str]:
        return {place.name for place in self.markers}


def write(documents: Documents, root: Path) -> None:
    """Write documents as a project."""
    (root / "apps" / "environments").mkdir(parents=True, exist_ok=True)
    (root / "files").mkdir(exist_ok=True)
    for name in ("a.yml", "b.yml"):
        (root / "files" / name).write_text(f"name: {name}\n")
    for name, document in documents.items():
        path = root / "apps" / ("system.yaml" if name == "system" else f"environments/{name}.yaml")
        text = json.dumps(document, ensure_ascii=False, indent=1)  # a hundred times as fast as YAML, and YAML, too
        path.write_text(_NO_CHARACTER_OF_YAML.sub(lambda one: f"\\u{ord(one[0]):04x}", text), encoding="utf-8")


def every_place(documents: Documents) -> list[Field]:
    """Return every place for text in the documents."""
    kinds = kinds_in(documents["system"])
    return [
        place
        for name, document in documents.items()
        for place in places(name, System if name == "system" else Environment, document, kinds)
    ]


def filled(start: Documents, root: Path, like: Filled | None = None) -> Filled:
    """Return a project with a marker in every place that takes one; of clones the places that the first one has."""
    assert not problems(start, root)
    every = every_place(start)
    meanings = defaultdict(set)
    for place in every:
        meanings[value_at(start, place)].add(place.name)
    found = Filled({}, narrow={place.name for place in every if shape_of(place) is None})
    known = like and {_of_first(place) for place in like.markers}
    every = [place for place in every if known is None or _of_first(place) in known]
    wanted: Texts = {}
    for number, place in enumerate(every):
        shape = shape_of(place)
        names_another = place.is_key and not is_free(place) and len(meanings[value_at(start, place)]) > 1
        if shape and names_another:
            found.refused[place.name] = "names another thing of the project"
        elif shape:
            wanted[place] = shape.format(f"zq{number}x")
    found.markers, reasons = taken(start, {}, wanted, root)
    found.refused |= {place.name: reason for place, reason in reasons.items()}
    found.refused = {name: reason for name, reason in found.refused.items() if name not in found.fields}
    return found


def _of_first(place: Field) -> tuple[str, tuple[str, ...]]:
    """Return a place as the component has it that others are clones of: web for web-1."""
    return place.name, tuple(re.sub(r"-[0-9]$", "", str(step)) for step in place.steps)


def taken(start: Documents, kept: Texts, wanted: Texts, root: Path) -> tuple[Texts, dict[Field, str]]:
    """Return as many texts as a project takes, and why it does not take the others.

    Where one is refused the place has again what ``kept`` has for it, else what the documents have.
    """
    attempt, refused = {**kept, **wanted}, {}
    every = every_place(start)
    while wrong := problems(documents_with(start, attempt), root):
        where = keys(every, attempt)
        blamed: dict[Field, str] = {}
        for one in wrong:
            about = _about(where, one)
            alike = [place for place in attempt if about and value_at(start, place) == value_at(start, about)]
            alike += [place for place, text in attempt.items() if f'"{text}"' in one.what]
            changed = [place for place in (about, *alike) if place in attempt and attempt[place] != kept.get(place)]
            blamed |= dict.fromkeys(changed[:1] if about in changed else changed, str(one))
        if not blamed:
            blamed = _found_by_halves(start, kept, attempt, root)
        refused |= blamed
        attempt = {place: text for place, text in attempt.items() if place not in blamed}
        attempt |= {place: kept[place] for place in blamed if place in kept}
    return attempt, refused


def refused_by_constructs(said: str, texts: Texts, kept: Texts) -> set[Field]:
    """Return the places whose texts ``qcdk synth`` refuses, by what it says."""
    changed = {place: key for place, key in keys(texts, texts).items() if texts[place] != kept.get(place)}
    placed = {
        place
        for place, key in changed.items()
        if terminal.printable(f"{name_of(place)}:") in said
        and re.search(rf": {re.escape(terminal.printable(key))}: ", said)
    }
    return placed or {place for place in changed if terminal.printable(texts[place]) in said}


def name_of(place: Field) -> str:
    return "apps/system.yaml" if place.document == "system" else f"apps/environments/{place.document}.yaml"


def _about(where: Mapping[Field, str], problem: Problem) -> Field | None:
    """Return the place that a problem is about: there, else above, else the only one below."""
    here = {key: place for place, key in where.items() if name_of(place) == problem.file}
    if exact := here.get(problem.key):
        return exact
    above = [key for key in here if problem.key.startswith((f"{key}.", f"{key}["))]
    below = [key for key in here if key.startswith((f"{problem.key}.", f"{problem.key}["))]
    return here[max(above, key=len)] if above else here[below[0]] if len(below) == 1 else None


def _found_by_halves(start: Documents, kept: Texts, attempt: Texts, root: Path) -> dict[Field, str]:
    """Return a text that is refused by itself or beside those before it, with the reason."""
    changed = [place for place, text in attempt.items() if text != kept.get(place)]
    taken, refused, reason = 0, len(changed), ""
    while refused - taken > 1 or not reason:
        middle = (taken + refused) // 2 if refused - taken > 1 else refused
        tried = {place: attempt[place] for place in changed[:middle]}
        if wrong := problems(documents_with(start, {**kept, **tried}), root):
            refused, reason = middle, str(wrong[0])
        else:
            taken = middle
    return {changed[refused - 1]: reason}


def problems(documents: Documents, root: Path) -> Sequence[Problem]:
    """Return what is refused in documents; each has its file and line."""
    write(documents, root)
    found: Sequence[Problem] = ()
    try:
        load_project(root)
    except QuantacircError as error:
        found = error.problems
    assert all(one.file and one.line for one in found), found
    return found


def documents_with(start: Documents, texts: Texts) -> Documents:
    """Return the documents with each text in its place."""
    documents = copy.deepcopy(start)
    # A key last, and those above after those below: until then what is below has the place that it had.
    for place in sorted(texts, key=lambda one: (one.is_key, -len(one.steps))):
        *above, last = place.steps
        parent = documents[place.document]
        for step in above:
            parent = parent[step]
        if place.is_key:
            renamed = {texts[place] if key == last else key: item for key, item in parent.items()}
            parent.clear()
            parent |= renamed
        else:
            parent[last] = texts[place]
    return documents


def keys(every: Iterable[Field], texts: Texts) -> dict[Field, str]:
    """Return where places are when all texts stand in the documents, as messages name it."""
    renamed = {(place.document, place.steps): text for place, text in texts.items() if place.is_key}

    def now(place: Field) -> tuple[Step, ...]:
        steps = place.steps
        return tuple(renamed.get((place.document, steps[: end + 1]), step) for end, step in enumerate(steps))

    return {place: dotted(now(place)) for place in every}


def value_at(documents: Documents, place: Field) -> str:
    """Return the text that stands in a place."""
    if place.is_key:
        return str(place.steps[-1])
    found = documents[place.document]
    for step in place.steps:
        found = found[step]
    return str(found)


def shape_of(place: Field) -> str | None:
    """Return what a field wants around a text; None for one that takes texts of its own only."""
    return _shape(place.annotation)


@cache
def _shape(annotation: Any) -> str | None:
    place = Field("", "", (), annotation)
    free = (shape for shape in SHAPES if place.takes(shape.format(PROBE)))
    return next(free, None) or next((shape for shape in SHAPES if place.takes(shape.format("zq1x"))), None)


def is_free(place: Field) -> bool:
    """Whether a field takes nearly any text."""
    shape = shape_of(place)
    return shape is not None and place.takes(shape.format(PROBE))


def drawn(draw: random.Random, place: Field, tries: int = 20) -> str | None:
    """Return a text that a field's own type takes; None where it refuses all that are drawn."""
    shape = shape_of(place) or "{}"
    if not is_free(place):
        words = _words(place.annotation)
        return shape.format(draw.choice(words)) if words else None
    for _ in range(tries):
        found = hostile.in_a_model(hostile.usable(hostile.text(draw)))
        whole = shape.format(found.replace(MEANT.get(place.name, "\0"), ""))
        if found and hostile.usable(whole) == whole and place.takes(whole):
            return whole
    return None


@cache
def _words(annotation: Any) -> list[str]:
    """Return the fragments, and pairs of them, that a type takes."""
    place, shape = Field("", "", (), annotation), _shape(annotation) or "{}"
    pairs = [f"{one}{between}{other}" for one in hostile.WORDS for between in ".-_/" for other in hostile.WORDS]
    return [word for word in (*hostile.WORDS, *pairs) if place.takes(shape.format(word))]


def synthesize(root: Path) -> str:
    """Write a project's output; return what is refused."""
    shutil.rmtree(root / "dist", ignore_errors=True)
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", root, "--out", root / "dist"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr if done.returncode else ""
