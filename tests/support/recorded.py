"""Data that others published or recorded: kept beside the checkout, and never a part of this project."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.tools import ROOT

FOLDER = ROOT.parent / "shared"


def recorded(name: str) -> Any:
    """Return the JSON of ``../shared/<name>``; a loud skip where it is not there."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"../shared/{name} is missing, so this was NOT checked; it is recorded data and not in Git")
    return _read(path)


def names_of(folder: str) -> list[str]:
    """Return the names of the JSON files in ``../shared/<folder>``; a loud skip where there are none."""
    found = sorted(path.name for path in (FOLDER / folder).glob("*.json"))
    if not found:
        pytest.skip(f"../shared/{folder} is missing, so this was NOT checked; it is recorded data and not in Git")
    return found


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())
