"""The network on Google Cloud."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import Network
from quantacirc_cdk.terraform.gcp.network import ranges
from quantacirc_cdk.terraform.interface import NetworkProps
from support.terraform.stacks import Json, resources, synthesized

PROPS: dict[str, Any] = {"name": "main", "region": "europe-west3", "account": "p", "cidr": "10.0.0.0/16"}


def network(tmp_path: Path, **changes: Any) -> dict[str, Json]:
    props = NetworkProps(**PROPS | changes)
    return resources(synthesized(tmp_path, lambda scope: Network(scope, "network", props)))


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.1.4.0/22", "172.16.0.0/19"])
def test_ranges_fill_the_network_and_do_not_overlap(cidr: str) -> None:
    found = [ipaddress.IPv4Network(part) for part in ranges(cidr)]
    assert list(ipaddress.collapse_addresses(found)) == [ipaddress.IPv4Network(cidr)]
    assert sum(part.num_addresses for part in found) == ipaddress.IPv4Network(cidr).num_addresses
    # What Cloud SQL and load balancers need at least.
    assert found[2].prefixlen <= 24
    assert found[1].prefixlen <= 26


def test_nodes_have_ranges_for_pods_and_services_private_access_and_flow_logs(prod: dict[str, Json]) -> None:
    subnet = prod["google_compute_subnetwork.network_private"]
    assert subnet["private_ip_google_access"] is True
    assert {r["range_name"]: r["ip_cidr_range"] for r in subnet["secondary_ip_range"]} == {
        "pods": "100.64.0.0/14",
        "services": "172.20.0.0/16",
    }
    assert subnet["log_config"]["metadata"] == "INCLUDE_ALL_METADATA"
    assert prod["google_compute_network.network"]["auto_create_subnetworks"] is False


def test_a_dual_stack_network_has_public_ipv6_addresses_for_nodes(tmp_path: Path) -> None:
    found = network(tmp_path, ip_family="dual")
    nodes = found["google_compute_subnetwork.network_private"]
    assert (nodes["stack_type"], nodes["ipv6_access_type"]) == ("IPV4_IPV6", "EXTERNAL")
    assert "stack_type" not in found["google_compute_subnetwork.network_public"]
    rules = [one for address, one in found.items() if address.startswith("google_compute_firewall.")]
    assert not [one for one in rules if one.get("direction", "INGRESS") == "INGRESS"]


def test_a_subnet_keeps_the_ipv6_range_that_it_had(tmp_path: Path) -> None:
    """Google Cloud does not take it back: without this, each plan would change the subnet."""
    for family, ignored in (("ipv4", ["stack_type", "ipv6_access_type"]), ("dual", [])):
        nodes = network(tmp_path / family, ip_family=family)["google_compute_subnetwork.network_private"]
        assert nodes.get("lifecycle", {}).get("ignore_changes", []) == ignored


def test_flow_logs_are_kept_encrypted_and_only_once(prod: dict[str, Json]) -> None:
    bucket = prod["google_logging_project_bucket_config.network_flow_logs"]
    assert bucket["retention_days"] == 365
    assert "google_kms_crypto_key_iam_binding.logs" in bucket["cmek_settings"]["kms_key_name"]
    sink = prod["google_logging_project_sink.network_flow_logs"]
    assert sink["destination"].endswith("${google_logging_project_bucket_config.network_flow_logs.id}")
    assert prod["google_logging_project_exclusion.network_flow_logs"]["filter"] == sink["filter"]


@pytest.mark.parametrize(("nat", "addresses"), [("single", 1), ("per-zone", 3)])
def test_nat_has_one_address_or_one_a_zone(nat: str, addresses: int, tmp_path: Path) -> None:
    found = network(tmp_path, nat=nat)
    assert len(found["google_compute_router_nat.network"]["nat_ips"]) == addresses
    assert len([a for a in found if a.startswith("google_compute_address.")]) == addresses


def test_databases_are_peered_and_nothing_connects_unless_admitted(prod: dict[str, Json]) -> None:
    reserved = prod["google_compute_global_address.network_database"]
    deny = prod["google_compute_firewall.network_database"]
    assert deny["destination_ranges"] == [f"{reserved['address']}/{reserved['prefix_length']}"]
    assert deny["deny"] == [{"protocol": "all"}]
    assert deny["name"] == "deny-quantacirc-prod"
    allow = prod["google_compute_firewall.ledger"]
    assert allow["priority"] < deny["priority"]
    assert allow["allow"] == [{"protocol": "tcp", "ports": ["5432"]}]
    assert allow["target_tags"] == prod["google_container_node_pool.cluster_general"]["node_config"]["tags"]


def test_private_services_are_named_inside_the_network(tmp_path: Path) -> None:
    zones = {a for a in network(tmp_path) if a.startswith("google_dns_managed_zone.")}
    assert len(zones) == 3
    assert not [a for a in network(tmp_path / "b", private_services=False) if a.startswith("google_dns")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cidr": "10.0.0.0/24"}, "main.cidr: a /24, expected a /16 to /22"),
        ({"pod_cidr": "10.0.0.0/16"}, "main.pod_cidr: 10.0.0.0/16 overlaps 10.0.0.0/16"),
        ({"pod_cidr": "100.0.0.0/8"}, "main.pod_cidr: a /8, expected a /9 to /22"),
        ({"service_cidr": "172.16.0.0/13"}, "main.service_cidr: a /13, expected a /16 to /24"),
        ({"name": "n" * 60}, "60 characters, expected at most 54"),
        ({"name": "Main"}, 'Main.name: found "Main"'),
    ],
)
def test_what_google_cloud_does_not_take_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(PropsError, match=said):
        network(tmp_path, **changes)


def test_an_existing_network_creates_nothing() -> None:
    existing = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"])
    assert (existing.network_id, existing.database_subnet_ids) == ("n", ())
