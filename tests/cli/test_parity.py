"""``qcdk parity``: what environments differ in; with ``--strict`` an undeclared difference ends it with status 1."""

import json
import re
import shutil
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from support.kubernetes.manifests import ENVIRONMENTS
from support.tools import ROOT

pytestmark = pytest.mark.slow

PROJECT = ("--project", str(ROOT))


def test_it_prints_each_difference_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", *PROJECT]) == 0
    said = capsys.readouterr().out
    assert "in nothing else" in said
    assert "environment: it is the name of the environment" in said


def test_json_for_two_environments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", *PROJECT, *ENVIRONMENTS[:2], "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["environments"] == ENVIRONMENTS[:2]
    assert all(len(set(map(json.dumps, row["values"].values()))) == 2 for row in found["parameters"])


def test_an_undeclared_difference_is_told_with_both_values(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "dist" / "kubernetes", tmp_path / "kubernetes")
    path = next(iter(sorted((tmp_path / "kubernetes" / ENVIRONMENTS[0]).glob("Deployment.*.yaml"))))
    path.write_text(path.read_text().replace("revisionHistoryLimit: ", "revisionHistoryLimit: 7"))
    assert main(["parity", *PROJECT, "--out", str(tmp_path)]) == 0
    assert "1 of them undeclared" in capsys.readouterr().out
    assert main(["parity", *PROJECT, "--out", str(tmp_path), "--strict"]) == 1
    said = capsys.readouterr().err
    assert re.match(r"undeclared: \w+\.deployment\.revisionHistoryLimit: ", said)
    assert ENVIRONMENTS[0] in said
    assert ENVIRONMENTS[1] in said


def test_an_object_of_which_nothing_else_can_be_a_value_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "dist" / "kubernetes", tmp_path / "kubernetes")
    path = tmp_path / "kubernetes" / ENVIRONMENTS[0] / "Deployment.exporter.k8s.yaml"
    path.write_text(re.sub("(?m)^( +)image: .*$", r"\1image: no@reference@at-all", path.read_text()))
    assert main(["parity", *PROJECT, "--out", str(tmp_path)]) == 0
    assert "Of Deployment/exporter, only the differences have values." in capsys.readouterr().out
    assert main(["parity", *PROJECT, "--out", str(tmp_path), "--strict"]) == 1
    assert "undeclared: Deployment/exporter: values for it would not render" in capsys.readouterr().err


def test_environments_of_this_project_differ_in_nothing_undeclared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", *PROJECT, "--strict"]) == 0
    assert "all of them declared, and in nothing else" in capsys.readouterr().out


def test_without_manifests_it_says_what_makes_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["parity", *PROJECT, "--out", str(tmp_path)]) == 2
    assert "qcdk synth" in capsys.readouterr().err


def test_an_unknown_environment_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parity", *PROJECT, "pord"]) == 2
    assert 'no environment "pord"' in capsys.readouterr().err
