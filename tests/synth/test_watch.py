"""What a change of the inputs affects, and when it is complete."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.model import load_project
from quantacirc_cdk.synth.watch import Watch, affected
from support.project import ENVIRONMENT, Project


@pytest.fixture
def three(project: Callable[[], Project]) -> Project:
    """Environments of which ``inn`` extends ``cafe``, which extends ``home``."""
    made = project()
    for name, base in (("cafe", "home"), ("inn", "cafe")):
        made.write_environment(
            name,
            f"extends: {base}\ndomain: {name}.example\n"
            f"cluster: {{ kubernetes_version: '1.34', context: kind-{name} }}\n",
        )
    made.write_environment(
        "bar", ENVIRONMENT.replace("kind-bakery", "kind-bar").replace("bakery.example", "bar.example")
    )
    return made


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (["environments/bar.yaml"], ["bar"]),
        (["environments/home.yaml"], ["cafe", "home", "inn"]),
        (["environments/cafe.yaml", "environments/bar.yaml"], ["bar", "cafe", "inn"]),
        (["environments/gone.yaml"], []),
        (["environments/bar.yaml", "system.yaml"], []),
        (["environments/bar.yaml.swp"], []),
        (["files/settings.txt"], []),
    ],
)
def test_a_change_of_an_environments_file_affects_it_and_what_extends_it(
    three: Project, changed: list[str], expected: list[str]
) -> None:
    assert affected(load_project(three.root), [three.root / "apps" / name for name in changed]) == expected


def test_a_change_is_seen_when_it_is_complete(three: Project) -> None:
    watch = Watch(root=three.root, out=three.root / "dist", only=["operations"])
    (_,) = watch.first()
    watch.stop()
    file, added = three.environment_file("bar"), three.root / "apps" / "more.yaml"
    steps: list[Callable[[], object]] = [
        lambda: None,  # nothing happens for a while
        lambda: file.write_text("half"),
        lambda: (added.touch(), os.utime(file, ns=(1, 1))),
        lambda: None,
    ]

    def pause(_: float) -> None:
        steps.pop(0)()

    assert watch.wait(pause) == [file, added]
    assert steps == []


def test_a_new_file_in_a_mounted_folder_is_seen_and_output_beside_it_is_not(three: Project) -> None:
    folder = three.root / "config"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    three.replace_in_system("    exposed: true\n", "    exposed: true\n    files: { /etc/shop: config, /etc/all: . }\n")
    watch = Watch(root=three.root, out=three.root / "dist", only=["operations"])
    (_,) = watch.first()
    looks = 0

    def pause(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            (three.root / "dist" / "mine.txt").write_text("no input")
            (three.root / ".dist.qcdk-other").mkdir()
        if looks == 3:
            (folder / "b.txt").write_text("b")

    assert watch.wait(pause) == [folder]
    assert looks == 4


def test_files_outside_of_apps_that_were_read_are_watched(three: Project) -> None:
    listed = three.root / "listed.txt"
    listed.write_text("one")
    app = three.root / "apps" / "operations.py"
    app.write_text(
        "def synthesize(root, out, environments):\n"
        "    out.mkdir(exist_ok=True)\n"
        "    (out / 'copy.txt').write_text((root / 'listed.txt').read_text())\n"
    )
    watch = Watch(root=three.root, out=three.root / "dist", only=["operations"])
    (_,) = watch.first()
    watch.stop()

    steps = iter([lambda: listed.write_text("two, longer"), lambda: None])

    def pause(_: float) -> None:
        next(steps)()

    assert watch.wait(pause) == [listed]
    (summary,) = watch.follow([listed])
    watch.stop()
    assert summary.changed == ["operations/copy.txt"]
    assert Path(three.root / "dist" / "operations" / "copy.txt").read_text() == "two, longer"


@pytest.mark.integration
def test_records_are_kept_as_long_as_what_runs_is_what_was_imported(
    three: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("QCDK_CACHE_DIR", str(cache))
    watch = Watch(root=three.root, out=three.root / "dist", only=["operations"])
    (_,) = watch.first()
    (output,) = (cache / "outputs").iterdir()
    file, before = three.environment_file("bar"), output.read_text()
    file.write_text(file.read_text().replace("kind-bar", "kind-b"))
    (summary,) = watch.follow([file])
    assert summary.changed == ["operations/bar.env"]
    assert output.read_text() != before
    records = sorted(cache.rglob("*.json"))
    monkeypatch.setenv("QCDK_ADDED", "a package is installed meanwhile, for example")
    file.write_text(file.read_text().replace("kind-b", "kind-c"))
    (summary,) = watch.follow([file])
    watch.stop()
    assert summary.changed == ["operations/bar.env"]
    assert sorted(cache.rglob("*.json")) == records
