"""Peerings of a network on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import Network
from quantacirc_cdk.terraform.interface import NetworkPeer, NetworkProps
from support.terraform.stacks import Json, resources, synthesized

PROPS: dict[str, Any] = {"name": "main", "region": "europe-west3", "account": "p", "cidr": "10.0.0.0/16"}
DATA = NetworkPeer(network="projects/data-prod/global/networks/data", cidrs=["10.91.0.0/20", "10.90.0.0/16"])
HUB = NetworkPeer(network="projects/data-prod/global/networks/hub", cidrs=["10.80.0.0/16"])


def network(tmp_path: Path, **peers: NetworkPeer) -> dict[str, Json]:
    props = NetworkProps(**PROPS, peers=peers)
    return resources(synthesized(tmp_path, lambda scope: Network(scope, "network", props)))


def test_this_side_is_peered_and_only_subnet_routes_are_exchanged(tmp_path: Path) -> None:
    found = network(tmp_path, data=DATA, hub=HUB)
    assert found["google_compute_network_peering.network_data"] == {
        "name": "data",
        "network": "${google_compute_network.network.id}",
        "peer_network": "projects/data-prod/global/networks/data",
        "export_custom_routes": False,
        "import_custom_routes": False,
        "export_subnet_routes_with_public_ip": True,
        "import_subnet_routes_with_public_ip": False,
    }
    assert "google_compute_network_peering.network_hub" in found


def test_refused_connections_from_peers_are_logged_after_every_rule_that_admits_some(tmp_path: Path) -> None:
    rule = network(tmp_path, data=DATA, hub=HUB)["google_compute_firewall.network_peers"]
    assert (rule["direction"], rule["deny"], rule["priority"]) == ("INGRESS", [{"protocol": "all"}], 65000)
    assert rule["source_ranges"] == ["10.80.0.0/16", "10.90.0.0/16", "10.91.0.0/20"]
    assert rule["log_config"] == {"metadata": "INCLUDE_ALL_METADATA"}


def test_a_network_without_peers_has_no_rule_for_them(tmp_path: Path) -> None:
    assert not [address for address in network(tmp_path) if "peer" in address.rpartition(".")[2]]


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ({"network": "vpc-0a1b2c3d"}, r'main\.peers\.data\.network: found "vpc-0a1b2c3d", expected a network such as'),
        ({"cidrs": ["100.65.0.0/16"]}, r"100\.65\.0\.0/16 overlaps network\.pod_cidr 100\.64\.0\.0/14"),
        ({"region": "europe-west3"}, "the region of a network outside AWS"),
        ({"dns_resolution": True}, "`dns_resolution` outside AWS"),
    ],
)
def test_what_google_cloud_does_not_take_is_refused(peer: dict[str, Any], said: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {"network": DATA.network, "cidrs": ["10.90.0.0/16"], **peer}
    with pytest.raises(PropsError, match=said):
        network(tmp_path, data=NetworkPeer(**given))
