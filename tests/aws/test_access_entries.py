"""A cluster with a load balancer controller and a team's access entry settles, and the entry takes other groups."""

from pathlib import Path
from typing import Any

import pytest

from aws.service import served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import Cluster, Network, Provider
from quantacirc_cdk.terraform.interface import AccessEntry, ClusterProps, ExistingKeyRing, NodePoolProps
from support.terraform.stacks import synthesized

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

ACCOUNT, REGION = "111122223333", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/platform/developers"
ENTRY = "aws_eks_access_entry.cluster_access_developers"


def test_an_entry_settles_and_takes_other_groups_in_place(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:
        subnets = [subnet["SubnetId"] for subnet in aws.ask("ec2", "describe_subnets")["Subnets"]]

        def written(*groups: str) -> Path:
            folder = tmp_path / "-".join(groups)
            synthesized(folder, lambda stack: declare(stack, subnets, groups))
            return folder / "stacks" / "test"

        def known() -> list[str]:
            found = aws.ask("eks", "describe_access_entry", clusterName="main", principalArn=ROLE)["accessEntry"]
            return sorted(found["kubernetesGroups"])

        stack = AppliedStack.first(tmp_path / "one", written("readers"), aws)
        stack.apply()
        assert stack.plan() == {}, "a second plan finds something to do"
        assert known() == ["readers"]

        stack.replace(written("readers", "writers"))
        assert stack.plan() == {ENTRY: (["update"], {"kubernetes_groups": [["readers"], ["readers", "writers"]]})}
        stack.apply()
        assert stack.plan() == {}
        assert known() == ["readers", "writers"]
        assert stack.destroy().returncode == 0


def declare(stack: Stack, subnets: list[str], groups: tuple[str, ...]) -> None:
    place: dict[str, Any] = {"region": REGION, "account": ACCOUNT}
    Provider(stack, "provider", **place, recovery_region=None, tags={"system": "main"})
    props = ClusterProps(
        name="main",
        **place,
        network=Network.from_existing(network_id="n", cidr="172.31.0.0/16", private_subnet_ids=subnets),
        keys=ExistingKeyRing(keys=dict.fromkeys(("cluster", "logs", "volumes"), KEY)),
        kubernetes_version="1.34",
        node_pools={"general": NodePoolProps(cpu=2, memory_gib=8, min_nodes=1, max_nodes=3)},
        load_balancer_controller=True,
        access_entries={"developers": AccessEntry(principal=ROLE, groups=groups)},
        deletion_protection=False,
    )
    Cluster(stack, "cluster", props)
