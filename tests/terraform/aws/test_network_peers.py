"""Peering connections of a VPC."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import Cluster, Network
from quantacirc_cdk.terraform.interface import ClusterProps, NetworkPeer, NetworkProps, NodePoolProps
from support.terraform.stacks import Json

Declared = Callable[..., dict[str, Json]]
DATA = NetworkPeer(network="vpc-0a1b2c3d4e5f67890", cidrs=["10.90.0.0/16", "10.91.0.0/20"])


def network(declared: Declared, operators: tuple[str, ...] = (), zones: int = 2, **peers: NetworkPeer) -> Any:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        keys, props = shared.pop("keys"), {"name": "main", "cidr": "10.0.0.0/16", "zones": zones, **shared}
        made = Network(scope, "network", NetworkProps(**props, peers=peers))
        pools = {"general": NodePoolProps(cpu=4, memory_gib=16, min_nodes=2, max_nodes=6)}
        if operators:
            cluster: dict[str, Any] = {"name": "main", **shared, "kubernetes_version": "1.34", "node_pools": pools}
            Cluster(scope, "cluster", ClusterProps(**cluster, network=made, keys=keys, operator_cidrs=operators))

    return declared(declare)


def routes(found: dict[str, Json]) -> dict[str, Json]:
    kept = ((address.partition(".")[2], one) for address, one in found.items() if address.startswith("aws_route."))
    return {name: route for name, route in kept if "vpc_peering_connection_id" in route}


def test_aws_accepts_a_peering_within_an_account_and_region(declared: Declared) -> None:
    peering = network(declared, data=DATA)["aws_vpc_peering_connection.network_data"]
    assert peering == {
        "vpc_id": "${aws_vpc.network.id}",
        "peer_vpc_id": "vpc-0a1b2c3d4e5f67890",
        "auto_accept": True,
        "tags": {"Name": "main-data"},
    }


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"account": "222222222222"}, {"peer_owner_id": "222222222222"}),
        ({"region": "eu-west-1"}, {"peer_region": "eu-west-1"}),
        ({"account": "111111111111", "region": "eu-west-1"}, {"peer_region": "eu-west-1"}),
        ({"account": "222222222222", "region": "eu-central-1"}, {"peer_owner_id": "222222222222"}),
    ],
)
def test_the_owner_of_a_network_elsewhere_accepts_it(
    place: dict[str, str], expected: dict[str, str], declared: Declared
) -> None:
    peer = NetworkPeer(network="vpc-0a1b2c3d", cidrs=["10.90.0.0/16"], **place)
    peering = network(declared, data=peer)["aws_vpc_peering_connection.network_data"]
    assert {key: peering[key] for key in peering.keys() - {"vpc_id", "peer_vpc_id", "tags"}} == expected


def test_every_private_subnet_has_a_route_to_every_range_and_no_other_subnet_has(declared: Declared) -> None:
    found = routes(network(declared, data=DATA))
    assert found.keys() == {
        f"network_private_{zone}_{cidr}" for zone in (1, 2) for cidr in ("10_90_0_0_16", "10_91_0_0_20")
    }
    for name, route in found.items():
        assert route["route_table_id"] == f"${{aws_route_table.network_private_{name.split('_')[2]}.id}}"
        assert route["vpc_peering_connection_id"] == "${aws_vpc_peering_connection.network_data.id}"


def test_a_renamed_peer_and_a_range_that_goes_leave_the_other_routes(declared: Declared) -> None:
    renamed = NetworkPeer(network=DATA.network, cidrs=DATA.cidrs[1:])
    assert routes(network(declared, lake=renamed)).keys() < routes(network(declared, data=DATA)).keys()


def test_names_are_resolved_on_both_sides_where_it_is_asked_for(declared: Declared) -> None:
    peer = NetworkPeer(network="vpc-0a1b2c3d", cidrs=["10.90.0.0/16"], dns_resolution=True)
    peering = network(declared, data=peer)["aws_vpc_peering_connection.network_data"]
    assert peering["requester"] == peering["accepter"] == {"allow_remote_vpc_dns_resolution": True}


def test_only_operators_reach_the_api_from_a_peer(declared: Declared) -> None:
    found = network(declared, operators=("10.90.8.0/24",), data=DATA)
    admitted = {
        address: one["cidr_ipv4"]
        for address, one in found.items()
        if address.startswith("aws_vpc_security_group_ingress_rule.") and one.get("cidr_ipv4", "").startswith("10.9")
    }
    assert [*admitted.values()] == ["10.90.8.0/24"]


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ({"network": "data"}, r'main\.peers\.data\.network: found "data", expected the id of a VPC'),
        ({"cidrs": []}, r"main\.peers\.data\.cidrs: no range"),
        ({"cidrs": ["10.90.0.1/16"]}, "without host bits"),
        ({"cidrs": ["10.0.0.0/20"]}, r"main\.peers\.data\.cidrs\[0\]: 10\.0\.0\.0/20 overlaps network\.cidr"),
        ({"account": "data"}, "an AWS account id of 12 digits"),
        ({"region": "eu-west-1", "dns_resolution": True}, "only once the peering is accepted"),
    ],
)
def test_what_aws_does_not_take_is_refused(peer: dict[str, Any], said: str, declared: Declared) -> None:
    given: dict[str, Any] = {"network": "vpc-0a1b2c3d", "cidrs": ["10.90.0.0/16"], **peer}
    with pytest.raises(PropsError, match=said):
        network(declared, data=NetworkPeer(**given))
