"""Clients of an external store reach it in the private network, and nothing else: each store has its own switch."""

from collections.abc import Iterator
from itertools import chain, combinations
from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.system import SystemChart
from quantacirc_cdk.model import load_project
from support.helm.helm import template
from support.helm.peers import egress_by_policy, open_rules
from support.kubernetes.manifests import read_folder
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

DIGEST = "sha256:" + "0" * 64
IMAGES = "".join(
    f"  {name}: {{ registry: docker.io, repository: {name}, tag: '1', digest: {DIGEST!r} }}\n"
    for name in ("postgres", "valkey", "seaweedfs", "toolbox")
)
DATABASE = "{ kind: postgresql, image: postgres, storage: { size: 1Gi, path: /var/lib/postgresql/data } }"
CACHE = "{ kind: valkey, image: valkey }"
BUCKET = "{ kind: object-store, image: seaweedfs, storage: { size: 1Gi, path: /data } }"
PORTS = {DATABASE: 5432, CACHE: 6379, BUCKET: 443}
SETTINGS = {
    DATABASE: "{ provider: managed, cpu: 2, memory: 4Gi, storage: 20Gi, max_storage: 100Gi }",
    CACHE: "{ provider: managed }",
    BUCKET: "{ provider: managed }",
}
CLOUDS = {
    "aws": '"111111111111", region: eu-central-1, recovery_region: eu-west-1',
    "gcp": "bakery-prod-1, region: europe-west3, recovery_region: europe-west4",
    "azure": "44444444-4444-4444-8444-444444444444, region: swedencentral, recovery_region: swedensouth",
}
STATES = {
    "aws": "bucket: bakery-state",
    "gcp": "bucket: bakery-state",
    "azure": "bucket: bakerystate, resource_group: state",
}
ADDONS = """\
  addons: { cert_manager: true, external_secrets: true }
  node_pools: { general: { cpu: 4, memory: 16Gi, min_nodes: 3, max_nodes: 6 } }
  context"""
PRIVATE = "192.0.2.0/24"
SYSTEMS = {
    "two-databases": ({"a": DATABASE, "b": DATABASE}, ["aws"]),
    "ports-of-clouds": ({"a": DATABASE, "b": DATABASE, "cache": CACHE}, ["aws", "gcp", "azure"]),
    "one-cloud": ({"cache": CACHE, "a": DATABASE}, ["gcp"]),
    "bucket": ({"cache": CACHE, "files": BUCKET, "more": BUCKET}, ["azure", "aws"]),
    "named-as-a-role": ({"database": DATABASE, "other": DATABASE}, ["aws"]),
    "no-cloud": ({"a": DATABASE, "files": BUCKET}, []),
}


def project_of(stores: dict[str, str], clouds: list[str], root: Path) -> Project:
    """Return a system with a local environment and one in each cloud."""
    small = Project.small(root)
    small.replace_in_system("images:\n", f"toolbox: toolbox\nimages:\n{IMAGES}")
    components = "".join(f"  {name}: {component}\n" for name, component in stores.items())
    small.replace_in_system(
        "    exposed: true\n", f"    exposed: true\n    reaches: [{', '.join(stores)}]\n{components}"
    )
    for number, cloud in enumerate(clouds):
        text = ENVIRONMENT.replace("target: local", f"target: {cloud}").replace("kind-bakery", cloud)
        settings = "".join(f"  {name}: {SETTINGS[component]}\n" for name, component in stores.items())
        small.write_environment(
            cloud,
            text.replace("bakery.example", f"{cloud}.bakery.example").replace("  context", ADDONS)
            + f"clouds:\n  {cloud}: {{ account: {CLOUDS[cloud]}, state: {{ {STATES[cloud]} }} }}\n"
            + f"network: {{ cidr: 10.{number + 20}.0.0/16 }}\ncomponents:\n{settings}",
        )
    return small


