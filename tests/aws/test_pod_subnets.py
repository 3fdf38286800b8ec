"""A network with a secondary range for pods, applied to an account on loopback, where it is added later and removed."""

from pathlib import Path

import pytest

from aws.service import served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import App, Stack
from quantacirc_cdk.terraform.aws import Network, Provider
from quantacirc_cdk.terraform.interface import NetworkProps

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

ACCOUNT, REGION, PODS = "111111111111", "eu-central-1", "100.64.0.0/16"


def synthesized(folder: Path, secondary_cidr: str | None) -> Path:
    """Return the folder of a stack with one network."""
    app = App(outdir=folder)
    stack = Stack(app, "shop")
    Provider(stack, "provider", region=REGION, account=ACCOUNT, tags={"team": "shop"})
    place = {"region": REGION, "account": ACCOUNT, "cidr": "10.0.0.0/16"}
    props = NetworkProps(name="shop", **place, zones=2, private_services=False, secondary_cidr=secondary_cidr)
    Network(stack, "network", props)
    app.synth()
    return folder / "stacks" / "shop"


def test_subnets_for_pods_come_beside_those_of_the_nodes_and_go(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:
        stack = AppliedStack.first(tmp_path / "one", synthesized(tmp_path / "before", None), aws)
        stack.apply()
        stack.replace(synthesized(tmp_path / "after", PODS))
        planned = {address: actions for address, (actions, _) in stack.plan().items()}
        assert set(map(tuple, planned.values())) == {("create",)}, "only new resources"
        stack.apply()
        assert stack.plan() == {}

        subnets = aws.ask("ec2", "describe_subnets")["Subnets"]
        zones = {one["CidrBlock"]: one["AvailabilityZone"] for one in subnets}
        for pods, nodes in (("100.64.0.0/19", "10.0.0.0/19"), ("100.64.32.0/19", "10.0.32.0/19")):
            assert zones[pods] == zones[nodes]

        stack.replace(synthesized(tmp_path / "again", None))
        removed = {address: actions for address, (actions, _) in stack.plan().items()}
        assert removed.keys() == planned.keys()
        stack.apply()
        assert stack.plan() == {}
