"""``qcdk release``: the images of a build go into one environment's file, a line each, and then into manifests."""

import difflib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from quantacirc_cdk.synth.ownership import MARKER
from support.project import Project
from support.tools import ROOT

Make = Callable[[], Project]
REGISTRY = "registry.bakery.example"
ABOUT_IMAGES = r"registry\.quantacirc|\bimage\.(tag|digest)|manifests differ in \d+ of \d+"
"""What a report says of a release: images, their parameters, how many differ."""


def digest(character: str) -> str:
    return "sha256:" + character * 64


def built(folder: Path, registry: str = REGISTRY, names: tuple[str, ...] = ("oven",), **other: Any) -> Path:
    """Write the file of a build."""
    entries = {
        name: {"repository": f"{registry}/{name}", "tag": "1.1.0", "digest": digest(str(index))}
        for index, name in enumerate(names, start=1)
    }
    file = folder / "images.json"
    file.write_text(json.dumps({"version": "1.1.0", "revision": "a" * 40, "pushed": True, "images": entries} | other))
    return file


def release(project: Project, images: Path, *options: str, environment: str = "home") -> int:
    return main(["release", environment, "--images", str(images), "--project", str(project.root), *options])


def added(old: str, new: str) -> list[str]:
    difference = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    assert not [line for line in difference if line[0] == "-"]
    return [line[2:] for line in difference if line[0] == "+"]


def test_the_first_release_adds_a_line_for_each_image_and_the_next_changes_it(project: Make, tmp_path: Path) -> None:
    made = project()
    file = made.environment_file("home")
    made.write_environment(
        "home", file.read_text().replace("release: { version: 1.0.0 }", "release:\n  version: 1.0.0 # now")
    )
    before = file.read_text()
    assert release(made, built(tmp_path)) == 0
    first = file.read_text()
    assert added(before, first) == ["  images:", f"    oven: {{ tag: 1.1.0, digest: {digest('1')} }}"]
    images = built(tmp_path)
    images.write_text(images.read_text().replace("1.1.0", "1.2.0").replace(digest("1"), digest("9")))
    assert release(made, images) == 0
    assert file.read_text() == first.replace("1.1.0", "1.2.0").replace(digest("1"), digest("9"))


def test_the_same_images_again_change_nothing(
    project: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    assert release(made, built(tmp_path)) == 0
    before = made.environment_file("home").stat()
    assert release(made, built(tmp_path), "--check") == 0
    assert release(made, built(tmp_path)) == 0
    assert capsys.readouterr().out.endswith("home: nothing new\n")
    assert made.environment_file("home").stat().st_mtime_ns == before.st_mtime_ns


def test_check_writes_nothing_and_exits_1(project: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = project()
    before = made.environment_file("home").read_text()
    assert release(made, built(tmp_path), "--check") == 1
    assert made.environment_file("home").read_text() == before
    assert f"home: release.images.oven: 1.1.0 {digest('1')}" in capsys.readouterr().out


def test_an_heir_keeps_the_images_it_runs(project: Make, tmp_path: Path) -> None:
    made = project()
    made.write_environment("away", "extends: home\nshares: [home]\n")
    assert release(made, built(tmp_path)) == 0
    environments = load_project(made.root).environments
    assert environments["home"].release.images["oven"].digest == digest("1")
    assert environments["away"].release.images == {}


def test_a_version_that_heirs_take_over_is_refused(
    project: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    made.write_environment("away", "extends: home\nshares: [home]\n")
    before = made.environment_file("home").read_text()
    assert release(made, built(tmp_path), "--with-version") == 2
    assert "apps/environments/home.yaml: the change would also change away" in capsys.readouterr().err
    assert made.environment_file("home").read_text() == before
    assert release(made, built(tmp_path), "--with-version", environment="away") == 0
    assert load_project(made.root).environments["away"].release.version == "1.1.0"
    assert load_project(made.root).environments["home"].release.version == "1.0.0"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"pushed": False}, "pushed: images that are in no registry, expected images of a build with --push"),
        ({"registry": "x.example"}, f'images.oven.repository: found "x.example/oven", expected "{REGISTRY}/oven"'),
        ({"names": ("ovne",)}, 'images.ovne: no image "ovne" is built with the system, expected "oven"'),
        ({"images": {"oven": {"repository": "r", "tag": "t", "digest": "sha256:12"}}}, "images.oven.digest: found"),
        ({"images": {}}, "images: found a mapping, expected at least 1 entry"),
        ({"revision": "main"}, "revision: found"),
        ({"extra": 1}, "extra: unknown key"),
    ],
)  # fmt: skip
def test_a_build_that_cannot_be_released_is_refused_with_file_and_line(
    project: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str], other: dict[str, Any], said: str
) -> None:
    made = project()
    before = made.environment_file("home").read_text()
    images = built(tmp_path, **other)
    assert release(made, images) == 2
    assert f"error: {images}:1: {said}" in capsys.readouterr().err
    assert made.environment_file("home").read_text() == before


