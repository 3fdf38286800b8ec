"""Services whose type, ports and fields users set: the API takes them, and clients from outside get through."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helm.helm import RELEASES, by_name, handed_over, run, template
from support.helm.small import chart_of, small_chart, small_project
from support.helm.valid import wrong
from support.kubernetes.manifests import Object, read_folder
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

GAME = """\
    exposed: true
    ports: [{ name: game, port: 7000, service_port: 7777 }]
    routes: { game: { port: game, protocol: tcp } }
"""
SERVICE = "    exposed: true\n    service: %s\n"
LIMITED = "{ type: LoadBalancer, source_ranges: [203.0.113.0/24], external_traffic: Local, load_balancer_class: a.b/c }"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of a system with a route of TCP, which has its own load balancer."""
    return small_chart(tmp_path_factory.mktemp("small"), [("    exposed: true\n", GAME)])


def rendered(chart: Path, section: str, values: Any, folder: Path, release: str = "helm") -> tuple[str, list[Object]]:
    """Return why Helm refuses these values of a component, or what it renders with them."""
    file, name = folder / "set.yaml", yaml.safe_load((chart / "Chart.yaml").read_text())["name"]
    file.write_text(json.dumps({section: values}), encoding="utf-8")
    done = run("template", name, chart, "--values", file, release=release)
    return (done.stderr, []) if done.returncode else ("", template(chart, "--values", file, name=name, release=release))


def accepted(chart: Path, section: str, values: Any, folder: Path) -> list[Object]:
    refused, objects = rendered(chart, section, values, folder)
    assert refused == ""
    assert wrong(objects) == []
    return objects


def spec(objects: list[Object], kind: str, name: str) -> Any:
    (found,) = [item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name)]
    return found["spec"]


def from_outside(objects: list[Object], name: str) -> set[tuple[str, int | str]]:
    """Return the addresses and ports that a component's policy allows."""
    return {
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in spec(objects, "NetworkPolicy", name).get("ingress", [])
        for peer in rule["from"]
        for port in rule["ports"]
        if "ipBlock" in peer
    }


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("service", "named"),
    [
        ({"nodePorts": {"http": 30080}}, "nodePorts needs spec.type NodePort or LoadBalancer"),
        (
            {"extraPorts": [{"name": "a", "port": 80, "nodePort": 30080}]},
            "extraPorts needs spec.type NodePort or LoadBalancer",
        ),
        ({"spec": {"externalTrafficPolicy": "Local"}}, "spec.externalTrafficPolicy needs spec.type"),
        ({"spec": {"type": "NodePort", "loadBalancerIP": "192.0.2.1"}}, "spec.loadBalancerIP needs spec.type LoadB"),
        ({"spec": {"loadBalancerSourceRanges": ["192.0.2.0/24"]}}, "spec.loadBalancerSourceRanges needs spec.type"),
        ({"spec": {"allocateLoadBalancerNodePorts": False}}, "spec.allocateLoadBalancerNodePorts needs spec.type"),
        ({"spec": {"loadBalancerClass": "a.b/c"}}, "spec.loadBalancerClass needs spec.type LoadBalancer"),
        ({"spec": {"ipFamilies": ["IPv4", "IPv6"]}}, "spec.ipFamilies needs ipFamilyPolicy"),
        (
            {"spec": {"type": "NodePort"}, "nodePorts": {"http": 30080, "metrics": 30080}},
            "nodePorts must not have the TCP node port 30080 twice",
        ),
        ({"extraPorts": [{"name": "http", "port": 80}]}, "extraPorts must not have the name http twice"),
        ({"extraPorts": [{"name": "a", "port": 8080}]}, "extraPorts must not have the TCP port 8080 twice"),
        ({"extraPorts": [{"name": "a", "port": 80}] * 2}, "extraPorts must not have the TCP port 80 twice"),
        ({"ports": {"http": 9090}}, "ports must not have the TCP port 9090 twice"),
    ],
)
def test_what_the_api_refuses_of_a_service_is_refused_by_name(
    chart: Path, small: Path, tmp_path: Path, service: Any, named: str, release: str
) -> None:
    for which, section in ((chart, "orchestrator"), (small, "baker")):
        refused, _ = rendered(which, section, {"service": service}, tmp_path, release)
        assert f"{section}.service.{named}" in refused


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_a_type_that_reaches_outside_opens_the_network_policy_as_the_model_does(
    small: Path, tmp_path: Path, kind: str
) -> None:
    said = small_project(tmp_path, ("    exposed: true\n", SERVICE % f"{{ type: {kind} }}"))
    chart_of(said, tmp_path)
    model = from_outside(read_folder(tmp_path / "kubernetes" / "home"), "shop")
    plain = small_chart(tmp_path / "plain")
    assert from_outside(accepted(plain, "shop", {}, tmp_path), "shop") == set()
    opened = from_outside(accepted(plain, "shop", {"service": {"spec": {"type": kind}}}, tmp_path), "shop")
    assert model == {("0.0.0.0/0", 8080), ("0.0.0.0/0", 9090)}
    assert {each for each in opened if "." in each[0]} == model
    assert {port for cidr, port in opened if cidr == "::/0"} == {8080, 9090}


