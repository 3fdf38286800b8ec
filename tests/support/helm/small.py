"""The chart of a small system that is not QuantaCirc."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.kubernetes.synthesis import render
from support.project import Project

Change = tuple[str, str]
"""A text of the system, and what replaces it."""


def small_project(folder: Path, *changes: Change) -> Project:
    """Return the small project with these changes of its system."""
    project = Project.small(folder / "project")
    for old, new in changes:
        project.replace_in_system(old, new)
    return project


def chart_of(project: Project, folder: Path) -> Path:
    """Return the chart of a project, in ``folder``."""
    manifests, chart = folder / "kubernetes", folder / "chart"
    render(project.root, manifests)
    system_chart(load_project(project.root), manifests).write(chart)
    return chart


def small_chart(folder: Path, changes: Sequence[Change] = ()) -> Path:
    """Return the chart of the small project with these changes of its system, in ``folder``."""
    return chart_of(small_project(folder, *changes), folder)
