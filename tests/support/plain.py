"""One object of each common kind, with the fields that its API requires and no others."""

from pathlib import Path

import yaml

from support.project import Project

OBJECTS = Path(__file__).with_suffix(".yaml")

APP = """\
from quantacirc_cdk.apps import workloads


def synthesize(project_root, outdir, environments):
    more = workloads.objects_in(project_root / "apps" / "objects")
    workloads.synthesize(project_root, outdir, environments, after=more)
"""


def plain_objects() -> list[dict[str, object]]:
    """Return the objects."""
    return list(yaml.safe_load_all(OBJECTS.read_text()))


def with_plain_objects(project: Project) -> Project:
    """Add the objects to a project."""
    folder = project.root / "apps" / "objects"
    folder.mkdir()
    (project.root / "apps" / "workloads.py").write_text(APP)
    for number, item in enumerate(plain_objects()):
        (folder / f"{number:02}.yaml").write_text(yaml.safe_dump(item))
    return project


def folder_of(project: Project) -> Path:
    """Return the folder with the objects."""
    return project.root / "apps" / "objects"
