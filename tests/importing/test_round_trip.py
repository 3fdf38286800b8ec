"""What the library writes can be imported again: the importer and the synthesis know the same properties."""

import itertools
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.importing import import_project
from quantacirc_cdk.importing.containers import TABLE
from quantacirc_cdk.importing.declared import NO_WORD
from support.drawn import drawn, first_seed
from support.foreign import foreign_project
from support.kubernetes.synthesis import render

SEED = first_seed()
WORKLOADS = ("CronJob", "DaemonSet", "Deployment", "StatefulSet")


def lost(folder: Path, out: Path) -> list[str]:
    """Return the properties of manifests that neither come out of an import nor are left to the library."""
    report = import_project([folder], out)
    assert report.carried > len(report.left)
    return [f"{one.object}: {one.path}" for one in report.left if one.reason == NO_WORD]


@pytest.mark.slow
def test_a_project_of_every_need_survives(tmp_path: Path) -> None:
    project = foreign_project(tmp_path / "gallery")
    out = project.root / "dist" / "kubernetes"
    render(project.root, out, ["home"])
    assert lost(out / "home", tmp_path / "again") == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(5))
def test_drawn_projects_survive(number: int, tmp_path: Path) -> None:
    for seed in itertools.count(SEED + number, 5):
        root = tmp_path / str(seed)
        _, project = drawn(seed, root)
        out, name = root / "dist" / "kubernetes", next(iter(project.environments))
        try:
            objects = render(root, out, [name])[name]
        except PropsError:
            continue  # such as a quota that is too small: the synthesis refuses it
        if not any(item["kind"] in WORKLOADS for item in objects):
            continue  # such as one managed store: the import refuses what has no component
        print(f"FUZZ_SEED={seed}")
        assert lost(out / name, tmp_path / "again") == [], f"seed {seed}"
        return


def test_the_table_has_each_field_that_containers_are_written_with(tmp_path: Path) -> None:
    project = foreign_project(tmp_path / "gallery")
    objects = render(project.root, project.root / "dist" / "kubernetes", ["big"])["big"]
    written = {
        key
        for item in objects
        if item["kind"] == "Deployment"
        for container in item["spec"]["template"]["spec"]["containers"]
        for key in container
    }
    elsewhere = {"image", "name", "securityContext", "terminationMessagePolicy"}
    assert written - elsewhere <= TABLE.keys()
