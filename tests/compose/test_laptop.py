"""What a laptop without Kubernetes runs of a system: ports, names, devices and values, as in the cluster."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.compose import compose_files
from quantacirc_cdk.compose.manifests import Manifests
from quantacirc_cdk.compose.outside import named
from quantacirc_cdk.manifests import read_objects
from quantacirc_cdk.model import load_project
from support.command import qcdk

pytestmark = pytest.mark.integration

SYSTEM = """\
name: shop
images: { web: { registry: ghcr.io, repository: shop/web, tag: 1.4.2 } }
sizes: { small: { cpu: 100m, memory: 128Mi, memory_limit: 256Mi } }
components:
  web:
    kind: service
    image: web
    ports: [{ name: http, port: 8080 }]
    environment:
      A: { secret: a-b, key: c }
      B: { secret: a, key: b-c }
      C: { secret: a, key: d, optional: true }
      URL: http://back.shop.svc.cluster.local/x
    args: ["--token=$(A)", "--cost=$$5"]
    exposed: true
    reaches: [back, store]
  back: { kind: service, image: web, labels: { team: back }, ports: [{ name: http, port: 8081, service_port: 80 }] }
  gpu: { kind: service, image: web, resources: { extended: { nvidia.com/gpu: "2e0", example.com/card: "1" } } }
  "off": { kind: service, image: web, ports: [{ name: http, port: 8080 }] }
  turn:
    kind: service
    image: web
    ports: [{ name: turn, port: 3478, protocol: UDP }, { name: turn-tcp, port: 3478 }, { name: admin, port: 9000 }]
    routes:
      turn: { protocol: udp, port: turn, external_port: 3478 }
      tcp: { protocol: tcp, port: turn-tcp, external_port: 3479 }
      admin: { protocol: tcp, port: admin, external_port: 9000 }
  resolver:
    kind: service
    image: web
    service: { type: LoadBalancer }
    ports: [{ name: dns, port: 5353, protocol: UDP, service_port: 53 }, { name: dns-tcp, port: 5353, service_port: 53 }]
  log:
    kind: service
    image: web
    service: { type: NodePort }
    ports: [{ name: syslog, port: 1514 }]
  probe:
    kind: service
    image: web
    ports: [{ name: snmp, port: 1161, protocol: UDP, host_port: { port: 161, reason: Devices ask this port. } }]
  store:
    kind: stateful
    image: web
    ports: [{ name: pg, port: 5432 }]
    volumes: { data: { size: 1Gi, mount: /srv } }
    environment: { PEERS: "store-0.store-headless:5432,store-1.store-headless:5432,store-2.store-headless.shop:5432" }
"""
LOCAL = """\
target: local
domain: shop.localhost
registry: registry.localhost
owners: [team@example.com]
release: { version: 1.0.0 }
cluster: { kubernetes_version: "1.34", context: kind-shop }
components: { "off": { replicas: { min: 0, max: 0 } }, store: { replicas: { min: 3, max: 3 } } }
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("laptop")
    (root / "apps" / "environments").mkdir(parents=True)
    (root / "apps" / "system.yaml").write_text(SYSTEM)
    (root / "apps" / "environments" / "local.yaml").write_text(LOCAL)
    done = qcdk("synth", "--project", root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / "dist" / "compose" / "compose.yaml").read_text())["services"]
    return found


@pytest.fixture(scope="module")
def left_out(root: Path) -> str:
    return (root / "dist" / "report" / "left-out.md").read_text()


def test_each_public_port_is_published_with_its_protocol(services: dict[str, Any]) -> None:
    assert services["turn"]["ports"] == [
        "127.0.0.1:8080:3478/udp", "127.0.0.1:8080:3478", "127.0.0.1:8085:9000"
    ]  # fmt: skip
    assert services["web"]["ports"] == ["127.0.0.1:8081:8080"]


