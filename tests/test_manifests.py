"""Manifests read back from files, and handed over while a synthesis runs: the same objects."""

from pathlib import Path

import pytest

from quantacirc_cdk.manifests import HANDED_OVER, hand_over, read_objects

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


def test_nothing_is_handed_over_outside_a_run(folder: Path) -> None:
    hand_over(folder, lambda: pytest.fail("asked for objects that nobody reads"))
    assert sorted(path.name for path in folder.parents[1].rglob("*.json")) == []


def test_what_was_handed_over_is_read_instead(folder: Path) -> None:
    (folder.parents[1] / HANDED_OVER).mkdir()
    hand_over(folder, lambda: '{"Service.b": {"kind": "Service"}, "ConfigMap.a": {"kind": "ConfigMap"}}')
    assert read_objects(folder) == [{"kind": "ConfigMap"}, {"kind": "Service"}]
