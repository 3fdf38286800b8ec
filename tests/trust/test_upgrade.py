"""An upgrade from the last release: its model and values are accepted, and what it deletes is in ``UPGRADE.md``.

The newest section of ``UPGRADE.md`` names the last release after ``From``: its tag, or a commit before the first one.
"""

import json
import re
import subprocess
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.model import load_project
from support.command import qcdk
from support.helm.helm import template
from support.tools import ROOT, unavailable

pytestmark = pytest.mark.slow

NEEDS_ENTRY = {"destroy", "replace", "recreate", "data-loss", "stateful-destroy"}
"""Classes of ``qcdk diff`` that remove something, or that the API refuses."""


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def section() -> str:
    """Return the newest section of ``UPGRADE.md``."""
    return (ROOT / "UPGRADE.md").read_text().split("\n## ")[1]


@cache
def last_release() -> str:
    """Return the revision of the last release."""
    (found,) = re.findall(r"\bFrom `([^`]+)`", section())
    if not git("ls-tree", found, "dist/kubernetes"):
        unavailable(f"the commit {found} of the last release", "fetch the whole history of the repository")
    return str(found)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the model and the output of the last release."""
    folder = tmp_path_factory.mktemp("before")
    archive = subprocess.run(
        ["git", "archive", last_release(), "apps", "dist"], cwd=ROOT, capture_output=True, check=True
    )
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder


@pytest.fixture(scope="module")
def losses() -> dict[str, str]:
    """Return what ``qcdk diff`` says of each object that needs an entry, by its place and name."""
    done = qcdk("diff", "--against", last_release(), "--format", "json", "--project", ROOT)
    assert done.returncode == 0, done.stderr
    objects: list[dict[str, Any]] = json.loads(done.stdout)["objects"]
    assert len(objects) > 20, "the last release is this one: nothing was compared"
    return {
        f"{one['side']}/{one['place']} {one['name']}": one["impact"] for one in objects if one["impact"] in NEEDS_ENTRY
    }


def entries() -> list[str]:
    """Return the objects that the newest section of ``UPGRADE.md`` names, as patterns."""
    return re.findall(r"^\| `([^`]+)` \|", section(), re.MULTILINE)


def test_the_newest_section_begins_at_the_newest_release() -> None:
    tags = git("tag", "--list", "v[0-9]*", "--merged", "HEAD", "--sort=-version:refname").splitlines()
    assert not tags or last_release() == tags[0]


def test_what_is_deleted_replaced_or_refused_has_an_entry(losses: dict[str, str]) -> None:
    assert {
        name: impact for name, impact in losses.items() if not any(fnmatchcase(name, pattern) for pattern in entries())
    } == {}


def test_every_entry_is_about_something(losses: dict[str, str]) -> None:
    assert [pattern for pattern in entries() if not any(fnmatchcase(name, pattern) for name in losses)] == []


def test_the_model_of_the_last_release_is_accepted(before: Path) -> None:
    assert load_project(before).environments.keys() == load_project(ROOT).environments.keys()
    parts = [word for part in ("compose", "helm", "kubernetes", "terraform") for word in ("--only", part)]
    done = qcdk("synth", "--project", before, "--out", before / "new", *parts)
    assert done.returncode == 0, done.stderr


def moved(values: dict[str, Any]) -> dict[str, Any]:
    """Return values under the names that ``docs/helm.md`` gives to those that have moved."""
    notes = (ROOT / "docs" / "helm.md").read_text().partition("\n## Upgrade\n")[2].partition("\n## ")[0]
    moves = re.findall(r"`([\w.]+)` is now\s+`([\w.]+)`", notes)
    assert moves
    for old, new in moves:
        *place, key = old.split(".")
        section = values
        for step in place:
            section = section.get(step) or {}
        if key in section:
            *place, renamed = new.split(".")
            target = values
            for step in place:
                target = target.setdefault(step, {})
            target[renamed] = section.pop(key)
    return values


@pytest.mark.parametrize("release", ["helm", "helm-oldest"])
def test_the_values_of_the_last_release_are_accepted(before: Path, release: str, tmp_path: Path) -> None:
    """Those that have moved are accepted under the names that the notes give them."""
    chart = ROOT / "dist" / "helm" / "quantacirc"
    files = sorted((before / "dist" / "helm" / "quantacirc").glob("values-*.yaml"))
    assert len(files) >= 4
    for file in files:
        values = tmp_path / file.name
        values.write_text(yaml.safe_dump(moved(yaml.safe_load(file.read_text()))))
        assert len(template(chart, "--values", values, name="quantacirc", release=release)) > 20
