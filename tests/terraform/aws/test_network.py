"""The network on AWS."""

from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import Network
from quantacirc_cdk.terraform.aws.network_endpoints import SERVICES
from quantacirc_cdk.terraform.interface import NetworkProps
from support.terraform.stacks import Json, resources, synthesized


def network(declared: Callable[..., dict[str, Json]], **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        del shared["keys"]
        Network(scope, "network", NetworkProps(**{"name": "main", "cidr": "10.0.0.0/16", **shared, **changes}))

    return declared(declare)


def of_type(found: dict[str, Json], kind: str) -> dict[str, Json]:
    return {address.partition(".")[2]: v for address, v in found.items() if address.startswith(f"{kind}.")}


def test_every_zone_has_a_public_a_private_and_a_database_subnet(prod: dict[str, Json]) -> None:
    subnets = of_type(prod, "aws_subnet")
    assert subnets.keys() == {f"network_{tier}_{n}" for tier in ("public", "private", "database") for n in (1, 2, 3)}
    for name, subnet in subnets.items():
        assert subnet["availability_zone"] == f"${{data.aws_availability_zones.network.names[{int(name[-1]) - 1}]}}"
        assert subnet["map_public_ip_on_launch"] is False
    ranges = [IPv4Network(subnet["cidr_block"]) for subnet in subnets.values()]
    assert not any(a.overlaps(b) for index, a in enumerate(ranges) for b in ranges[:index])
    whole = IPv4Network(prod["aws_vpc.network"]["cidr_block"])
    assert all(part.subnet_of(whole) for part in ranges)


def test_no_subnet_moves_when_aws_adds_a_zone(prod: dict[str, Json]) -> None:
    for subnet in of_type(prod, "aws_subnet").values():
        assert subnet["lifecycle"] == {"ignore_changes": ["availability_zone"]}


@pytest.mark.parametrize(
    ("region", "excluded"),
    [
        ("eu-central-1", None),
        ("us-east-1", ["use1-az3"]),
        ("us-west-1", ["usw1-az2"]),
        ("${var.region}", ["cac1-az3", "use1-az3", "usw1-az2"]),
    ],
)
def test_no_subnet_is_in_a_zone_without_eks(region: str, excluded: list[str] | None, tmp_path: Path) -> None:
    def declare(scope: Any) -> None:
        scope.variable("region", type="string", description="Where.")
        props = NetworkProps(name="main", cidr="10.0.0.0/16", region=region, account="111111111111", log_key_id="key")
        Network(scope, "network", props)

    (zones,) = resources(synthesized(tmp_path, declare), "data").values()
    assert zones.get("exclude_zone_ids") == excluded


def test_pods_have_a_subnet_of_the_secondary_range_beside_each_private_one(declared: Any) -> None:
    found = network(declared, secondary_cidr="100.64.0.0/16")
    association = found["aws_vpc_ipv4_cidr_block_association.network_pods"]
    assert association == {"vpc_id": "${aws_vpc.network.id}", "cidr_block": "100.64.0.0/16"}
    for zone, cidr in enumerate(("100.64.0.0/19", "100.64.32.0/19", "100.64.64.0/19"), start=1):
        subnet = found[f"aws_subnet.network_pods_{zone}"]
        assert subnet["cidr_block"] == cidr
        assert subnet["availability_zone"] == f"${{aws_subnet.network_private_{zone}.availability_zone}}"
        assert subnet["vpc_id"] == "${aws_vpc_ipv4_cidr_block_association.network_pods.vpc_id}"
        assert set(subnet["tags"]) == {"Name"}
        table = found[f"aws_route_table_association.network_pods_{zone}"]["route_table_id"]
        assert table == found[f"aws_route_table_association.network_private_{zone}"]["route_table_id"]
    rules = of_type(found, "aws_vpc_security_group_ingress_rule")
    assert {rule["cidr_ipv4"] for rule in rules.values()} == {"10.0.0.0/16", "100.64.0.0/16"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ip_family": "dual"}, 'dual stack, but EKS gives pods addresses of one family, expected "ipv4"'),
        ({"secondary_cidr": "172.16.0.0/16"}, "which a VPC of 10.0.0.0/16 does not take"),
        ({"secondary_cidr": "10.0.0.0/17"}, "secondary_cidr: 10.0.0.0/17 overlaps 10.0.0.0/16"),
        ({"secondary_cidr": "100.64.0.0/16", "service_cidr": "100.64.0.0/20"}, "service_cidr: 100.64.0.0/20 overlaps"),
    ],
)
def test_ranges_and_families_that_aws_does_not_take_are_refused(
    changes: dict[str, str], message: str, declared: Any
) -> None:
    with pytest.raises(PropsError, match=message):
        network(declared, **changes)


