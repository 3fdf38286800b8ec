"""The chart refuses replicas that share a volume that only one node can mount."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import run
from support.kubernetes.synthesis import render
from support.project import Project


@pytest.mark.integration
@pytest.mark.parametrize(
    ("access", "values", "said"),
    [
        ("ReadWriteOnce", "shop.autoscaling.maxReplicas=3", "shop.autoscaling.maxReplicas must be at most 1"),
        ("ReadWriteOnce", "shop.autoscaling.enabled=false,shop.replicas=2", "shop.replicas must be at most 1"),
        ("ReadWriteOnce", "shop.autoscaling.enabled=false,shop.replicas=1", ""),
        ("ReadWriteMany", "shop.autoscaling.maxReplicas=3", ""),
    ],
)
def test_replicas_that_share_a_volume_of_one_node_are_refused(
    tmp_path: Path, access: str, values: str, said: str
) -> None:
    project = Project.small(tmp_path / "project")
    volumes = f"    exposed: true\n    volumes: {{ data: {{ claim: kept, access: {access}, mount: /data }} }}\n"
    project.replace_in_system("    exposed: true\n", volumes)
    text = project.environment_file("home").read_text()
    project.write_environment("home", f"{text}replicas: {{ min: 1, max: 1 }}\n")
    render(project.root, tmp_path / "kubernetes")
    system_chart(load_project(project.root), tmp_path / "kubernetes").write(tmp_path / "chart")
    done = run("template", "bakery", tmp_path / "chart", "--set", values)
    assert (done.returncode == 0) == (not said), done.stderr
    assert said in done.stderr
