"""What ``helm test`` asks, and what its network policies open for that."""

from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.health_test import Endpoint, endpoints, health_test
from quantacirc_cdk.model import load_project
from support.foreign import foreign_project
from support.kubernetes.synthesis import render


@pytest.mark.integration
def test_the_url_has_the_port_of_the_service_and_the_policies_that_of_the_container(tmp_path: Path) -> None:
    project = foreign_project(tmp_path / "gallery")
    project.replace_in_system(
        "readiness: { command: [test, -f, /srv/app/tmp/ready],", "readiness: { http: { path: /ready },"
    )
    folder = project.root / "dist" / "kubernetes"
    render(project.root, folder)
    found = list(endpoints(system_chart(load_project(project.root), folder).subjects))
    assert found == [Endpoint(component="web", section="web", url="http://web:80/ready", port=3000)]


@pytest.mark.integration
def test_a_service_port_without_a_target_leads_to_its_own_number(tmp_path: Path) -> None:
    project = foreign_project(tmp_path / "gallery")
    project.replace_in_system(
        "readiness: { command: [test, -f, /srv/app/tmp/ready],", "readiness: { http: { path: /ready },"
    )
    text = project.system_file.read_text()
    patch = "{ kind: Service, name: web, reason: Test., operations: [{ op: remove, path: /spec/ports/0/targetPort }] }"
    project.write_system(f"{text}\npatches: {{ untargeted: {patch} }}\n")
    folder = project.root / "dist" / "kubernetes"
    render(project.root, folder)
    found = list(endpoints(system_chart(load_project(project.root), folder).subjects))
    assert [one.url for one in found] == ["http://web:8080/ready"], "port 80 now leads to port 80 of the container"


def test_an_image_and_a_component_without_values_are_asked_all_the_same() -> None:
    """As where nothing of a workload could become a value: then its section may be missing, too."""
    text = health_test(
        [Endpoint(component="web", section="web", url="http://web:80/ready", port=3000)],
        image="registry.example/tools:1",
        pull_policy="IfNotPresent",
        user_id=7,
        switches=(),
        rename=str,
    )
    assert ".Values.web" not in text
    plain = "\n".join(line for line in text.splitlines() if "{{" not in line)
    (container,) = list(yaml.safe_load_all(plain))[-1]["spec"]["containers"]
    assert (container["image"], container["imagePullPolicy"]) == ("registry.example/tools:1", "IfNotPresent")
    assert container["command"][-1].endswith("check http://web:80/ready\n")
