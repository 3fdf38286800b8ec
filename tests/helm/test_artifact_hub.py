"""Chart.yaml says what is known about a chart, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.helm import About, Change, chart, system_chart
from quantacirc_cdk.helm.artifact_hub import changes_of, license_of
from quantacirc_cdk.manifests import POD_TEMPLATES
from quantacirc_cdk.model import load_project
from support.helm.helm import run
from support.kubernetes.synthesis import render
from support.project import Project
from support.tools import ROOT

CONFIG: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "b"}}
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- Not released.

## [v1.2.0-rc.1] - 2026-11-28

Some words.

### Added

- Bread: "rye",
  and #wheat.
* Cake.

### Notes

- Not a change.

### Security

- Locks.

## 1.1.0

### Fixed

- Old.
"""
CHANGES = [
    {"kind": "added", "description": 'Bread: "rye", and #wheat.'},
    {"kind": "added", "description": "Cake."},
    {"kind": "security", "description": "Locks."},
]


def shown(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the content of Chart.yaml and of the annotations of Artifact Hub."""
    data = yaml.safe_load(text)
    found = data.get("annotations", {})
    assert all(isinstance(value, str) for value in found.values())
    return data, {name.removeprefix("artifacthub.io/"): yaml.safe_load(value) for name, value in found.items()}


def test_the_chart_of_a_system_shows_what_its_model_and_files_say(tmp_path: Path) -> None:
    made = Project.small(tmp_path / "project")
    facts = (
        "source: { repository: https://git.oven.example/oven.git, branch: main }\nrunbooks: https://docs.oven.example\n"
    )
    made.write_system(facts + made.system_file.read_text(encoding="utf-8"))
    (made.root / "LICENSE").write_text("MIT License\n\nCopyright\n", encoding="utf-8")
    project = load_project(made.root)
    version = next(iter(project.environments.values())).release.version
    (made.root / "CHANGELOG.md").write_text(CHANGELOG.replace("v1.2.0-rc.1", version), encoding="utf-8")
    render(made.root, tmp_path / "kubernetes")
    system_chart(project, tmp_path / "kubernetes").write(tmp_path / "chart")
    data, annotations = shown((tmp_path / "chart" / "Chart.yaml").read_text(encoding="utf-8"))
    assert data["keywords"] == sorted({component.kind for component in project.system.components.values()})
    assert data["home"] == "https://git.oven.example/oven.git"
    assert annotations["links"] == [
        {"name": "Source code", "url": "https://git.oven.example/oven.git"},
        {"name": "Runbooks", "url": "https://docs.oven.example"},
    ]
    assert annotations["license"] == "MIT"
    assert annotations["changes"] == CHANGES
    assert "prerelease" not in annotations


def test_the_chart_of_an_app_shows_what_it_is_given(tmp_path: Path) -> None:
    about = About(
        home="https://git.shop.example/shop",
        keywords=["shop", "yes"],
        links={"Manual: all": "https://docs.shop.example/#start"},
        license="Apache-2.0",
        changes=[Change(kind="fixed", description="Braces {{ }} stay.\nSo do lines.")],
    )
    chart("shop", {"only": [CONFIG]}, version="1.2.0-rc.1", about=about).write(tmp_path)
    data, annotations = shown((tmp_path / "shop" / "Chart.yaml").read_text(encoding="utf-8"))
    assert (data["home"], data["sources"]) == ("https://git.shop.example/shop", ["https://git.shop.example/shop"])
    assert data["keywords"] == ["shop", "yes"]
    assert annotations == {
        "changes": [{"kind": "fixed", "description": "Braces {{ }} stay.\nSo do lines."}],
        "license": "Apache-2.0",
        "links": [{"name": "Manual: all", "url": "https://docs.shop.example/#start"}],
        "prerelease": True,
    }
    assert run("lint", tmp_path / "shop", "--strict").returncode == 0


def test_the_chart_of_an_app_lists_the_images_of_the_first_variant() -> None:
    def pods(kind: str, *images: str) -> dict[str, Any]:
        first, *others = [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]
        pod: Any = {"containers": others, "initContainers": [first]}
        for step in reversed(POD_TEMPLATES.get(kind, ())[1:]):
            pod = {step: {"spec": pod} if step == "template" else pod}
        return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web"}, "spec": pod}

    first = [pods("Deployment", "init:1", "r.example/a/web:2@sha256:ab"), pods("CronJob", "init:1", "cron:3"), CONFIG]
    variants = {"one": [*first, pods("Pod", "once:1")], "other": [pods("Deployment", "init:1", "elsewhere:9")]}
    _, annotations = shown(chart("shop", variants).files()["Chart.yaml"])
    assert annotations["images"] == [
        {"name": "cron", "image": "cron:3"},
        {"name": "init", "image": "init:1"},
        {"name": "once", "image": "once:1"},
        {"name": "web", "image": "r.example/a/web:2@sha256:ab"},
    ]


def test_what_is_not_known_is_left_out() -> None:
    data, _ = shown(chart("shop", {"only": [CONFIG]}, version="1.2.0+build-7").files()["Chart.yaml"])
    assert not data.keys() & {"annotations", "keywords", "home", "sources"}


def test_facts_that_artifact_hub_refuses_are_refused_together() -> None:
    about = About(
        home="git.shop.example",
        keywords=[" "],
        links={"Manual": "docs"},
        license="MIT OR Apache-2.0",
        changes=[Change(kind="mended", description="")],
    )
    with pytest.raises(PropsError) as error:
        chart("shop", {"only": [CONFIG]}, about=about)
    assert {problem.key for problem in error.value.problems} == {
        "about.home",
        "about.links.Manual",
        "about.keywords[0]",
        "about.license",
        "about.changes[0].kind",
        "about.changes[0].description",
    }


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("# The MIT License\n\nCopyright\n", "MIT"),
        ("Mozilla Public License Version 2.0\n====\n", "MPL-2.0"),
        ("BSD 3-Clause License\n", "BSD-3-Clause"),
        ("SPDX-License-Identifier: EUPL-1.2\n\nMIT License\n", "EUPL-1.2"),
        ("SPDX-License-Identifier: MIT OR Apache-2.0\n", ""),
        ("MIT License\n\nApache License\nVersion 2.0\n", ""),
        ("Parts are under the\nMIT License\n", ""),
        ("GNU GENERAL PUBLIC LICENSE\nVersion 3\n", ""),
        ("All rights reserved.\n", ""),
    ],
)
def test_a_license_is_named_only_if_it_is_certain(tmp_path: Path, text: str, identifier: str) -> None:
    assert license_of(tmp_path) == ""
    (tmp_path / "LICENSE.md").write_text(text, encoding="utf-8")
    assert license_of(tmp_path) == identifier


def test_the_license_of_this_project_is_known() -> None:
    assert license_of(ROOT) == "Apache-2.0"


def test_changes_are_those_of_the_version(tmp_path: Path) -> None:
    assert changes_of(tmp_path, "1.1.0") == []
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    assert changes_of(tmp_path, "1.1.0") == [Change(kind="fixed", description="Old.")]
    assert [vars(change) for change in changes_of(tmp_path, "1.2.0-rc.1")] == CHANGES
    assert changes_of(tmp_path, "1.3.0") == changes_of(tmp_path, "Unreleased-1") == []


def test_a_changelog_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_bytes(b"# Changelog\n\xff\n")
    with pytest.raises(ModelError, match=r"CHANGELOG\.md:2"):
        changes_of(tmp_path, "1.0.0")
