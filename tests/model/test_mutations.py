"""Files of the model with something changed: each is loaded, or refused with file and line; never a traceback.

``make fuzz-model`` runs 5,000 through the loader and 500 through ``qcdk synth``; the tests draw fewer.
Every run draws others.
"""

import os
import random
import re
import shutil
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.command import qcdk
from support.mutations import Text, mutated, slightly
from support.project import Project
from support.tools import ROOT

pytestmark = pytest.mark.slow

LOADED = int(os.environ.get("FUZZ_LOADED", "400"))
SYNTHESIZED = int(os.environ.get("FUZZ_SYNTHESIZED", "12"))
SEED = int(os.environ.get("FUZZ_SEED", random.randrange(2**32)))
PLACED = re.compile(r"error: apps/(system|environments/[^/:]+)\.yaml:\d+: ")


@pytest.fixture
def dice() -> random.Random:
    print(f"FUZZ_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """Return a copy of this repository's model, with all clouds and components."""
    shutil.copytree(ROOT / "apps", tmp_path / "whole" / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "whole"


def files(root: Path) -> dict[Path, str]:
    paths = [root / "apps" / "system.yaml", *sorted((root / "apps" / "environments").glob("*.yaml"))]
    return {path: path.read_text() for path in paths}


def test_mutated_files_are_loaded_or_refused_with_file_and_line(
    dice: random.Random, whole: Path, tmp_path: Path
) -> None:
    small = Project.small(tmp_path / "small").root
    accepted = 0
    for number in range(LOADED):
        root = whole if number % 8 == 0 else small  # loading the whole model takes ten times as long
        texts = files(root)
        path = dice.choice(list(texts))
        data = dice.choice([mutated, slightly])(texts[path], dice)
        path.write_bytes(data)
        accepted += loaded(root, data)
        path.write_text(texts[path])
    assert 0 < accepted < LOADED


def loaded(root: Path, data: Text) -> bool:
    """Load a project; whatever is wrong has to have its place."""
    try:
        load_project(root)
    except ModelError as error:
        unplaced = [str(one) for one in error.problems if not (one.file.startswith("apps/") and one.line)]
        assert not unplaced, (unplaced, data)
        return False
    except Exception as error:
        error.add_note(f"FUZZ_SEED={SEED}\n{data!r}")
        raise
    return True


@pytest.mark.slow
@pytest.mark.fuzz
def test_mutated_files_are_synthesized_or_refused_with_file_and_line(
    dice: random.Random, whole: Path, tmp_path: Path
) -> None:
    texts = files(whole)
    for number in range(SYNTHESIZED):
        path = dice.choice(list(texts))
        data = dice.choice([mutated, slightly, slightly])(texts[path], dice)
        path.write_bytes(data)
        ended = qcdk("synth", "--project", whole, "--out", tmp_path / "out" / str(number), "--json", timeout=600)
        assert ended.returncode in (0, 2), (ended.stderr, data)
        lines = ended.stderr.splitlines()
        errors = [line for line in lines if line.startswith("error: ")]
        assert "Traceback" not in ended.stderr, data
        assert bool(errors) == bool(ended.returncode), (lines, data)
        unplaced = [line for line in errors if not PLACED.match(line)]
        assert not unplaced, (unplaced, data)
        shutil.rmtree(tmp_path / "out" / str(number), ignore_errors=True)
        path.write_text(texts[path])
