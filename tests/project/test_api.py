"""``docs/api.txt`` has every public name, and an entry that vanishes is noticed."""

import subprocess
import sys

import pytest

from support.tools import ROOT

LINES = (ROOT / "docs" / "api.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
def test_the_list_of_public_names_is_current() -> None:
    done = subprocess.run([sys.executable, "tools/api.py", "--check"], cwd=ROOT, check=False)
    said = "the public API changed: run `python tools/api.py`, review docs/api.txt, and note a removal in CHANGELOG.md"
    assert done.returncode == 0, said


def test_it_has_constructs_functions_and_options() -> None:
    for start in (
        "quantacirc_cdk.kubernetes.Deployment(scope, id, props",
        "quantacirc_cdk.model.load_project(root",
        "quantacirc_cdk.terraform.",
        "quantacirc_cdk.testing.",
        "qcdk synth --check",
        "qcdk diff --format {text,json,markdown}",
    ):
        assert [line for line in LINES if line.startswith(start)], start


def test_it_has_no_private_name_and_each_line_once() -> None:
    assert [line for line in LINES if "._" in line] == ["quantacirc_cdk.__version__"]
    assert len(set(LINES)) == len(LINES)
