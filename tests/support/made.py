"""The output of a small project, written by the command that people use."""

import subprocess

from quantacirc_cdk.model import load_project
from support.helm.helm import by_name, handed_over, template
from support.kubernetes.manifests import Object, read_folder
from support.kubernetes.schemas import CORE, NEWEST, errors
from support.project import Project
from support.tools import ROOT


def synthesize(project: Project) -> str:
    """Write the output of a project; return what the command said beside its summary."""
    command = [ROOT / ".venv" / "bin" / "qcdk", "synth", "--project", project.root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def objects_of(project: Project, environment: str) -> list[Object]:
    """Return the manifests of an environment, all of them valid by the API's schemas."""
    found = read_folder(project.root / "dist" / "kubernetes" / environment)
    assert [error for item in found if item["apiVersion"] in CORE for error in errors(item, NEWEST)] == []
    return found


def chart_differences(project: Project) -> list[str]:
    """Return the environments whose manifests the real Helm does not render from the chart."""
    model = load_project(project.root)
    chart = project.root / "dist" / "helm" / model.system.name
    different = []
    for name, environment in model.environments.items():
        values = chart / f"values-{name}.yaml"
        namespace = environment.namespace or model.system.name
        options = ("--values", values) if values.is_file() else ()
        rendered = template(chart, *options, name=model.system.name, namespace=namespace)
        wanted = read_folder(project.root / "dist" / "kubernetes" / name)
        if handed_over(by_name(rendered)) != handed_over(by_name(wanted)):
            different.append(name)
    return different
