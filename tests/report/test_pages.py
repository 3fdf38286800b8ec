"""What the report says is what the model declares and the manifests do."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.kubernetes.container import Container
from quantacirc_cdk.kubernetes.pod import Pod, exceptions_annotation
from quantacirc_cdk.kubernetes.reachability_matrix import reachability_matrix
from quantacirc_cdk.kubernetes.security import Security
from quantacirc_cdk.model import Project
from quantacirc_cdk.model.component import Program, Serving
from quantacirc_cdk.report.manifests import exceptions
from quantacirc_cdk.report.pages import exceptions_page
from quantacirc_cdk.report.topology import INGRESS, as_mermaid, edges
from support.kubernetes.manifests import ENVIRONMENTS, pod_templates, read_folder
from support.tools import ROOT

pytestmark = pytest.mark.integration


def rows(page: str) -> list[list[str]]:
    """Return the cells of all tables of a page."""
    return [[cell.strip() for cell in line[2:-2].split(" | ")] for line in page.splitlines() if line.startswith("| ")]


def test_links_lead_to_pages_that_exist(report: Path) -> None:
    found = {link for page in report.glob("*.md") for link in re.findall(r"\]\(([^)]+)\)", page.read_text())}
    assert {"parity.md", "topology.md", "reachability.md"} <= found
    local = [link for link in found if not link.startswith("https://")]
    assert [link for link in local if not (report / link).is_file()] == []


def test_every_image_of_every_container_is_listed_with_what_runs_it(report: Path) -> None:
    listed = json.loads((report / "images-in-use.json").read_text())
    assert sorted(listed) == ENVIRONMENTS
    for name in ENVIRONMENTS:
        used: dict[str, int] = {}
        for _, template in pod_templates(read_folder(ROOT / "dist" / "kubernetes" / name)):
            spec = template["spec"]
            for image in {one["image"] for one in [*spec["containers"], *spec.get("initContainers", [])]}:
                used[image] = used.get(image, 0) + 1
        assert {image: len(users) for image, users in listed[name].items()} == used


def test_the_reachability_page_has_each_open_pair_of_each_environment_and_no_other(
    report: Path, project: Project
) -> None:
    table = [row for row in rows((report / "reachability.md").read_text()) if len(row) == 4 and "/" in row[2]]
    for name in ENVIRONMENTS:
        listed = {(row[0], row[1], row[2]) for row in table if row[3] == "all" or name in row[3].split(", ")}
        matrix = reachability_matrix(project.environments[name], read_folder(ROOT / "dist" / "kubernetes" / name))
        opened = {(one["source"], one["target"], ", ".join(one["ports"])) for one in matrix["open"]}
        assert listed == opened
        assert len(opened) > 60


def test_the_graph_has_every_declared_connection(project: Project) -> None:
    system = project.system
    found = {(source, target) for source, target, _ in edges(system)}
    bus = next(name for name, part in system.components.items() if part.kind == "nats")
    for name, component in system.components.items():
        assert {(name, target) for target in component.reaches} <= found
        subjects = isinstance(component, Program) and (component.publishes or component.consumes)
        assert ((name, bus) in found) == bool(subjects or bus in component.reaches)
        assert ((INGRESS, name) in found) == (isinstance(component, Serving) and component.exposed)
    drawn = as_mermaid(system)
    ids = set(re.findall(r"^  (\w+)[(\[{/>]", drawn, re.MULTILINE))
    arrows = re.findall(r"^  (\w+) --.*> (\w+)$", drawn, re.MULTILINE)
    assert len(arrows) == len(edges(system))
    assert {end for arrow in arrows for end in arrow} <= ids


def test_the_report_needs_no_node(project: Project, tmp_path: Path) -> None:
    program = "import sys, quantacirc_cdk.report; sys.exit('jsii' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT / "constructs", check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("page", ["parity.md", "topology.md", "reachability.md", "images-in-use.md", "exceptions.md"])
def test_tables_have_as_many_cells_in_every_row(report: Path, page: str) -> None:
    width: int | None = None
    for line in (report / page).read_text().splitlines():
        if not line.startswith("|"):
            width = None
            continue
        cells: Any = line.count("|")
        assert width in (None, cells), line
        width = cells


def test_each_exception_to_restricted_is_there_with_its_reason_and_its_environments(report: Path) -> None:
    assert "There are none." in (report / "exceptions.md").read_text()
    pod = Pod(
        containers=[Container(name="app", image="app:1", security=Security(writable_root="It | unpacks."))],
        service_account="app",
    )
    item = {"kind": "Deployment", "metadata": {"name": "app", "annotations": exceptions_annotation(pod)}}
    (found,) = exceptions([item])
    assert found == ("app", "container app", "writable root", "It | unpacks.")
    page = exceptions_page({"dev": [found], "prod": [found], "lab": []})
    assert "| `app` | container app | writable root | It &#124; unpacks. | dev, prod |" in page