def test_a_missing_file_and_a_broken_one_are_refused(
    project: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(project(), tmp_path / "absent.json") == 2
    assert "absent.json: no such file" in capsys.readouterr().err
    (tmp_path / "broken.json").write_text('{"version": ')
    assert release(project(), tmp_path / "broken.json") == 2
    assert "broken.json:2: not valid YAML" in capsys.readouterr().err


@pytest.mark.slow
def test_the_next_synth_changes_image_references_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "apps", tmp_path / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    project, registry = Project(tmp_path), "registry.quantacirc.example/quantacirc"
    synth(tmp_path, tmp_path / "before")
    source = project.environment_file("prod").read_text()
    source = re.sub(r"release: \{ (version: \S+) \}", r"release:\n  \1", source)
    project.environment_file("prod").write_text(source)
    names = ("agents", "cli", "monitoring")
    assert release(project, built(tmp_path, registry, names), environment="prod") == 0
    lines = added(source, project.environment_file("prod").read_text())
    assert [line.split(":")[0].strip() for line in lines] == ["images", *names]

    shutil.copytree(tmp_path / "before", tmp_path / "after")
    changed = synth(tmp_path, tmp_path / "after")
    assert [path for path in changed if path.startswith("kubernetes/prod/")]
    assert [path for path in changed if re.search(r"(^|[/])(dev|staging|local)([/-]|\.yaml$)", path)] == []
    for path in (path for path in changed if path != MARKER):
        old, new = ((tmp_path / side / path).read_text() for side in ("before", "after"))
        assert old != new
        if path == "report/images-in-use.json":
            assert foreign(json.loads(old)) == foreign(json.loads(new)) != {}
        elif path.startswith("report/"):  # lines that list the images in use, and the parameters that differ
            lines = [line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]
            assert [line for line in lines if not re.search(ABOUT_IMAGES, line)] == [], path
        # Where an environment sets nothing of a component but its image, a section is new.
        elif path.startswith("helm/"):
            assert without_images(yaml.safe_load(old)) == without_images(yaml.safe_load(new)), path
        else:
            assert without_references(old) == without_references(new), path


def synth(root: Path, out: Path) -> list[str]:
    """Run ``qcdk synth`` and return the files it changed."""
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "quantacirc_cdk.cli", "synth", "--project", root, "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files = {path for path in out.rglob("*") if path.is_file()}
    return sorted(
        path.relative_to(out).as_posix()
        for path in files | before.keys()
        if path not in files or before.get(path) != path.read_bytes()
    )


def foreign(in_use: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the images in use that the system does not build, by environment."""
    return {name: [image for image in images if "registry.quantacirc" not in image] for name, images in in_use.items()}


def without_references(text: str) -> str:
    """Return a text with the references of the system's images, and the parts they are made of, taken out."""
    text = re.sub(r"registry\.quantacirc\.example/quantacirc/\w+:[\w.]+(@sha256:\w{64})?", "IMAGE", text)
    return re.sub(r"^ *(tag|digest):.*\n", "", text, flags=re.MULTILINE)


def without_images(values: Any) -> Any:
    """Return a chart's values without those of images, and without sections that hold nothing else."""
    if not isinstance(values, dict):
        return values
    kept = {key: without_images(value) for key, value in values.items() if key != "image"}
    return {key: value for key, value in kept.items() if value != {} or values[key] == {}}
