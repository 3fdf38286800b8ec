"""Manifests are read back from files, and while a synthesis runs from what their part leaves."""

from pathlib import Path

import pytest

from quantacirc_cdk.handover import FOLDER, leave
from quantacirc_cdk.manifests import read_objects

FILES = {
    "Service.b.k8s.yaml": "kind: Service\nmetadata:\n  name: b\n",
    "ConfigMap.a.k8s.yaml": "kind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: 'on'\n---\n",
}
OBJECTS = [
    {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "on"}},
    {"kind": "Service", "metadata": {"name": "b"}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kubernetes" / "prod"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder


def test_objects_come_in_the_order_of_their_files(folder: Path) -> None:
    assert read_objects(folder) == OBJECTS


def test_in_a_run_objects_are_read_before_there_are_files(folder: Path) -> None:
    beside = folder.parents[1]
    (beside / FOLDER).mkdir()
    leave(beside, "prod.json", lambda: '{"Service.b": {"kind": "Service"}, "ConfigMap.a": {"kind": "ConfigMap"}}')
    assert read_objects(folder) == [{"kind": "ConfigMap"}, {"kind": "Service"}]
