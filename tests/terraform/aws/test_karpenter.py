"""What scales nodes on AWS: Cluster Autoscaler, Karpenter or nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.interface import NodePoolProps
from support.terraform.stacks import Json
from terraform.aws.test_cluster import cluster

Declared = Callable[..., dict[str, Json]]
POOLS = {
    "general": NodePoolProps(cpu=4, memory_gib=16, min_nodes=2, max_nodes=6),
    "batch": NodePoolProps(cpu=8, memory_gib=32, min_nodes=0, max_nodes=9),
}


@pytest.fixture
def found(declared: Declared) -> dict[str, Json]:
    return cluster(declared, autoscaler="karpenter", node_pools=POOLS)


@pytest.fixture
def allowed(found: dict[str, Json]) -> dict[str, Any]:
    """Return the statements of Karpenter's policy by their ids."""
    document = json.loads(found["aws_iam_role_policy.cluster_node_autoscaler"]["policy"])
    return {one["Sid"]: one for one in document["Statement"]}


def test_groups_keep_their_minimum_and_karpenter_has_the_others(found: dict[str, Json]) -> None:
    groups = [address for address in found if address.startswith("aws_eks_node_group.")]
    assert groups == ["aws_eks_node_group.cluster_general"]
    group = found[groups[0]]
    assert group["scaling_config"] == {"min_size": 2, "max_size": 2, "desired_size": 2}
    assert "ignore_changes" not in group["lifecycle"]


def test_pods_of_karpenter_have_the_role_and_others_do_not(found: dict[str, Json]) -> None:
    (association,) = [
        one for one in found.values() if one.get("role_arn") == "${aws_iam_role.cluster_node_autoscaler.arn}"
    ]
    assert (association["namespace"], association["service_account"]) == ("kube-system", "karpenter")


def test_machines_are_made_with_the_cluster_s_tags_and_deleted_by_them(allowed: dict[str, Any]) -> None:
    for sid, kind in (("Make", "Request"), ("TagNew", "Request"), ("TagOwn", "Resource"), ("Delete", "Resource")):
        condition = allowed[sid]["Condition"]
        assert condition["StringEquals"][f"aws:{kind}Tag/kubernetes.io/cluster/main"] == "owned"
        assert condition["StringLike"] == {f"aws:{kind}Tag/karpenter.sh/nodepool": "*"}
    assert set(allowed["Delete"]["Action"]) == {"ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"}
    # Whoever may tag an existing machine as the cluster's could delete any.
    assert allowed["TagOwn"]["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"] == [
        "Name",
        "eks:eks-cluster-name",
        "karpenter.sh/nodeclaim",
    ]


def test_machines_get_the_role_of_nodes_and_no_other(allowed: dict[str, Any]) -> None:
    assert allowed["Pass"]["Resource"] == ["${aws_iam_role.cluster_nodes.arn}"]
    assert allowed["Pass"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_no_action_of_a_change_is_on_everything(allowed: dict[str, Any]) -> None:
    anywhere = {action for one in allowed.values() if one["Resource"] == ["*"] for action in one["Action"]}
    assert [action for action in anywhere if not action.partition(":")[2].startswith(("Describe", "Get", "List"))] == []


def test_the_policy_fits_a_role(found: dict[str, Json]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10,240 characters."""
    assert len(found["aws_iam_role_policy.cluster_node_autoscaler"]["policy"]) < 8_000


def test_interruptions_reach_the_queue_and_nothing_else_does(found: dict[str, Json]) -> None:
    queue = found["aws_sqs_queue.cluster_node_autoscaler"]
    assert (queue["name"], queue["message_retention_seconds"], queue["sqs_managed_sse_enabled"]) == ("main", 300, True)
    rules = {address: one for address, one in found.items() if address.startswith("aws_cloudwatch_event_rule.")}
    patterns = [json.loads(one["event_pattern"])["detail-type"] for one in rules.values()]
    assert ["EC2 Spot Instance Interruption Warning"] in patterns
    for address in rules:
        target = found[address.replace("_rule", "_target")]
        assert target["rule"] == f"${{{address}.name}}"
        assert target["arn"] == "${aws_sqs_queue.cluster_node_autoscaler.arn}"
    document = json.loads(found["aws_sqs_queue_policy.cluster_node_autoscaler"]["policy"])
    send, plain = document["Statement"]
    assert send["Condition"]["ArnEquals"]["aws:SourceArn"] == [f"${{{address}.arn}}" for address in rules]
    assert (plain["Effect"], plain["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_without_an_autoscaler_groups_have_a_fixed_size_and_nobody_changes_it(declared: Declared) -> None:
    pools = {"general": NodePoolProps(cpu=4, memory_gib=16, min_nodes=3, max_nodes=3)}
    fixed = cluster(declared, autoscaler="none", node_pools=pools)
    group = fixed["aws_eks_node_group.cluster_general"]
    assert group["scaling_config"] == {"min_size": 3, "max_size": 3, "desired_size": 3}
    assert "ignore_changes" not in group["lifecycle"]
    assert not [address for address in fixed if "autoscaler" in address]


def test_a_pool_that_could_grow_without_an_autoscaler_is_refused(declared: Declared) -> None:
    with pytest.raises(PropsError, match=r"node_pools.general.max_nodes: 6, and nothing that adds nodes"):
        cluster(declared, autoscaler="none", node_pools={"general": POOLS["general"]})