def test_a_port_that_the_cluster_opens_without_a_route_is_published(services: dict[str, Any]) -> None:
    ports = {name: services[name]["ports"] for name in ("log", "probe", "resolver")}
    assert ports == {
        "log": ["127.0.0.1:8082:1514"],
        "probe": ["127.0.0.1:8083:1161/udp"],
        "resolver": ["127.0.0.1:8084:5353/udp", "127.0.0.1:8084:5353"],
    }
    assert all("front" in services[name]["networks"] for name in ports)


def test_a_service_that_selects_a_component_by_its_labels_is_its_name_and_opens_its_port(root: Path) -> None:
    project = load_project(root)
    spec = {"type": "LoadBalancer", "selector": {"team": "back"}, "ports": [{"port": 80, "targetPort": "http"}]}
    metadata = {"name": "behind", "namespace": "shop"}
    more = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    objects = [*read_objects(root / "dist" / "kubernetes" / "local"), more]
    files = compose_files(project.system, project.environments["local"], Manifests(objects=objects), [])
    back = yaml.safe_load(files["compose.yaml"])["services"]["back"]
    assert {"behind", "behind.shop.svc.cluster.local"} <= set(back["networks"]["back"]["aliases"])
    assert back["ports"] == ["127.0.0.1:8082:8081"]


def test_a_component_without_pods_is_left_out(services: dict[str, Any], left_out: str) -> None:
    assert "off" not in services
    assert "Deployment off" in left_out


def test_a_container_has_its_gpus_and_other_devices_are_reported(services: dict[str, Any], left_out: str) -> None:
    device = {"driver": "nvidia", "count": 2, "capabilities": ["gpu"]}
    assert services["gpu"]["deploy"] == {"resources": {"reservations": {"devices": [device]}}}
    assert "example.com/card of gpu" in left_out


def test_names_of_the_cluster_are_aliases_on_the_network_of_the_clients(
    services: dict[str, Any], left_out: str
) -> None:
    store = set(services["store"]["networks"]["store"]["aliases"])
    names = {"store-headless", "store-0.store-headless", "store-0.store"}
    assert store & {*names, "store", "store-1.store-headless"} == {"store-headless", "store-0.store-headless"}
    full = {"store.shop.svc.cluster.local", "store-0.store-headless.shop.svc", "store-headless.shop"}
    assert full <= store
    assert services["store"]["hostname"] == "store-0"
    assert "back.shop.svc.cluster.local" in services["back"]["networks"]["back"]["aliases"]
    assert services["web"]["environment"]["URL"] == "http://back.shop.svc.cluster.local/x"
    assert "store-1.store-headless, store-2.store-headless do not exist" in left_out


def test_each_value_of_a_secret_has_a_variable_and_needs_it_unless_it_is_optional(services: dict[str, Any]) -> None:
    environment = services["web"]["environment"]
    assert environment["A"] == "${A_B__C:?set it to the key c of the Secret a-b}"
    assert environment["B"] == "${A__B_C:?set it to the key b-c of the Secret a}"
    assert environment["C"] == "${A_D:-}"
    assert services["web"]["command"] == [f"--token={environment['A']}", "--cost=$$5"]


_NAME = st.text("ab-.", min_size=1, max_size=3)
_KEY = st.text("aAbB-._", min_size=1, max_size=3)


@given(st.lists(st.tuples(_NAME, _KEY), max_size=12))
def test_no_two_keys_share_a_variable(keys: list[tuple[str, str]]) -> None:
    found = named(keys)
    assert found.keys() == set(keys)
    assert len(set(found.values())) == len(found)
    assert named(keys[::-1]) == found


def test_keys_keep_their_short_names_where_no_other_has_them() -> None:
    assert named([("x", "API_KEY"), ("a", "PASSWORD"), ("b", "PASSWORD"), ("db", "password")]) == {
        ("x", "API_KEY"): "API_KEY",
        ("a", "PASSWORD"): "A_PASSWORD",
        ("b", "PASSWORD"): "B_PASSWORD",
        ("db", "password"): "DB_PASSWORD",
    }
