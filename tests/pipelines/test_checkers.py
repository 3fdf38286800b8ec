"""The checkers that people of each server use find nothing, and are shown to find what there is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.pipelines.github import read_github
from support.pipelines.jenkins import RefusedError, declarative
from support.tools import require

pytestmark = pytest.mark.slow

Run = subprocess.CompletedProcess[str]


def run(program: str, *arguments: str | Path) -> Run:
    command = [require(program, "run `make test`, which installs it"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)


def actionlint(folder: Path) -> Run:
    return run("actionlint", "-no-color", *sorted((folder / ".github" / "workflows").glob("*.yml")))


def zizmor(folder: Path) -> Run:
    return run("zizmor", "--offline", "--no-progress", "--persona=auditor", "--no-ignores", folder)


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "copy")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_actionlint(each: Path) -> None:
    found = actionlint(each / "github")
    assert (found.returncode, found.stdout) == (0, "")


def test_actionlint_finds_a_misspelt_need(copy: Path) -> None:
    change(copy / "github" / ".github" / "workflows" / "cd.yml", "- release-images", "- release-image")
    assert "release-image" in actionlint(copy / "github").stdout


def test_zizmor(each: Path) -> None:
    found = zizmor(each / "github")
    assert found.returncode == 0, found.stdout
    assert "No findings to report" in found.stdout
    assert "suppressed" not in found.stdout


def test_zizmor_finds_an_expression_in_a_script(copy: Path) -> None:
    change(copy / "github" / ".github" / "workflows" / "ci.yml", "make check ONLY", "make ${{ github.head_ref }} ONLY")
    found = zizmor(copy / "github")
    assert found.returncode != 0
    assert "template-injection" in found.stdout


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.github-workflows", "github/.github/workflows/ci.yml"),
        ("vendor.github-workflows", "github/.github/workflows/cd.yml"),
        ("vendor.gitlab-ci", "gitlab/.gitlab-ci.yml"),
    ],
)
def test_schemas(schema: str, name: str, each: Path, copy: Path) -> None:
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    assert run("check-jsonschema", "--builtin-schema", schema, *transform, each / name).returncode == 0
    change(copy / name, "timeout", "time-out")
    assert run("check-jsonschema", "--builtin-schema", schema, *transform, copy / name).returncode != 0


def gitlab_ci_verify(file: Path, folder: Path) -> Run:
    """Run the checks of GitLab files that need no server, in a repository of their own."""
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    shutil.copy(file, folder / ".gitlab-ci.yml")
    path = os.pathsep.join([str(require("shellcheck").parent), os.environ.get("PATH", "")])
    command = [require("gitlab-ci-verify", "pip install gitlab-ci-verify-bin"), "--no-lint-api"]
    return subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False, timeout=120
    )


def test_gitlab_ci_verify(each: Path, tmp_path: Path) -> None:
    found = gitlab_ci_verify(each / "gitlab" / ".gitlab-ci.yml", tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr


def test_gitlab_ci_verify_finds_an_unquoted_variable(copy: Path, tmp_path: Path) -> None:
    file = copy / "gitlab" / ".gitlab-ci.yml"
    change(file, '--push --registry "$REGISTRY"', "--push --registry $REGISTRY")
    found = gitlab_ci_verify(file, tmp_path)
    assert found.returncode != 0
    assert "SC-2086" in found.stdout


def test_groovy_reads_the_jenkinsfile(each: Path) -> None:
    assert declarative(each / "jenkins" / "Jenkinsfile")["agent"] == "none"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("beforeAgent true", "beforeAgnt true", "no directive beforeAgnt"),
        ("throw failure", "", "a failure is ignored"),
        ("beforeAgent true", "beforeAgent", "nothing named beforeAgent"),
        ("                label 'image-builder'", "", "agent"),
        ("'''\n", "''\n", "startup failed"),
    ],
    ids=["misspelt", "ignored", "value", "empty", "quotes"],
)
def test_groovy_refuses(old: str, new: str, said: str, copy: Path) -> None:
    path = copy / "jenkins" / "Jenkinsfile"
    change(path, old, new)
    with pytest.raises(RefusedError, match=said):
        declarative(path)


def test_every_script_is_clean_bash(each: Path, tmp_path: Path) -> None:
    for job in read_github(each / "github"):
        for index, script in enumerate([*job.scripts, *job.on_failure, *job.cleanup]):
            (tmp_path / f"{job.name}-{index}.sh").write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{script.text}\n")
    files = sorted(tmp_path.glob("*.sh"))
    assert len(files) > 40
    found = run("shellcheck", "--format=gcc", *files)
    assert found.stdout == ""