def chart_of(project: Project, folder: Path) -> SystemChart:
    """Return the chart of a project, whose manifests are written to a folder."""
    render(project.root, folder)
    return system_chart(load_project(project.root), folder)


def written(stores: dict[str, str], clouds: list[str], folder: Path) -> Path:
    """Return the folder of the chart."""
    chart_of(project_of(stores, clouds, folder / "project"), folder / "kubernetes").write(folder / "chart")
    return folder / "chart"


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    stores, clouds = SYSTEMS[request.param]
    return written(stores, clouds, tmp_path_factory.mktemp(request.param)), stores


def options(off: tuple[str, ...]) -> Iterator[str]:
    for name in off:
        yield from ("--set", f"{name}.enabled=false,{name}.existingSecret=login")
    if off:
        yield from ("--set", f"networkPolicy.privateCidr={PRIVATE}")


@pytest.mark.slow
def test_a_client_reaches_each_store_where_it_is(system: tuple[Path, dict[str, str]]) -> None:
    chart, stores = system
    known = set.union(*(open_rules(read_folder(each)) for each in (chart.parent / "kubernetes").iterdir()))
    for off in chain.from_iterable(combinations(stores, count) for count in range(len(stores) + 1)):
        objects = template(chart, *options(off), name="bakery")
        assert open_rules(objects) <= known, off
        found = egress_by_policy(objects)["shop"]
        outside = {PORTS[component] for name, component in stores.items() if name in off}
        assert {port for port, peer in found if peer == PRIVATE} == outside, off
        assert {peer for _, peer in found if peer in stores} == stores.keys() - {*off}, off


@pytest.mark.slow
def test_the_target_chooses_the_port_of_a_cloud(tmp_path: Path) -> None:
    chart = written(*SYSTEMS["ports-of-clouds"], tmp_path)
    for target, port in (("local", 6379), ("aws", 6379), ("gcp", 6378), ("azure", 10000)):
        objects = template(chart, *options(("cache",)), "--set", f"target={target}", name="bakery")
        assert [each for each, peer in egress_by_policy(objects)["shop"] if peer == PRIVATE] == [port]


@pytest.mark.slow
def test_the_endpoints_for_credentials_are_one_value_whatever_else_a_component_reaches(tmp_path: Path) -> None:
    """The bakers reach the shop on 8080, which is between the two ports of Google Cloud, and others on 80."""
    bakery = project_of({"files": BUCKET}, ["aws", "gcp", "azure"], tmp_path / "project")
    bakery.replace_in_system("reaches: [shop]", "reaches: [shop, files, old]")
    bakery.replace_in_system(
        "components:\n",
        "externals:\n  old: { description: x, hosts: [old.example], cidrs: [203.0.113.0/24], port: 80 }\ncomponents:\n",
    )
    derived = chart_of(bakery, tmp_path / "kubernetes").derived()
    assert derived.without_values == []
    found = {name: derived.found[name].get("networkPolicy.cloudIdentity", []) for name in derived.found}
    assert {name: [rule["ports"][0]["port"] for rule in rules] for name, rules in found.items()} == {
        "home": [],
        "aws": [80],
        "gcp": [80, 988],
        "azure": [],
    }


@pytest.mark.slow
def test_link_local_addresses_are_left_out_of_all_addresses_alone(tmp_path: Path) -> None:
    """The API refuses exceptions outside of the range."""
    chart = written(*SYSTEMS["two-databases"], tmp_path)
    for cidr, left_out in (("0.0.0.0/0", ["169.254.0.0/16"]), ("10.0.0.0/8", None)):
        objects = template(chart, "--set", f"networkPolicy.apiServerCidr={cidr}", name="bakery")
        (policy,) = [
            item for item in objects if item["metadata"]["name"] == "create-secrets" and item["kind"] == "NetworkPolicy"
        ]
        blocks = [peer["ipBlock"] for rule in policy["spec"]["egress"] for peer in rule["to"] if "ipBlock" in peer]
        assert [(block["cidr"], block.get("except")) for block in blocks] == [(cidr, left_out)]
