"""Sources that tests import, written for them: a small shop as manifests, Compose and Score have it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml

from quantacirc_cdk.importing import Report, import_project
from support.command import qcdk
from support.kubernetes.manifests import Object, read_folder


@dataclass(frozen=True)
class Imported:
    """A project that was imported, and what its synthesis wrote."""

    root: Path
    report: Report
    objects: dict[tuple[str, str], Object]

    def find(self, kind: str, name: str) -> Object:
        return self.objects[kind, name]

    def ports(self, component: str, number: int) -> list[Object]:
        """Return the declarations of a port of a component."""
        system = yaml.safe_load((self.root / "apps" / "system.yaml").read_text())
        return [one for one in system["components"][component]["ports"] if one["port"] == number]

    def reasons(self, title: str) -> dict[str, str]:
        """Return the reason for each property of an object that is not carried over."""
        return {one.path: one.reason for one in self.report.left if one.object == title}


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Imported]:
    """Return what imports a text and synthesizes the project, as a user does."""

    def run(text: str, files: Mapping[str, str] = MappingProxyType({}), **options: str) -> Imported:
        folder = tmp_path_factory.mktemp("import")
        for name, content in files.items():
            (folder / name).write_text(content)
        (folder / "source.yaml").write_text(text)
        report = import_project([folder / "source.yaml"], folder / "project", **options)
        done = qcdk("synth", "--project", folder / "project", "--only", "kubernetes")
        assert done.returncode == 0, done.stdout + done.stderr
        written = read_folder(folder / "project" / "dist" / "kubernetes" / "local")
        return Imported(folder / "project", report, {(one["kind"], one["metadata"]["name"]): one for one in written})

    return run
