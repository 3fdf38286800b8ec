"""A component admits pods of other namespaces that it names, and no others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kubernetes.reachability_matrix import reachability_matrix
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find
from support.kubernetes.synthesis import render
from support.project import Project

ADMITS = "admits: [{ namespace: analytics, labels: { app: loader } }, { namespace: press }]"
COMPONENTS = f"""\
components:
  books: {{ kind: postgresql, image: oven, storage: {{ size: 1Gi, path: /pg }}, {ADMITS} }}
"""


def bakery(project: Project) -> Project:
    project.replace_in_system("components:\n", COMPONENTS)
    project.replace_in_system("    exposed: true\n", f"    exposed: true\n    {ADMITS}\n")
    return project


def admitted(objects: list[Object], name: str) -> list[tuple[str, dict[str, str], list[int]]]:
    """Return the namespace, the labels and the ports of the other namespaces that a policy admits."""
    return [
        (
            peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
            peer.get("podSelector", {}).get("matchLabels", {}),
            sorted(port["port"] for port in rule["ports"]),
        )
        for rule in find(objects, "NetworkPolicy", name)["spec"]["ingress"]
        for peer in rule["from"]
        if "namespaceSelector" in peer
    ]


@pytest.mark.parametrize(("name", "port"), [("books", 5432), ("shop", 8080)])
def test_pods_of_other_namespaces_are_admitted_by_their_labels(
    project: Callable[[], Project], out: Path, name: str, port: int
) -> None:
    small = bakery(project())
    objects = render(small.root, out)["home"]
    found = admitted(objects, name)
    assert ("analytics", {"app": "loader"}, [port]) in found
    assert ("press", {}, [port]) in found
    assert not [one for one in admitted(objects, "baker") if one[0] in ("analytics", "press")]
    matrix = reachability_matrix(load_project(small.root).environments["home"], objects)
    opened = {(one["source"], one["target"]) for one in matrix["open"]}
    assert {("namespace analytics", name), ("namespace press", name)} <= opened


@pytest.mark.parametrize(
    "component",
    [
        "other: { kind: job, image: oven, %s }",
        "other: { kind: worker, image: oven, contract: false, %s }",
        "other: { kind: chart, chart: oci://charts.example/x, version: 1.2.3, digest: %s, %s }",
    ],
)
def test_a_component_that_nobody_can_connect_to_admits_nobody(project: Callable[[], Project], component: str) -> None:
    small = project()
    values = (f"'sha256:{1:064x}'", ADMITS)[-component.count("%s") :]
    small.replace_in_system("components:\n", f"components:\n  {component % values}\n")
    with pytest.raises(ModelError) as refused:
        load_project(small.root)
    assert "components.other.admits" in {one.key for one in refused.value.problems}


@pytest.mark.parametrize("cidr", ["192.0.2.1/32", "192.0.2.0/29"])
def test_the_matrix_of_a_small_network_has_an_address_in_it(
    project: Callable[[], Project], out: Path, cidr: str
) -> None:
    small = project()
    file = small.environment_file("home")
    file.write_text(f"{file.read_text()}network: {{ cidr: {cidr} }}\n")
    matrix = reachability_matrix(load_project(small.root).environments["home"], render(small.root, out)["home"])
    assert "the environment's network" in matrix["endpoints"]["around"]
