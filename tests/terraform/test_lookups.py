"""A network, a cluster and a registry that are there already are read, on three clouds, and not made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import App, EnvironmentStack
from support.project import Project
from support.terraform.stacks import Json, read_stack, resources
from support.unseen import CLOUD

CLOUDS = ("aws", "gcp", "azure")
GROUP = {"resource_group": "shared"}
NETWORK: dict[str, Json] = {
    "aws": {
        "name": "vpc-0a1b2c",
        "private_subnets": ["subnet-1", "private-b"],
        "public_subnets": ["subnet-3"],
        "database_subnets": ["subnet-4", "subnet-5"],
    },
    "gcp": {"name": "shared", "private_subnets": ["nodes"], "database_subnets": ["google-services"]},
    "azure": {"name": "shared", "private_subnets": ["nodes"], "database_subnets": ["databases"], **GROUP},
}
CLUSTER: dict[str, Json] = {
    "aws": {"name": "shared"},
    "gcp": {"name": "shared", "node_tag": "shared-nodes"},
    "azure": {"name": "shared", **GROUP},
}
REGISTRY = {
    "aws": "999988887777.dkr.ecr.eu-north-1.amazonaws.com/shared",
    "gcp": "europe-north1-docker.pkg.dev/shared-images/plant",
    "azure": "plantimages.azurecr.io",
}
MADE = {
    "network": ("aws_vpc", "google_compute_network", "azurerm_virtual_network", "aws_subnet",
                "google_compute_subnetwork", "azurerm_subnet", "aws_nat_gateway", "google_compute_router",
                "azurerm_nat_gateway", "aws_flow_log"),
    "cluster": ("aws_eks_cluster", "google_container_cluster", "azurerm_kubernetes_cluster", "aws_eks_node_group",
                "google_container_node_pool", "aws_eks_addon", "azurerm_disk_encryption_set"),
    "registry": ("aws_ecr_repository", "google_artifact_registry_repository", "azurerm_container_registry"),
}  # fmt: skip


def project(root: Path, cloud: str, change: Callable[[Json], object] = lambda _: None) -> Project:
    """Return a project with a database and a bucket, in a network and a cluster that are there already."""
    image = {"registry": "docker.io", "repository": "library/x", "tag": "17"}
    store = {"image": "store", "storage": {"size": "50Gi", "path": "/data"}}
    system = {
        "name": "plant",
        "container": {"environment_prefix": "PLANT_", "http_port": 8080},
        "sizes": {"small": {"cpu": "100m", "memory": "128Mi", "memory_limit": "256Mi"}},
        "images": {"app": {"repository": "app"}, "store": image},
        "components": {
            "books": {"kind": "postgresql", **store},
            "files": {"kind": "object-store", **store},
            "shop": {"kind": "service", "image": "app", "reaches": ["books", "files"]},
        },
    }
    environment = yaml.safe_load(CLOUD) | {"target": cloud}
    environment["network"] = {"cidr": "10.8.0.0/16", "existing": dict(NETWORK[cloud])}
    environment["cluster"]["existing"] = dict(CLUSTER[cloud])
    del environment["cluster"]["node_pools"]
    environment["registry"] = REGISTRY[cloud]
    environment["existing_registry"] = dict(GROUP) if cloud == "azure" else {}
    change(environment)
    made = Project(root)
    made.write_system(_text(system))
    made.write_environment("north", _text(environment))
    return made


def _text(document: Json) -> str:
    text: str = yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False)  # what is shared is written twice
    return text


def stack(root: Path, cloud: str, change: Callable[[Json], object] = lambda _: None) -> Json:
    loaded = load_project(project(root, cloud, change).root)
    app = App(outdir=root / "out")
    source = loaded.sources["north"]
    EnvironmentStack(app, "north", system=loaded.system, environment=loaded.environments["north"], source=source)
    app.synth()
    return read_stack(root / "out", "north")


@pytest.fixture(scope="module", params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def read(cloud: str, tmp_path_factory: pytest.TempPathFactory) -> Json:
    return stack(tmp_path_factory.mktemp(cloud), cloud)


def types(found: Json, kind: str = "resource") -> set[str]:
    return set(found.get(kind, {}))


def test_nothing_is_made_of_what_is_there(read: Json) -> None:
    assert types(read) & {one for kinds in MADE.values() for one in kinds} == set()
    assert not [address for address in resources(read) if address.endswith("_ports")]
    assert not [
        address for address in resources(read) if address.partition(".")[2] in ("cluster_ready", "cluster_errors")
    ]


def test_each_is_read_by_its_name(cloud: str, read: Json) -> None:
    found = resources(read, "data")
    wanted = {
        "aws": {
            "aws_vpc.network": {"id": "vpc-0a1b2c"},
            "aws_subnet.network_private_1": {"id": "subnet-1", "vpc_id": "${data.aws_vpc.network.id}"},
            "aws_subnet.network_private_2": {
                "tags": {"Name": "private-b"}, "vpc_id": "${data.aws_vpc.network.id}"
            },
            "aws_eks_cluster.cluster": {"name": "shared"},
            "aws_ecr_repository.registry_app": {"name": "shared/app", "registry_id": "999988887777"},
        },
        "gcp": {
            "google_compute_network.network": {"name": "shared"},
            "google_compute_subnetwork.network_private": {"name": "nodes", "region": "europe-north1"},
            "google_compute_global_address.network_database": {"name": "google-services"},
            "google_container_cluster.cluster": {"name": "shared", "location": "europe-north1"},
            "google_artifact_registry_repository.registry": {
                "location": "europe-north1", "project": "shared-images", "repository_id": "plant"
            },
        },
        "azure": {
            "azurerm_virtual_network.network": {"name": "shared", "resource_group_name": "shared"},
            "azurerm_subnet.network_private": {
                "name": "nodes",
                "virtual_network_name": "${data.azurerm_virtual_network.network.name}",
                "resource_group_name": "shared",
            },
            "azurerm_kubernetes_cluster.cluster": {"name": "shared", "resource_group_name": "shared"},
            "azurerm_container_registry.registry": {"name": "plantimages", "resource_group_name": "shared"},
        },
    }[cloud]  # fmt: skip
    assert {address: found[address] for address in wanted} == wanted


def test_everything_of_a_shared_vpc_is_in_its_host_project(tmp_path: Path) -> None:
    read = stack(tmp_path, "gcp", put("network", "existing", "project", "shared-host"))
    found = resources(read, "data")
    of_network = [one for address, one in found.items() if address.startswith("google_compute_")]
    assert len(of_network) == 3
    assert {one["project"] for one in of_network} == {"shared-host"}
    # The firewall is the network's, and the cluster is in the project of the environment.
    assert resources(read)["google_compute_firewall.books"]["project"] == "shared-host"
    assert "project" not in found["google_container_cluster.cluster"]


def test_a_network_of_the_own_project_says_none(tmp_path: Path) -> None:
    read = stack(tmp_path, "gcp")
    assert "project" not in resources(read)["google_compute_firewall.books"]


def test_databases_identities_and_outputs_refer_to_what_is_read(cloud: str, read: Json) -> None:
    text = {kind: json.dumps(named) for kind, named in read["resource"].items()}
    database, cluster = {
        "aws": ("aws_db_subnet_group", "aws_eks_cluster"),
        "gcp": ("google_sql_database_instance", "google_container_cluster"),
        "azure": ("azurerm_postgresql_flexible_server", "azurerm_kubernetes_cluster"),
    }[cloud]
    assert "data." in text.pop(database)
    assert f"data.{cluster}.cluster" in json.dumps(text), "identities are those of the cluster's service accounts"
    assert read["output"]["cluster_name"]["value"] == f"${{data.{cluster}.cluster.name}}"
    assert read["output"]["registry_host"]["value"] == REGISTRY[cloud].partition("/")[0]


def test_no_key_is_made_for_what_is_there(cloud: str, read: Json) -> None:
    keys = next(iter(set(read["resource"]) & {"aws_kms_key", "google_kms_crypto_key", "azurerm_key_vault_key"}))
    assert set(read["resource"][keys]) & {"cluster", "volumes", "registry"} == set()


def test_a_cluster_is_made_in_a_network_that_is_there(cloud: str, tmp_path: Path) -> None:
    def without_cluster(environment: Json) -> None:
        del environment["cluster"]["existing"]
        environment["cluster"]["node_pools"] = {"workers": {"cpu": 8, "memory": "32Gi", "min_nodes": 3, "max_nodes": 9}}
        if cloud == "azure":
            environment["network"]["existing"]["control_plane_subnet"] = "control-plane"

    found = stack(tmp_path, cloud, without_cluster)
    assert types(found) & set(MADE["network"]) == set()
    (kind,) = types(found) & {"aws_eks_cluster", "google_container_cluster", "azurerm_kubernetes_cluster"}
    assert "${data." in json.dumps(found["resource"][kind])
    if cloud == "azure":
        assert found["resource"]["azurerm_role_assignment"]["registry_images"]["role_definition_name"] == "AcrPull"


def test_a_registry_elsewhere_is_neither_read_nor_made(cloud: str, tmp_path: Path) -> None:
    def elsewhere(environment: Json) -> None:
        environment |= {"registry": "ghcr.io/plant", "existing_registry": {}}

    found = stack(tmp_path, cloud, elsewhere)
    assert (types(found) | types(found, "data")) & set(MADE["registry"]) == set()
    assert found["output"]["registry_host"]["value"] == "ghcr.io"


def put(*place: Any) -> Callable[[Json], None]:
    """Return a change that sets a value at a place."""

    def change(environment: Json) -> None:
        node = environment
        for step in place[:-2]:
            node = node.setdefault(step, {})
        node[place[-2]] = place[-1]

    return change


@pytest.mark.parametrize(
    ("target", "change", "key", "what"),
    [
        ("aws", put("network", "nat", "single"), "network.nat", "gateways for an existing network"),
        ("aws", put("network", "zones", 2), "network.zones", "zones for an existing network"),
        ("gcp", put("network", "pod_cidr", "100.64.0.0/14"), "network.pod_cidr", "addresses of pods for an exist"),
        ("gcp", put("network", "existing", "private_subnets", ["a", "b"]), "network.existing.private_subnets", "2 sub"),
        ("aws", put("network", "existing", "resource_group", "x"), "network.existing.resource_group", "a resource gr"),
        ("azure", put("cluster", "existing", "resource_group", None), "cluster.existing", "no resource group"),
        ("azure", put("existing_registry", {}), "existing_registry", "no resource group"),
        ("azure", put("network", "existing", "control_plane_subnet", "x"), "network.existing.control_plane_subnet", ""),
        ("aws", put("network", "existing", "project", "shared-host"), "network.existing.project", "a project, which"),
        ("gcp", put("network", "existing", "project", "Host"), "network.existing.project", 'found "Host"'),
        ("aws", put("cluster", "existing", "node_tag", "x"), "cluster.existing.node_tag", "a network tag outside"),
        ("aws", put("cluster", "mode", "standard"), "cluster.mode", "mode for an existing cluster"),
        ("aws", put("cluster", "authorized_cidrs", []), "cluster.authorized_cidrs", "authorized_cidrs for an exist"),
        ("aws", put("cluster", "autoscaler", "none"), "cluster.autoscaler", "autoscaler for an existing cluster"),
        ("gcp", put("cluster", "dns_endpoint", False), "cluster.dns_endpoint", "dns_endpoint for an existing cluster"),
        ("gcp", put("cluster", "maintenance_exclusions", {}), "cluster.maintenance_exclusions", "mainten"),
        ("aws", put("cluster", "session_manager", True), "cluster.session_manager", "session_manager for an existing"),
        ("aws", put("cluster", "load_balancer_controller", True), "cluster.load_balancer_controller", "load_balancer_"),
        ("gcp", put("cluster", "operator_cidrs", []), "cluster.operator_cidrs", "operator_cidrs for an existing cl"),
        ("aws", put("network", "peers", {}), "network.peers", "peers of an existing network"),
        ("aws", put("network", {"cidr": "10.8.0.0/16"}), "cluster.existing", "an existing cluster, in a"),
        ("aws", put("network", "existing", "name", "${evil}"), "network.existing.name", 'found "${evil}"'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_line(
    target: str, change: Callable[[Json], None], key: str, what: str, tmp_path: Path
) -> None:
    made = project(tmp_path, target, change)
    with pytest.raises(ModelError) as caught:
        load_project(made.root)
    (problem,) = caught.value.problems
    assert (problem.key, problem.file) == (key, "apps/environments/north.yaml")
    assert problem.line
    assert problem.what.startswith(what)


def test_a_local_environment_reads_nothing_from_a_cloud(tmp_path: Path) -> None:
    made = Project.small(tmp_path)
    made.replace_in_environment("home", "cluster:\n", "existing_registry: {}\ncluster:\n  existing: { name: x }\n")
    with pytest.raises(ModelError) as caught:
        load_project(made.root)
    assert [problem.key for problem in caught.value.problems] == ["existing_registry", "cluster.existing"]


@pytest.mark.parametrize(
    ("target", "change", "key"),
    [
        ("aws", put("network", "existing", "database_subnets", []), "network.existing.database_subnets"),
        ("gcp", put("cluster", "existing", {"name": "shared"}), "cluster.existing.node_tag"),
    ],
)
def test_a_managed_database_needs_its_subnets_and_on_google_cloud_the_nodes_tag(
    target: str, change: Callable[[Json], None], key: str, tmp_path: Path
) -> None:
    with pytest.raises(PropsError) as caught:
        stack(tmp_path, target, change)
    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == ("apps/environments/north.yaml", key)
    lines = (tmp_path / "apps/environments/north.yaml").read_text(encoding="utf-8").splitlines()
    section = [number for number, line in enumerate(lines, 1) if line.startswith(f"{key.partition('.')[0]}:")]
    assert section[0] < problem.line < len(lines)