@pytest.mark.parametrize("local", [True, False])
def test_only_the_ranges_of_a_load_balancer_get_through_where_pods_see_clients(
    chart: Path, tmp_path: Path, *, local: bool
) -> None:
    ranges = ["192.0.2.0/24", "2001:db8::/32"]
    service = {
        "spec": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Local" if local else "Cluster",
            "loadBalancerSourceRanges": ranges,
        },
        "extraPorts": [{"name": "more", "port": 80, "targetPort": 5000}],
    }
    objects = accepted(chart, "orchestrator", {"service": service}, tmp_path)
    found = from_outside(objects, "orchestrator")
    assert {cidr for cidr, _ in found} == set(ranges if local else ["0.0.0.0/0", "::/0"])
    assert {port for _, port in found} == {8080, 9090, 5000}
    assert spec(objects, "Service", "orchestrator")["loadBalancerSourceRanges"] == ranges


def test_the_load_balancer_of_a_route_has_values_of_its_own(small: Path, tmp_path: Path) -> None:
    before = accepted(small, "shop", {}, tmp_path)
    own = {"spec": {"type": "NodePort"}, "nodePorts": {"game": 30001}, "ports": {"game": 81}}
    objects = accepted(small, "shop", {"service": own}, tmp_path)
    assert spec(objects, "Service", "shop-game") == spec(before, "Service", "shop-game")
    ports = {port["name"]: port for port in spec(objects, "Service", "shop")["ports"]}
    assert (ports["game"]["port"], ports["game"]["nodePort"]) == (81, 30001)
    route = {"spec": {"loadBalancerClass": "a.b/c"}, "nodePorts": {"game": 30002}}
    objects = accepted(small, "shop", {"service": own, "services": {"game": route}}, tmp_path)
    assert spec(objects, "Service", "shop-game")["loadBalancerClass"] == "a.b/c"
    assert spec(objects, "Service", "shop-game")["ports"][0]["nodePort"] == 30002
    refused, _ = rendered(small, "shop", {"services": {"game": {**route, "spec": {"type": "ClusterIP"}}}}, tmp_path)
    assert "shop.services.game.nodePorts needs spec.type" in refused


def test_a_headless_service_stays_as_it_is(small: Path, chart: Path, tmp_path: Path) -> None:
    for which in (small, chart):
        before = spec(accepted(which, "bus", {}, tmp_path), "Service", "bus-headless")
        fields = {"spec": {"type": "NodePort", "externalTrafficPolicy": "Local"}, "nodePorts": {"client": 30001}}
        objects = accepted(which, "bus", {"service": fields}, tmp_path)
        assert spec(objects, "Service", "bus-headless") == before
        assert spec(objects, "Service", "bus")["type"] == "NodePort"


def test_another_type_drops_the_fields_that_the_api_takes_only_with_the_chart_s_own(tmp_path: Path) -> None:
    chart = small_chart(tmp_path, [("    exposed: true\n", SERVICE % LIMITED)])
    closed = spec(accepted(chart, "shop", {"service": {"spec": {"type": "ClusterIP"}}}, tmp_path), "Service", "shop")
    assert closed.keys() == {"ports", "selector", "type"}
    refused, _ = rendered(chart, "shop", {"service": {"spec": {"type": "NodePort"}}}, tmp_path)
    assert "shop.service.spec.type must be LoadBalancer, which admits only some clients" in refused
    all_clients = {"spec": {"type": "NodePort", "loadBalancerSourceRanges": []}}
    objects = accepted(chart, "shop", {"service": all_clients}, tmp_path)
    assert spec(objects, "Service", "shop")["externalTrafficPolicy"] == "Local"
    assert ("0.0.0.0/0", 8080) in from_outside(objects, "shop")
    other = {"spec": {"loadBalancerSourceRanges": ["192.0.2.0/24"]}}
    assert ("192.0.2.0/24", 8080) in from_outside(accepted(chart, "shop", {"service": other}, tmp_path), "shop")


def test_a_type_that_differs_between_environments_is_a_value(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    work = ENVIRONMENT.replace("kind-bakery", "kind-work").replace("bakery.example", "work.example")
    project.write_environment("work", f"{work}components: {{ shop: {{ service: {LIMITED} }} }}\n")
    chart = chart_of(project, tmp_path)
    for name in ("home", "work"):
        manifests = by_name(handed_over(read_folder(tmp_path / "kubernetes" / name)))
        found = template(chart, "--values", chart / f"values-{name}.yaml", name="bakery")
        assert by_name(found) == manifests
    assert yaml.safe_load((chart / "values.yaml").read_text())["shop"]["service"]["type"] == "ClusterIP"
    objects = accepted(chart, "shop", {"service": {"type": "LoadBalancer"}}, tmp_path)
    assert spec(objects, "Service", "shop")["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    refused, _ = rendered(chart, "shop", {"service": {"type": "NodePort"}}, tmp_path)
    assert "shop.service.spec.type must be LoadBalancer" in refused


AWAY = """\
extends: home
domain: away.example
cluster: { context: kind-away }
components:
  baker: { contract: false, ports: [{ name: web, port: 8080 }, { name: more, port: 8081 }] }
"""


def test_ports_of_two_environments_can_have_one_number(tmp_path: Path) -> None:
    """The ports of one environment still cannot."""
    project = small_project(tmp_path)
    project.write_environment("away", AWAY)
    built = chart_of(project, tmp_path)
    for environment, names in (("home", {"http", "metrics"}), ("away", {"web", "more"})):
        objects = template(built, "--values", built / f"values-{environment}.yaml", name="bakery")
        assert {port["name"] for port in spec(objects, "Service", "baker")["ports"]} == names
    for ports, named in (({"web": 8081}, "8081"), ({"http": 9090}, "9090")):
        assert f"TCP port {named} twice" in rendered(built, "baker", {"service": {"ports": ports}}, tmp_path)[0]
    added = {"service": {"extraPorts": [{"name": "a", "port": 8080}]}}
    assert "TCP port 8080 twice" in rendered(built, "baker", added, tmp_path)[0]
