"""One stored YAML file for each object: written, compared, and missed when its object is gone."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.command import environment

pytestmark = pytest.mark.slow

TEST = """\
from quantacirc_cdk.testing import Manifests
from quantacirc_cdk.testing.snapshots import assert_match_snapshots

def thing(kind, name, **data):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **data}

def test_it(snapshot):
    assert_match_snapshots(Manifests((OBJECTS,)), snapshot)
"""


def run(folder: Path, objects: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(TEST.replace("OBJECTS", objects))
    plugins = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *options]
    env = environment(PYTEST_ADDOPTS="", PYTHONDONTWRITEBYTECODE="1")
    env = {name: text for name, text in env.items() if not name.startswith("PYTEST_XDIST_")}  # It is no worker.
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_each_object_has_a_file_and_a_change_shows_in_all_of_them(tmp_path: Path) -> None:
    two = 'thing("ConfigMap", "a", data={"A": "1"}), thing("Secret", "b")'
    assert run(tmp_path, two).returncode == 1
    assert run(tmp_path, two, "--snapshot-update").returncode == 0
    folder = tmp_path / "__snapshots__" / "test_it"
    assert sorted(path.name for path in folder.iterdir()) == ["test_it[ConfigMap.a].yaml", "test_it[Secret.b].yaml"]
    assert 'A: "1"' in (folder / "test_it[ConfigMap.a].yaml").read_text().replace("'", '"')
    assert run(tmp_path, two).returncode == 0
    changed = run(tmp_path, two.replace('"1"', '"2"'))
    assert changed.returncode == 1
    assert "ConfigMap a" in changed.stdout
    assert "Secret b" not in changed.stdout
    assert "\x1b" not in changed.stdout, "a pipe has no colours"
    for options in (("--color=no",), ("--snapshot-no-colors", "--color=yes")):
        shown = run(tmp_path, two.replace('"1"', '"2"'), *options).stdout
        assert "A: '2'" in shown.replace('"', "'").replace("\x1b[0m", "").replace("\x1b[1m\x1b[31m", "")
        assert "38;5;" not in shown
    brief = run(tmp_path, two.replace('"1"', '"2"'), "--snapshot-diff-mode=disabled").stdout
    assert "ConfigMap a" in brief
    assert "A: " not in brief
    gone = run(tmp_path, 'thing("Secret", "b")')
    assert gone.returncode == 1
    assert "1 snapshot unused" in gone.stdout
