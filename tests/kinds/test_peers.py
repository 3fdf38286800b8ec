"""Who may connect to the ports of a workload: its own pods, clients of a port with metrics, clients of nodes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.kubernetes.manifests import Object, find, of_kind
from support.made import chart_differences, objects_of, synthesize
from support.project import Project

pytestmark = pytest.mark.integration

PARTS = """\
  members:
    kind: service
    image: tool
    contract: false
    service: { headless: true }
    ports: [{ name: api, port: 9000 }, { name: gossip, port: 9001 }, { name: stats, port: 9002 }]
    metrics: { port: stats }
    reaches: [members, files, broker]
  files:
    kind: stateful
    image: tool
    contract: false
    ports: [{ name: s3, port: 9000 }, { name: console, port: 9001 }]
    metrics: { port: s3, path: /minio/metrics }
    probes: { readiness: { tcp: s3 } }
    volumes: { data: { size: 1Gi, mount: /data } }
  broker:
    kind: stateful
    image: tool
    contract: false
    service: { headless: true }
    ports: [{ name: client, port: 9092 }, { name: quorum, port: 9093 }]
    peer_ports: [quorum]
  games:
    kind: stateful
    image: tool
    contract: false
    ports:
      - { name: game, port: 7777, protocol: UDP,
          host_port: { port: 7777, source_ranges: [203.0.113.0/24, 198.51.100.0/24], reason: Players connect. } }
      - { name: query, port: 7778, protocol: UDP, host_port: { port: 7778, reason: Nodes ask. } }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.small(tmp_path_factory.mktemp("peers"))
    image = "  tool: { registry: docker.io, repository: library/tool, tag: '1' }\n"
    project.replace_in_system("images:\n", f"images:\n{image}")
    project.replace_in_system("components:\n", f"components:\n{PARTS}")
    synthesize(project)
    return project


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return objects_of(made, "home")


def admitted(objects: list[Object], name: str) -> Iterator[tuple[str, int]]:
    """Yield who may connect to the pods of a component, and on which port."""
    for rule in find(objects, "NetworkPolicy", name)["spec"].get("ingress", []):
        for peer in rule["from"]:
            labels = peer.get("podSelector", {}).get("matchLabels", {})
            for port in rule["ports"]:
                yield labels.get("app.kubernetes.io/name") or peer.get("ipBlock", {}).get("cidr", "other"), port["port"]


@pytest.mark.slow
def test_pods_that_reach_themselves_connect_to_each_other(objects: list[Object]) -> None:
    monitoring = ("other", 9002)
    assert set(admitted(objects, "members")) == {("members", 9000), ("members", 9001), monitoring}
    egress = find(objects, "NetworkPolicy", "members")["spec"]["egress"]
    own = [
        rule
        for rule in egress
        if any(peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name") == "members"
               for peer in rule["to"])
    ]  # fmt: skip
    assert [port["port"] for rule in own for port in rule["ports"]] == [9000, 9001]


def test_clients_use_a_port_with_metrics_that_something_else_uses_too(objects: list[Object]) -> None:
    assert {one for one in admitted(objects, "files") if one[0] == "members"} == {("members", 9000), ("members", 9001)}


def test_a_headless_service_gives_the_pods_their_names(objects: list[Object]) -> None:
    assert find(objects, "StatefulSet", "broker")["spec"]["serviceName"] == "broker"
    services = {one["metadata"]["name"]: one["spec"] for one in of_kind(objects, "Service")}
    assert "broker-headless" not in services
    assert services["broker"]["clusterIP"] == "None"
    assert services["broker"]["publishNotReadyAddresses"] is True
    assert [port["name"] for port in services["broker"]["ports"]] == ["client", "quorum"]
    assert {one for one in admitted(objects, "broker") if one[0] == "members"} == {("members", 9092)}
    assert find(objects, "StatefulSet", "files")["spec"]["serviceName"] == "files-headless"


def test_clients_of_a_port_of_the_node_are_admitted(objects: list[Object]) -> None:
    outside = {one for one in admitted(objects, "games") if one[0] != "games"}
    assert outside == {("203.0.113.0/24", 7777), ("198.51.100.0/24", 7777), ("0.0.0.0/0", 7778)}


@pytest.mark.slow
def test_the_chart_renders_the_same(made: Project) -> None:
    assert chart_differences(made) == []


@pytest.mark.parametrize(("clients", "admits"), [("true", {8080, 9090}), ("false", {8080})])
def test_the_model_says_whether_clients_use_the_port_of_metrics(tmp_path: Path, clients: str, admits: set[int]) -> None:
    from quantacirc_cdk.model.facts import client_ports

    project = Project.small(tmp_path)
    project.replace_in_system("    kind: service\n", f"    kind: service\n    metrics: {{ clients: {clients} }}\n")
    system = load_project(project.root).system
    assert {port.port for port in client_ports(system, system.components["shop"])} == admits


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    kind: service\n", "    kind: stateful\n    reaches: [shop]\n", "none: its pods may always connect"),
        ("    kind: nats\n", "    kind: nats\n    reaches: [bus]\n", "another component"),
    ],
)
def test_a_component_that_need_not_reach_itself_must_not(tmp_path: Path, old: str, new: str, expected: str) -> None:
    project = Project.small(tmp_path)
    project.replace_in_system(old, new)
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    assert next(one.expected for one in caught.value.problems if "its own `reaches`" in one.what).startswith(expected)
