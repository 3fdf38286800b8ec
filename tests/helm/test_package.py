"""The chart as one file: the same bytes every time, and the same chart to every Helm, from a file and a registry."""

import hashlib
import json
import os
import re
import shutil
import tarfile
from pathlib import Path

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.errors import OutputError, PropsError
from quantacirc_cdk.helm.package import package
from quantacirc_cdk.helm.provenance import builder, statement
from quantacirc_cdk.model import Project
from support.helm.helm import RELEASES, run, template
from support.registry import serve
from support.tools import ROOT


@pytest.mark.integration
def test_the_same_chart_gives_the_same_bytes_whatever_the_day(chart: Path, tmp_path: Path) -> None:
    first = package(chart, tmp_path / "first")
    copy = shutil.copytree(chart, tmp_path / "later" / "copy")
    for path in copy.rglob("*"):
        os.utime(path, (4e9, 4e9))
        path.chmod(0o700)
    second = package(copy, tmp_path / "second")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.sha256 == second.sha256 == hashlib.sha256(second.path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_helm_takes_it_for_the_chart(chart: Path, project: Project, tmp_path: Path, release: str) -> None:
    packed = package(chart, tmp_path)
    done = run("lint", "--strict", packed.path, release=release)
    assert done.returncode == 0, done.stdout
    name = project.system.name
    ours = template(packed.path, name=name, release=release, tests=True)
    assert ours == template(chart, name=name, release=release, tests=True)


@pytest.mark.integration
@pytest.mark.parametrize("release", RELEASES)
def test_it_holds_what_helms_own_package_holds(chart: Path, tmp_path: Path, release: str) -> None:
    (chart_copy := shutil.copytree(chart, tmp_path / chart.name)).joinpath("left.orig").write_text("x")
    done = run("package", chart_copy, "--destination", tmp_path / "theirs", release=release)
    assert done.returncode == 0, done.stderr
    (theirs,) = (tmp_path / "theirs").glob("*.tgz")
    ours = package(chart_copy, tmp_path / "ours").path
    assert ours.name == theirs.name
    assert sorted(content(ours)) == sorted(content(theirs))
    differing = {name for name, text in content(ours).items() if content(theirs)[name] != text}
    assert differing <= {f"{chart.name}/Chart.yaml"}, "Helm sorts the keys of Chart.yaml"


def content(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as opened:
        return {item.name: opened.extractfile(item).read() for item in opened if item.isfile()}  # type: ignore[union-attr]


@pytest.mark.integration
def test_a_build_is_a_version_of_its_own(chart: Path, tmp_path: Path) -> None:
    plain, built = package(chart, tmp_path), package(chart, tmp_path, build="3f2c1a9")
    assert built.version == f"{plain.version}+3f2c1a9"
    done = run("show", "chart", built.path)
    assert f"version: {built.version}\n" in done.stdout
    with pytest.raises(PropsError, match="build metadata"):
        package(chart, tmp_path, build="a_b")


def test_without_a_chart_it_says_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="qcdk synth"):
        package(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("version: 1.0.0\n", "no name, expected the name of a chart"),
        ("name: shop\n", "no version, expected the version of a chart"),
        ("apiVersion: v2\n", "no name and version, expected the name and version of a chart"),
    ],
)
def test_it_names_only_what_the_chart_lacks(tmp_path: Path, content: str, missing: str) -> None:
    (tmp_path / "Chart.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(OutputError, match=f": {missing}"):
        package(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_prints_where_it_is_and_its_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["package", "--project", str(ROOT), "--destination", str(tmp_path)]) == 0
    path, digest = capsys.readouterr().out.split()
    assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest.removeprefix("sha256:")


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_a_registry_gives_back_what_was_pushed(chart: Path, project: Project, tmp_path: Path, release: str) -> None:
    packed = package(chart, tmp_path, build="3f2c1a9")
    with serve(tmp_path) as registry:
        address = f"oci://{registry}/charts"
        pushed = run("push", packed.path, address, "--plain-http", release=release)
        assert pushed.returncode == 0, pushed.stderr
        digest = next(line for line in (pushed.stdout + pushed.stderr).splitlines() if line.startswith("Digest: "))
        again = run("push", packed.path, address, "--plain-http", release=release)
        assert digest.startswith("Digest: sha256:")
        assert again.returncode == 0
        (tmp_path / "pulled").mkdir()
        pulled = run(
            "pull", f"{address}/{chart.name}", "--version", packed.version, "--plain-http",
            "--destination", tmp_path / "pulled", release=release,
        )  # fmt: skip
        assert pulled.returncode == 0, pulled.stderr
        (path,) = (tmp_path / "pulled").glob("*.tgz")
        assert path.read_bytes() == packed.path.read_bytes()
        options = ("--version", packed.version, "--plain-http", "--skip-tests")
        done = run("template", project.system.name, f"{address}/{chart.name}", *options, release=release)
        assert done.returncode == 0, done.stderr


def test_its_provenance_names_the_package_the_commit_and_the_run(chart: Path, tmp_path: Path) -> None:
    packed = package(chart, tmp_path)
    source = "https://git.example/shop.git"
    said = statement(packed, name="shop", source=source, revision="a" * 40, environment=GITHUB)
    assert said["subject"] == [{"name": packed.path.name, "digest": {"sha256": packed.sha256}}]
    found = said["predicate"]
    (origin,) = found["buildDefinition"]["resolvedDependencies"]
    assert origin == {"uri": f"git+{source}", "digest": {"gitCommit": "a" * 40}}
    assert (
        found["runDetails"]["builder"]["id"] == "https://github.com/shop/shop/.github/workflows/cd.yml@refs/heads/main"
    )
    assert found["runDetails"]["metadata"]["invocationId"].endswith("/shop/shop/actions/runs/7/attempts/2")


GITHUB = {
    "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "shop/shop", "GITHUB_WORKFLOW_REF": "shop/shop/.github/workflows/cd.yml@refs/heads/main",
}  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"CI_JOB_URL": "u/1", "CI_PROJECT_URL": "u", "CI_RUNNER_ID": "5"}, ("u/-/runners/5", "u/1")),
        ({"BUILD_URL": "j/1", "JENKINS_URL": "j"}, ("j", "j/1")),
        ({"BUILDER_ID": "me"}, ("me", "")),
        ({**GITHUB, "BUILDER_ID": "me"}, ("me", "https://github.com/shop/shop/actions/runs/7/attempts/2")),
    ],
)
def test_every_server_says_who_builds(environment: dict[str, str], expected: tuple[str, str]) -> None:
    assert builder(environment) == expected


