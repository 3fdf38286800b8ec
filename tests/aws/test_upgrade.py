"""A cluster on AWS is upgraded, and gets other machines, by the real Terraform and provider on loopback."""

from pathlib import Path
from typing import Any

import pytest

from aws.service import served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import Cluster, Network, Provider
from quantacirc_cdk.terraform.interface import ClusterProps, ExistingKeyRing, NodePoolProps
from support.terraform.stacks import synthesized

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

ACCOUNT, REGION = "111122223333", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111"
CONTROL, NODES, PROXY = "aws_eks_cluster.cluster", "aws_eks_node_group.cluster_general", "aws_eks_addon.kube_proxy"


def test_a_cluster_is_upgraded_in_order_and_gets_new_nodes_before_the_old_ones_go(tmp_path: Path) -> None:
    with served(ACCOUNT, REGION, tmp_path) as aws:
        subnets = [subnet["SubnetId"] for subnet in aws.ask("ec2", "describe_subnets")["Subnets"]]

        def written(version: str, machine: str = "m7i.large", nodes: int = 1) -> Path:
            folder = tmp_path / f"{version}-{machine}-{nodes}"
            synthesized(folder, lambda stack: declare(stack, subnets, version, machine, nodes))
            return folder / "stacks" / "test"

        stack = AppliedStack.first(tmp_path / "one", written("1.34"), aws)
        stack.apply()
        assert stack.plan() == {}, "a second plan finds something to do"
        release = aws.ask("eks", "list_nodegroups", clusterName="main")["nodegroups"]

        stack.replace(written("1.35"))
        assert stack.plan() == {
            CONTROL: (["update"], {"version": ["1.34", "1.35"]}),
            NODES: (["update"], {"version": ["1.34", "1.35"]}),
            PROXY: (["update"], {"addon_version": ["v1.34.0-eksbuild.2", "v1.35.0-eksbuild.2"]}),
        }
        stack.apply()  # the emulator refuses nodes that are newer than their control plane
        assert stack.plan() == {}
        assert aws.ask("eks", "list_nodegroups", clusterName="main")["nodegroups"] == release

        for refused in ("1.34", "1.37"):
            stack.replace(written(refused))
            done = stack.terraform.run("apply", "-auto-approve", "-input=false", "-no-color", check=False)
            assert "Unsupported Kubernetes minor version update" in done.stderr, done.stderr

        stack.replace(written("1.35", "m7i.xlarge"))
        ((address, (actions, changed)),) = stack.plan().items()
        assert (address, actions) == (NODES, ["create", "delete"])
        assert changed["instance_types"] == [["m7i.large"], ["m7i.xlarge"]]
        stack.apply()
        assert stack.plan() == {}


def declare(stack: Stack, subnets: list[str], version: str, machine: str, nodes: int) -> None:
    place: dict[str, Any] = {"region": REGION, "account": ACCOUNT}
    Provider(stack, "provider", **place, recovery_region=None, tags={"system": "main"})
    Cluster(
        stack,
        "cluster",
        ClusterProps(
            name="main",
            **place,
            network=Network.from_existing(network_id="n", cidr="172.31.0.0/16", private_subnet_ids=subnets),
            keys=ExistingKeyRing(keys=dict.fromkeys(("cluster", "logs", "volumes"), KEY)),
            kubernetes_version=version,
            node_pools={
                "general": NodePoolProps(cpu=2, memory_gib=8, min_nodes=nodes, max_nodes=3, machine_type=machine)
            },
            deletion_protection=False,
        ),
    )
