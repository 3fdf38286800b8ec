"""A network with peers, applied to an account on loopback: in the same region, and in another one."""

from pathlib import Path
from typing import Any

import pytest

from aws.service import Aws, served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import App, Stack
from quantacirc_cdk.terraform.aws import Network, Provider
from quantacirc_cdk.terraform.interface import NetworkPeer, NetworkProps

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

ACCOUNT, REGION, ELSEWHERE = "111111111111", "eu-central-1", "eu-west-1"


def synthesized(folder: Path, **peers: NetworkPeer) -> Path:
    """Return the folder of a stack with one network."""
    app = App(outdir=folder)
    stack = Stack(app, "shop")
    Provider(stack, "provider", region=REGION, account=ACCOUNT, tags={"team": "shop"})
    place = {"region": REGION, "account": ACCOUNT, "cidr": "10.0.0.0/16"}
    Network(stack, "network", NetworkProps(name="shop", **place, zones=2, private_services=False, peers=peers))
    app.synth()
    return folder / "stacks" / "shop"


def vpc(aws: Aws, region: str, cidr: str) -> str:
    (answer,) = aws.ask_all([("ec2", region, "create_vpc", {"CidrBlock": cidr})])
    made: str = answer["Vpc"]["VpcId"]
    return made


def test_peerings_settle_are_accepted_elsewhere_and_go(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:
        data = NetworkPeer(
            network=vpc(aws, REGION, "10.90.0.0/16"), cidrs=["10.90.0.0/16", "10.91.0.0/20"], dns_resolution=True
        )
        hub = NetworkPeer(network=vpc(aws, ELSEWHERE, "10.80.0.0/16"), region=ELSEWHERE, cidrs=["10.80.0.0/16"])
        stack = AppliedStack.first(tmp_path / "one", synthesized(tmp_path / "both", data=data, hub=hub), aws)
        stack.apply()
        assert stack.plan() == {}

        states = {one["AccepterVpcInfo"]["VpcId"]: one for one in peerings(aws)}
        assert states[data.network]["Status"]["Code"] == "active"
        for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
            assert states[data.network][side]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
        assert states[hub.network]["Status"]["Code"] == "pending-acceptance"
        accepted = {"VpcPeeringConnectionId": states[hub.network]["VpcPeeringConnectionId"]}
        aws.ask_all([("ec2", ELSEWHERE, "accept_vpc_peering_connection", accepted)])
        assert stack.plan() == {}, "what the other side accepts is no drift"

        fewer = NetworkPeer(network=data.network, cidrs=data.cidrs[:1], dns_resolution=True)
        stack.replace(synthesized(tmp_path / "fewer", data=fewer, hub=hub))
        assert {address: actions for address, (actions, _) in stack.plan().items()} == {
            f"aws_route.network_private_{zone}_10_91_0_0_20": ["delete"] for zone in (1, 2)
        }
        done = stack.destroy()
        assert done.returncode == 0, done.stderr[-6000:]
        assert {one["Status"]["Code"] for one in peerings(aws)} == {"deleted"}


def peerings(aws: Aws) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.ask("ec2", "describe_vpc_peering_connections")["VpcPeeringConnections"]
    return found
