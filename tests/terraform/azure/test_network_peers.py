"""Peerings of a virtual network."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import Network
from quantacirc_cdk.terraform.interface import NetworkPeer, NetworkProps, OpenPort
from support.limits import VIRTUAL_NETWORKS
from support.terraform.stacks import Json

Declared = Callable[..., dict[str, Json]]
DATA = NetworkPeer(network=f"{VIRTUAL_NETWORKS}/data", cidrs=["10.90.0.0/16"])
PORTS = (OpenPort("media", 10000, "Udp"), OpenPort("ssh", 22, "Tcp", ("203.0.113.0/24",)))


def network(declared: Declared, **peers: NetworkPeer) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        keys = shared.pop("keys")
        props = {"name": "main", "cidr": "10.0.0.0/16", "log_key_id": keys.key_id("logs"), **shared}
        Network(scope, "network", NetworkProps(**props, open_ports=PORTS, peers=peers))

    return declared(declare)


def admitted(found: dict[str, Json], tier: str) -> dict[str, list[str]]:
    """Return the ports that peers reach in a subnet, by rule."""
    rules = found[f"azurerm_network_security_group.network_{tier}"]["security_rule"]
    assert [rule["access"] for rule in rules] == ["Allow"] * (len(rules) - 1) + ["Deny"]
    assert len({rule["priority"] for rule in rules}) == len({rule["name"] for rule in rules}) == len(rules)
    return {rule["name"]: rule["destination_port_ranges"] for rule in rules if "10.90.0.0/16" in str(rule)}


def test_this_side_is_peered_without_gateways_and_forwarded_traffic(declared: Declared) -> None:
    assert network(declared, data=DATA)["azurerm_virtual_network_peering.network_data"].items() >= {
        "name": "data",
        "virtual_network_name": "${azurerm_virtual_network.network.name}",
        "remote_virtual_network_id": DATA.network,
        "allow_virtual_network_access": True,
        "allow_forwarded_traffic": False,
        "allow_gateway_transit": False,
        "use_remote_gateways": False,
    }.items()  # fmt: skip


def test_a_peer_reaches_what_the_internet_reaches(declared: Declared) -> None:
    found = network(declared, data=DATA)
    assert admitted(found, "private") == {"web-peers": ["80", "443"], "media-peers": ["10000"]}
    assert admitted(found, "public") == {"web-peers": ["80", "443"]}
    assert admitted(found, "control_plane") == {"api-peers": ["443"]}
    assert admitted(found, "database") == admitted(found, "endpoints") == {}


def test_the_network_and_its_pods_reach_each_other_without_the_tag_that_holds_the_peers(declared: Declared) -> None:
    with_peer, without = network(declared, data=DATA), network(declared)
    for tier in ("private", "public", "control_plane"):
        group = f"azurerm_network_security_group.network_{tier}"
        assert "VirtualNetwork" not in str(with_peer[group])
        assert "VirtualNetwork" in str(without[group])
        (own,) = (rule for rule in with_peer[group]["security_rule"] if rule["name"] == "network")
        assert own["source_address_prefix"] == ""
        assert own["source_address_prefixes"] == ["10.0.0.0/16", "100.64.0.0/14"]


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ({"network": "data"}, r'main\.peers\.data\.network: found "data", expected the resource id of a virtual'),
        ({"cidrs": ["172.31.0.0/24"]}, r"172\.31\.0\.0/24 overlaps 172\.31\.0\.0/16, which the cloud uses itself"),
        ({"account": "123456789012"}, "the account of a network outside AWS"),
    ],
)
def test_what_azure_does_not_take_is_refused(peer: dict[str, Any], said: str, declared: Declared) -> None:
    given: dict[str, Any] = {"network": DATA.network, "cidrs": ["10.90.0.0/16"], **peer}
    with pytest.raises(PropsError, match=said):
        network(declared, data=NetworkPeer(**given))