@pytest.mark.parametrize(("nat", "gateways"), [("single", 1), ("per-zone", 3)])
def test_private_subnets_reach_out_by_one_gateway_or_their_own(nat: str, gateways: int, declared: Any) -> None:
    found = network(declared, nat=nat)
    assert len(of_type(found, "aws_nat_gateway")) == gateways
    used = {v["nat_gateway_id"] for v in of_type(found, "aws_route").values() if "nat_gateway_id" in v}
    assert len(used) == gateways


def test_databases_have_no_way_out(prod: dict[str, Json]) -> None:
    routes = of_type(prod, "aws_route").values()
    assert not any("network_database" in route["route_table_id"] for route in routes)


def test_the_default_security_group_lets_nothing_through(prod: dict[str, Json]) -> None:
    assert not {"ingress", "egress"} & prod["aws_default_security_group.network"].keys()


def test_the_flow_log_role_finds_its_group_and_acts_for_no_other_account(
    prod: dict[str, Json], statements: Any
) -> None:
    allowed = statements(prod["aws_iam_role_policy.network_flow_logs"]["policy"])
    assert allowed["Find"]["Action"] == ["logs:DescribeLogGroups"]
    assert allowed["Find"]["Resource"] == ["arn:aws:logs:eu-central-1:333333333333:log-group:*"]
    assert "logs:CreateLogGroup" not in str(allowed)
    (trust,) = statements(prod["aws_iam_role.network_flow_logs"]["assume_role_policy"]).values()
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "333333333333"}
    source = "arn:aws:ec2:eu-central-1:333333333333:vpc-flow-log/*"
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": source}


def test_flow_logs_are_encrypted_and_hold_all_traffic(prod: dict[str, Json]) -> None:
    assert prod["aws_flow_log.network_flow_logs"]["traffic_type"] == "ALL"
    group = prod["aws_cloudwatch_log_group.network_flow_logs"]
    assert (group["retention_in_days"], group["kms_key_id"]) == (365, "${aws_kms_key.logs.arn}")


def test_services_are_reached_inside_where_it_is_worth_it(prod: dict[str, Json], dev: dict[str, Json]) -> None:
    kinds = [endpoint["vpc_endpoint_type"] for endpoint in of_type(prod, "aws_vpc_endpoint").values()]
    assert sorted(kinds) == ["Gateway", *["Interface"] * len(SERVICES)]
    assert of_type(dev, "aws_vpc_endpoint").keys() == {"network_s3"}
    rule = prod["aws_vpc_security_group_ingress_rule.network_endpoints"]
    assert (rule["from_port"], rule["cidr_ipv4"]) == (443, "10.30.0.0/16")


def test_zones_that_are_added_renumber_nothing(declared: Any, tmp_path: Any) -> None:
    two = of_type(network(declared, zones=2), "aws_subnet")
    three = of_type(network(declared, zones=3), "aws_subnet")
    assert {name: three[name]["cidr_block"] for name in two} == {name: v["cidr_block"] for name, v in two.items()}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cidr": "10.0.0.0/24"}, r"main\.cidr: a /24, expected a /16 to /22"),
        ({"cidr": "10.0.0.1/16"}, "without host bits"),
        ({"zones": 7}, "expected 1 to 6"),
        ({"nat": "both"}, "one of single, per-zone"),
        ({"service_cidr": "10.0.128.0/20"}, "overlaps 10.0.0.0/16"),
        ({"flow_log_retention_days": 0}, "expected 1 to 3650 days"),
    ],
)
def test_what_a_vpc_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Any) -> None:
    with pytest.raises(PropsError, match=said):
        network(declared, **changes)
