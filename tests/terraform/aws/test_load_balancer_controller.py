"""The AWS Load Balancer Controller changes what belongs to its cluster, and nothing else."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import Cluster, Network
from quantacirc_cdk.terraform.interface import ClusterProps, NodePoolProps
from support.terraform.stacks import Json

Declared = Callable[[Callable[[Stack, dict[str, Any]], object]], dict[str, Json]]
TAG = "elbv2.k8s.aws/cluster"
POLICY = "aws_iam_role_policy.cluster_load_balancers"


def cluster(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        network = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a", "b"])
        pools = {"general": NodePoolProps(cpu=4, memory_gib=16, min_nodes=2, max_nodes=6)}
        props = {"name": "main", "network": network, "kubernetes_version": "1.34", "node_pools": pools, **shared}
        Cluster(scope, "cluster", ClusterProps(**props | changes))

    return declared(declare)


@pytest.fixture
def found(declared: Declared) -> dict[str, Json]:
    return cluster(declared, load_balancer_controller=True)


def actions(statement: Json) -> set[str]:
    return set(statement["Action"])


def test_its_pods_have_the_role(found: dict[str, Json]) -> None:
    bound = found["aws_eks_pod_identity_association.cluster_load_balancers"]
    assert (bound["namespace"], bound["service_account"]) == ("kube-system", "aws-load-balancer-controller")
    assert bound["role_arn"] == "${aws_iam_role.cluster_load_balancers.arn}"
    assert found["aws_iam_role.cluster_load_balancers"]["name"] == "main-balancers"
    # IAM takes 10,240 characters of inline policies for a role.
    assert len(re.sub(r"\s", "", found[POLICY]["policy"])) < 10240


def test_what_is_deleted_or_reconfigured_has_the_tag_of_the_cluster(found: dict[str, Json], statements: Any) -> None:
    said = statements(found[POLICY]["policy"])
    for sid in ("Change", "DeleteGroup"):
        assert said[sid]["Condition"] == {"StringEquals": {f"aws:ResourceTag/{TAG}": "main"}}
    assert said["New"]["Condition"] == {"StringEquals": {f"aws:RequestTag/{TAG}": "main"}}
    deleting = {action for one in said.values() for action in actions(one) if re.search(r":Delete", action)}
    without = {sid for sid, one in said.items() if actions(one) & deleting and "Condition" not in one}
    # Listeners and rules are in load balancers; the protection of Shield has no such tag.
    assert without == {"Listeners", "Protection"}


def test_the_tag_is_set_on_what_is_new_and_stays(found: dict[str, Json], statements: Any) -> None:
    said = statements(found[POLICY]["policy"])
    for sid, action in (("TagNewGroup", "ec2:CreateAction"), ("TagNew", "elasticloadbalancing:CreateAction")):
        equal = said[sid]["Condition"]["StringEquals"]
        assert equal[f"aws:RequestTag/{TAG}"] == "main"
        assert action in equal
    for sid in ("TagGroup", "Tag"):
        assert said[sid]["Condition"] == {
            "StringEquals": {f"aws:ResourceTag/{TAG}": "main"},
            "Null": {f"aws:RequestTag/{TAG}": "true"},
        }


def test_security_groups_are_those_of_the_region_and_the_account(found: dict[str, Json]) -> None:
    for one in json.loads(found[POLICY]["policy"])["Statement"]:
        if any(action.startswith("ec2:") and ":Describe" not in action for action in one["Action"]):
            names = [name for name in one["Resource"] if name != "*"]
            assert one["Sid"] == "Read" or names
            assert all(name.startswith("arn:aws:ec2:eu-central-1:111111111111:") for name in names)


def test_only_reading_is_for_everything(found: dict[str, Json], statements: Any) -> None:
    said = statements(found[POLICY]["policy"])
    everything = {sid for sid, one in said.items() if "*" in one["Resource"] and "Condition" not in one}
    assert everything == {"Read", "List"}
    reads = re.compile(r"[a-z-]+[0-9]?:(Describe|Get|List)[A-Za-z*]*")
    assert all(reads.fullmatch(action) for sid in everything for action in actions(said[sid]))
    assert said["Protection"]["Resource"] == ["arn:aws:shield::111111111111:protection/*"]


def test_there_is_no_such_role_by_default(declared: Declared, prod: dict[str, Json]) -> None:
    assert POLICY not in cluster(declared)
    assert POLICY not in prod
