"""A project with a text in every place of its model that takes one."""

import copy
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quantacirc_cdk.errors import Problem, QuantacircError
from quantacirc_cdk.model import Environment, System, load_project
from quantacirc_cdk.model.document import read
from quantacirc_cdk.text import yaml
from support.tools import ROOT
from text_support import hostile
from text_support.fields import Field, fields, put

ENVIRONMENTS = {"environment": "dev", "local": "local"}
PREFIXES = ("", "https://zq.example/", "/", "zq.example/", "zq")
PROBE = "{{a}}${b}|`c`"
"""A text that means something in most languages: a field that takes it takes nearly any."""
Documents = dict[str, Any]


@dataclass
class Filled:
    """Documents with texts in them."""

    documents: Documents
    markers: dict[str, Field] = field(default_factory=dict)
    """What stands in each place, which no other place has."""
    refused: dict[str, str] = field(default_factory=dict)
    """Fields that take any text and are refused in this project, with the reason."""
    narrow: list[Field] = field(default_factory=list)
    """Fields whose own type takes texts of one kind only, such as a name or a quantity."""


def base() -> Documents:
    """Return the documents of this repository's project, each environment by itself."""
    sources = load_project(ROOT).sources
    found: Documents = {"system": read(ROOT / "apps" / "system.yaml", "apps/system.yaml").plain()}
    for document, name in ENVIRONMENTS.items():
        plain: Any = sources[name].plain()
        found[document] = {key: item for key, item in plain.items() if key not in ("extends", "name", "shares")}
        found[document].setdefault("components", {}).setdefault(next(iter(found["system"]["components"])), {})
    return found


def write(documents: Documents, root: Path) -> None:
    """Write documents as a project."""
    (root / "apps" / "environments").mkdir(parents=True, exist_ok=True)
    (root / "apps" / "system.yaml").write_text(yaml.dump(documents["system"]), encoding="utf-8")
    for document, name in ENVIRONMENTS.items():
        path = root / "apps" / "environments" / f"{name}.yaml"
        path.write_text(yaml.dump(documents[document]), encoding="utf-8")


def problems(documents: Documents, root: Path, check: Callable[[Path], None]) -> Sequence[Problem]:
    """Return what is refused in documents."""
    write(documents, root)
    try:
        check(root)
    except QuantacircError as error:
        return error.problems
    return ()


def filled(root: Path, draw: random.Random, check: Callable[[Path], None]) -> Filled:
    """Return documents with a marker in every place that takes one; ``check`` refuses a project."""
    start = base()
    found = Filled(start)
    candidates: list[tuple[str, Field]] = []
    every = fields({"system": System, "environment": Environment}, draw)
    for number, place in enumerate(every):
        if (prefix := prefix_of(place)) is not None:
            candidates.append((f"{prefix}zq{number}x", place))
        else:
            found.narrow.append(place)
    candidates.sort(key=lambda one: (one[1].document, one[1].steps[0], len(one[1].steps) > 3, one[1].steps))
    taken, wrong = added(start, {}, {marker: (place, marker) for marker, place in candidates}, root, check)
    found.markers = {marker: place for marker, (place, _) in taken.items()}
    found.refused = {place.name: wrong[marker] for marker, place in candidates if marker in wrong}
    return found


Texts = dict[str, tuple[Field, str]]


def added(
    start: Documents, kept: Texts, wanted: Texts, root: Path, check: Callable[[Path], None]
) -> tuple[Texts, dict[str, str]]:
    """Return texts in their places, as many of the wanted ones as are taken, and why the others are not."""
    refused: dict[str, str] = {}
    waiting = [list(wanted.items())]
    while waiting:
        group = waiting.pop()
        attempt = {**kept, **dict(group)}
        wrong = problems(place_all(start, attempt), root, check)
        assert all(one.file and one.line for one in wrong), f"without file and line: {wrong}"
        if not wrong:
            kept = attempt
        elif len(group) == 1:
            refused[group[0][0]] = str(wrong[0])
        else:
            middle = len(group) // 2
            waiting += [group[middle:], group[:middle]]
    return kept, refused


def place_all(start: Documents, texts: Texts) -> Documents:
    """Return the documents with each text in its place."""
    documents = copy.deepcopy(start)
    for place, text in texts.values():
        with suppress(TypeError):  # something else than a section stands on the way
            put(documents[place.document], place.steps, text)
    return documents


def prefix_of(place: Field) -> str | None:
    """Return what a field wants before any text; None for one that takes texts of one kind only."""
    return next((one for one in PREFIXES if place.takes(f"{one}{PROBE}")), None)


def drawn(draw: random.Random, place: Field, tries: int = 20) -> str | None:
    """Return a text that a field's own type takes; None where it refuses all that are drawn."""
    prefix = prefix_of(place) or ""
    for _ in range(tries):
        found = hostile.in_a_model(hostile.usable(hostile.text(draw)))
        if found and hostile.usable(prefix + found) == prefix + found and place.takes(prefix + found):
            return prefix + found
    return None


def synthesize(root: Path) -> str:
    """Write a project's output; return what is refused."""
    shutil.rmtree(root / "dist", ignore_errors=True)
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", root, "--out", root / "dist"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 2), done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr if done.returncode else ""