def test_the_command_writes_the_provenance_of_the_commit(tmp_path: Path) -> None:
    target = tmp_path / "out" / "provenance.json"
    options = ["--destination", str(tmp_path), "--build", "x1", "--provenance", str(target)]
    assert main(["package", "--project", str(ROOT), *options]) == 0
    said = json.loads(target.read_text())
    assert said["subject"][0]["name"].endswith("+x1.tgz")
    commit = said["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"]
    assert re.fullmatch("[0-9a-f]{40}(-dirty)?", commit)


@pytest.mark.parametrize("folder", [".", "templates"])
def test_files_that_were_added_edited_or_removed_by_hand_are_not_packaged(
    tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shutil.copytree(ROOT / "dist", tmp_path / "dist")
    chart = out / "helm" / "quantacirc"
    (chart / folder / "stray.yaml").write_text("kind: ClusterRoleBinding\n")
    edited, removed = chart / "Chart.yaml", chart / "values-dev.yaml"
    edited.write_text(edited.read_text() + "# by hand\n")
    removed.unlink()
    options = ["--project", str(ROOT), "--out", str(out), "--destination", str(tmp_path / "build")]
    assert main(["package", *options]) == 2
    said = capsys.readouterr().err
    for path, what in (
        (chart / folder / "stray.yaml", "a file that is not of the chart"),
        (edited, "changed since it was written"),
        (removed, "no such file"),
    ):
        assert f"{path}: {what}" in said
    assert not (tmp_path / "build").exists()
