"""The cluster on AWS."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import Cluster, Network
from quantacirc_cdk.terraform.interface import (
    AccessEntry,
    ClusterProps,
    MaintenanceExclusion,
    NetworkProps,
    NodePoolProps,
    Taint,
)
from support.terraform.stacks import Json

POOL = NodePoolProps(cpu=4, memory_gib=16, min_nodes=2, max_nodes=6)
NETWORK = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a", "b", "c"])
HOLIDAYS = {"holidays": MaintenanceExclusion(first_day="2026-12-18", last_day="2027-01-06")}
ONE_ZONE = Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["a"])


def cluster(declared: Callable[..., dict[str, Json]], **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = {"name": "main", "network": NETWORK, "kubernetes_version": "1.34", "node_pools": {"general": POOL}}
        Cluster(scope, "cluster", ClusterProps(**props | shared | changes))

    return declared(declare)


def test_the_api_is_private_and_known_by_access_entries_alone(prod: dict[str, Json]) -> None:
    control = prod["aws_eks_cluster.cluster"]
    assert control["vpc_config"]["endpoint_public_access"] is False
    assert control["vpc_config"]["endpoint_private_access"] is True
    assert control["access_config"]["authentication_mode"] == "API"
    assert control["access_config"]["bootstrap_cluster_creator_admin_permissions"] is False
    assert prod["aws_eks_access_entry.cluster_admins"]["for_each"] == "${toset(var.cluster_admins)}"


def test_an_entry_has_the_groups_of_a_role_and_no_policy(declared: Callable[..., dict[str, Json]]) -> None:
    role = "arn:aws:iam::111111111111:role/platform/developers"
    found = cluster(declared, access_entries={"developers": AccessEntry(principal=role, groups=["b", "a"])})
    assert found["aws_eks_access_entry.cluster_access_developers"] == {
        "cluster_name": "${aws_eks_cluster.cluster.name}",
        "principal_arn": role,
        "kubernetes_groups": ["a", "b"],
    }
    assert not [address for address in found if "access_policy_association" in address]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"principal": "developers"},
            'access_entries.x.principal: found "developers", expected the ARN of',
        ),
        ({"groups": []}, "access_entries.x.groups: a principal without groups"),
        ({"groups": ["system:masters"]}, 'access_entries.x.groups: "system:masters", which EKS refuses'),
    ],
)
def test_an_entry_that_eks_refuses_is_refused(
    entry: dict[str, Any], said: str, declared: Callable[..., dict[str, Json]]
) -> None:
    made = AccessEntry(**{"principal": "arn:aws:iam::111111111111:role/a", "groups": ["a"]} | entry)
    with pytest.raises(PropsError) as error:
        cluster(declared, access_entries={"x": made})
    assert said in str(error.value)


def test_eks_takes_a_principal_once(declared: Callable[..., dict[str, Json]]) -> None:
    role = "arn:aws:iam::111111111111:role/a"
    entries = {name: AccessEntry(principal=role, groups=[name]) for name in ("x", "y")}
    for changes, said in (({}, "access_entries.y"), ({"admins": [role]}, "access_entries.x")):
        with pytest.raises(PropsError, match=rf"{said}\.principal: {role} twice, expected each principal once"):
            cluster(declared, access_entries=entries, **changes)


def test_secrets_are_encrypted_and_everything_is_logged(prod: dict[str, Json]) -> None:
    control = prod["aws_eks_cluster.cluster"]
    key = {"key_arn": "${aws_kms_key.cluster.arn}"}
    assert control["encryption_config"] == {"resources": ["secrets"], "provider": key}
    logs = {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    assert set(control["enabled_cluster_log_types"]) == logs
    group = prod["aws_cloudwatch_log_group.cluster"]
    assert (group["retention_in_days"], group["kms_key_id"]) == (365, "${aws_kms_key.logs.arn}")
    assert "aws_cloudwatch_log_group.cluster" in control["depends_on"]


def test_nodes_are_bottlerocket_on_encrypted_disks_with_credentials_out_of_pods_reach(prod: dict[str, Json]) -> None:
    group = prod["aws_eks_node_group.cluster_general"]
    assert group["ami_type"] == "BOTTLEROCKET_x86_64"
    assert group["launch_template"]["id"] == "${aws_launch_template.cluster_general.id}"
    assert group["scaling_config"] == {"min_size": 3, "max_size": 30, "desired_size": 3}
    assert group["lifecycle"]["ignore_changes"] == ["scaling_config[0].desired_size"]
    template = prod["aws_launch_template.cluster_general"]
    assert template["metadata_options"]["http_tokens"] == "required"
    assert template["metadata_options"]["http_put_response_hop_limit"] == 1
    for disk in template["block_device_mappings"]:
        assert disk["ebs"]["encrypted"] == "true"
        assert disk["ebs"]["volume_type"] == "gp3"
        assert disk["ebs"]["kms_key_id"] == "${aws_kms_key.volumes.arn}"


def test_the_network_is_there_before_the_nodes_and_storage_after(prod: dict[str, Json]) -> None:
    addons = {v["addon_name"]: a for a, v in prod.items() if a.startswith("aws_eks_addon.")}
    assert addons.keys() == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver"}
    group = prod["aws_eks_node_group.cluster_general"]
    assert {addons["vpc-cni"], addons["kube-proxy"], addons["eks-pod-identity-agent"]} <= set(group["depends_on"])
    for after in ("coredns", "aws-ebs-csi-driver"):
        assert prod[addons[after]]["depends_on"] == ["aws_eks_node_group.cluster_general"]
    assert json.loads(prod[addons["vpc-cni"]]["configuration_values"])["enableNetworkPolicy"] == "true"


def test_nodes_take_addresses_of_pods_from_the_subnet_of_their_zone(declared: Callable[..., dict[str, Json]]) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        place = {key: shared[key] for key in ("region", "account")}
        network = Network(scope, "network", NetworkProps(name="n", cidr="10.0.0.0/16", **place, **pods))
        pools = {"general": POOL}
        props = ClusterProps(name="main", network=network, kubernetes_version="1.34", node_pools=pools, **shared)
        Cluster(scope, "cluster", props)

    pods = {"secondary_cidr": "100.64.0.0/16"}
    configuration = json.loads(declared(declare)["aws_eks_addon.vpc_cni"]["configuration_values"])
    assert configuration["env"] == {
        "ENABLE_PREFIX_DELEGATION": "true",
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
        "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
    }
    assert configuration["eniConfig"]["region"] == "eu-central-1"
    assert configuration["eniConfig"]["subnets"] == {
        f"${{aws_subnet.network_pods_{zone}.availability_zone}}": {
            "id": f"${{aws_subnet.network_pods_{zone}.id}}",
            "securityGroups": ["${aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}"],
        }
        for zone in (1, 2, 3)
    }


def test_control_plane_nodes_and_addons_have_one_version(prod: dict[str, Json], lookups: dict[str, Json]) -> None:
    group = prod["aws_eks_node_group.cluster_general"]
    assert prod["aws_eks_cluster.cluster"]["version"] == group["version"] == "1.35"
    assert group["release_version"] == "${data.aws_ssm_parameter.cluster_nodes_x86_64.insecure_value}"
    image = lookups["aws_ssm_parameter.cluster_nodes_x86_64"]["name"]
    assert image == "/aws/service/bottlerocket/aws-k8s-1.35/x86_64/latest/image_version"
    for address, addon in prod.items():
        if address.startswith("aws_eks_addon."):
            name = address.partition(".")[2]
            assert addon["addon_version"] == f"${{data.aws_eks_addon_version.{name}.version}}"
            assert lookups[f"aws_eks_addon_version.{name}"] == {
                "addon_name": addon["addon_name"],
                "kubernetes_version": "1.35",
            }


def test_a_release_of_the_nodes_image_is_pinned(declared: Any) -> None:
    found = cluster(declared, node_image="1.49.0-713f44ce")
    assert found["aws_eks_node_group.cluster_general"]["release_version"] == "1.49.0-713f44ce"


def test_new_nodes_come_before_the_old_ones_go(prod: dict[str, Json]) -> None:
    group = prod["aws_eks_node_group.cluster_general"]
    assert group["lifecycle"]["create_before_destroy"] is True
    assert group["node_group_name_prefix"] == "general-"
    assert "node_group_name" not in group


def test_addons_act_as_roles_of_this_cluster_only(prod: dict[str, Json], statements: Any) -> None:
    for name in ("cluster_vpc_cni", "cluster_ebs_csi"):
        (trust,) = statements(prod[f"aws_iam_role.{name}"]["assume_role_policy"]).values()
        assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        source = "arn:aws:eks:eu-central-1:333333333333:cluster/quantacirc-prod"
        assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": source}


def test_the_autoscaler_changes_the_number_of_nodes_of_this_cluster_only(
    prod: dict[str, Json], statements: Any
) -> None:
    role = prod["aws_iam_role.cluster_node_autoscaler"]
    (trust,) = statements(role["assume_role_policy"]).values()
    source = "arn:aws:eks:eu-central-1:333333333333:cluster/quantacirc-prod"
    assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": source}
    allowed = statements(prod["aws_iam_role_policy.cluster_node_autoscaler"]["policy"])
    assert all(":Describe" in one or ":Get" in one for one in allowed["Read"]["Action"])
    nodes = "arn:aws:eks:eu-central-1:333333333333:nodegroup/quantacirc-prod/*/*"
    assert (allowed["Describe"]["Action"], allowed["Describe"]["Resource"]) == (["eks:DescribeNodegroup"], [nodes])
    scale = allowed["Scale"]
    assert scale["Action"] == ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    groups = "arn:aws:autoscaling:eu-central-1:333333333333:autoScalingGroup:*:autoScalingGroupName/eks-*"
    assert scale["Resource"] == [groups]
    assert scale["Condition"] == {
        "StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/quantacirc-prod": "owned"}
    }
    assert allowed.keys() == {"Read", "Describe", "Scale"}


def test_the_pods_of_the_autoscaler_get_its_role(prod: dict[str, Json]) -> None:
    assert prod["aws_eks_pod_identity_association.cluster_node_autoscaler"] == {
        "cluster_name": "${aws_eks_cluster.cluster.name}",
        "namespace": "kube-system",
        "service_account": "cluster-autoscaler",
        "role_arn": "${aws_iam_role.cluster_node_autoscaler.arn}",
    }


def test_a_public_api_is_for_some_addresses(declared: Any) -> None:
    found = cluster(declared, private_endpoint=False, authorized_cidrs=["203.0.113.0/24"])
    assert found["aws_eks_cluster.cluster"]["vpc_config"]["public_access_cidrs"] == ["203.0.113.0/24"]


def test_pools_of_spot_nodes_and_machines_by_name(declared: Any) -> None:
    pools = {
        "general": POOL,
        "spot": NodePoolProps(cpu=2, memory_gib=4, min_nodes=0, max_nodes=9, spot=True, machine_type="m6i.large"),
    }
    found = cluster(declared, node_pools=pools)
    spot = found["aws_eks_node_group.cluster_spot"]
    assert (spot["capacity_type"], spot["instance_types"]) == ("SPOT", ["m6i.large"])
    assert found["aws_eks_node_group.cluster_general"]["instance_types"] == ["m7i.xlarge"]


def test_operators_open_sessions_on_nodes_where_they_are_allowed_to(declared: Any) -> None:
    policies = "aws_iam_role_policy_attachment.cluster_nodes_AmazonSSMManagedInstanceCore"
    found = cluster(declared, session_manager=True)
    assert found[policies]["policy_arn"].endswith(":iam::aws:policy/AmazonSSMManagedInstanceCore")
    # The agent may ask as soon as a node starts.
    assert policies in found["aws_eks_node_group.cluster_general"]["depends_on"]
    assert policies not in cluster(declared)


def test_a_cluster_that_may_go_is_not_guarded(dev: dict[str, Json], prod: dict[str, Json]) -> None:
    assert prod["aws_eks_cluster.cluster"]["lifecycle"] == {"prevent_destroy": True}
    assert "lifecycle" not in dev["aws_eks_cluster.cluster"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode": "autopilot"}, '"autopilot" is available only on Google Cloud'),
        ({"security_group": "gke-security-groups@example.com"}, "a setting of Google Cloud only"),
        ({"network": ONE_ZONE}, "private subnets in one zone, expected two zones"),
        ({"node_pools": {}}, "no node pool"),
        ({"private_endpoint": False}, "open to everyone"),
        ({"operator_cidrs": ["0.0.0.0/0"]}, "is everyone"),
        ({"dns_endpoint": True}, "which only Google Cloud has"),
        ({"maintenance_exclusions": HOLIDAYS}, "which EKS has none of"),
        ({"private_endpoint": False, "authorized_cidrs": ["0.0.0.0/0"]}, "opens the API to everyone"),
        ({"kubernetes_version": "1"}, "a minor version"),
        ({"service_cidr": "100.96.0.0/16"}, "100.96.0.0/16 for Services"),
        ({"private_endpoint": False, "authorized_cidrs": ["10.0.0.0/8"]}, "nobody reaches a public endpoint"),
        ({"private_endpoint": False, "authorized_cidrs": ["192.0.2.1/32"] * 41}, "41 entries, expected at most 40"),
        ({"tags": {"aws:x": "y"}}, "whose prefix is reserved"),
        ({"tags": {str(number): "" for number in range(50)}}, "50 tags, beside 1"),
        ({"node_pools": {"p" * 37: POOL}}, "a name of 37 characters, expected at most 36"),
        ({"kubernetes_version": "1.32"}, "standard support on EKS has ended, expected 1.33 to 1.35, or newer"),
        ({"node_pools": {"x": NodePoolProps(cpu=2, memory_gib=4, min_nodes=3, max_nodes=2)}}, "3 to 2 nodes"),
        ({"node_pools": {"x": NodePoolProps(cpu=999, memory_gib=4, min_nodes=1, max_nodes=2)}}, "no instance type"),
    ],
)
def test_what_eks_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Any) -> None:
    with pytest.raises(PropsError, match=said):
        cluster(declared, **changes)


ARM = NodePoolProps(
    cpu=4,
    memory_gib=16,
    min_nodes=0,
    max_nodes=2,
    architecture="arm64",
    labels={"disk": "ssd"},
    taints=[Taint(key="dedicated", value="batch"), Taint(key="flaky", effect="PreferNoSchedule")],
)
GPU = NodePoolProps(
    cpu=4, memory_gib=16, min_nodes=0, max_nodes=1, machine_type="g6.xlarge", gpus=1, gpu_type="nvidia-l4"
)


def test_pools_have_labels_taints_an_architecture_and_gpus(declared: Any) -> None:
    found = cluster(declared, node_pools={"general": POOL, "arm": ARM, "gpu": GPU})
    pool = found["aws_eks_node_group.cluster_arm"]
    assert pool["instance_types"] == ["m7g.xlarge"]
    assert pool["ami_type"] == "BOTTLEROCKET_ARM_64"
    assert pool["labels"] == {"node-pool": "arm", "disk": "ssd"}
    assert pool["taint"] == [
        {"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"},
        {"key": "flaky", "effect": "PREFER_NO_SCHEDULE"},
    ]
    gpu = found["aws_eks_node_group.cluster_gpu"]
    assert (gpu["ami_type"], gpu["instance_types"]) == ("BOTTLEROCKET_x86_64_NVIDIA", ["g6.xlarge"])
    assert "taint" not in gpu


@pytest.mark.parametrize(
    ("machine_type", "image"),
    [
        ("m7g.xlarge", "BOTTLEROCKET_ARM_64"),
        ("g5.xlarge", "BOTTLEROCKET_x86_64_NVIDIA"),
        ("g5g.xlarge", "BOTTLEROCKET_ARM_64_NVIDIA"),
        ("m6a.xlarge", "BOTTLEROCKET_x86_64"),
    ],
)
def test_the_image_is_that_of_the_machine(machine_type: str, image: str, declared: Any) -> None:
    pool = NodePoolProps(cpu=4, memory_gib=16, min_nodes=1, max_nodes=2, machine_type=machine_type)
    assert cluster(declared, node_pools={"x": pool})["aws_eks_node_group.cluster_x"]["ami_type"] == image


def test_spot_nodes_are_of_several_types(declared: Any) -> None:
    pool = NodePoolProps(
        cpu=4,
        memory_gib=16,
        min_nodes=0,
        max_nodes=9,
        spot=True,
        machine_type="m7i.xlarge",
        spot_machine_types=["m6i.xlarge", "m5.xlarge"],
    )
    group = cluster(declared, node_pools={"x": pool, "general": POOL})["aws_eks_node_group.cluster_x"]
    assert group["instance_types"] == ["m7i.xlarge", "m6i.xlarge", "m5.xlarge"]


def test_operators_reach_the_private_api_from_their_ranges(declared: Any) -> None:
    found = cluster(declared, operator_cidrs=["10.99.0.0/24", "10.98.0.0/24"])
    assert found["aws_eks_cluster.cluster"]["vpc_config"]["endpoint_public_access"] is False
    rules = [found[f"aws_vpc_security_group_ingress_rule.cluster_operators_{index}"] for index in (1, 2)]
    assert [rule["cidr_ipv4"] for rule in rules] == ["10.99.0.0/24", "10.98.0.0/24"]
    for rule in rules:
        assert rule["security_group_id"] == "${aws_eks_cluster.cluster.vpc_config[0].cluster_security_group_id}"
        assert (rule["from_port"], rule["to_port"], rule["ip_protocol"]) == (443, 443, "tcp")


def test_tags_of_the_environment_reach_nodes_and_volumes(prod: dict[str, Json]) -> None:
    tags = {"system": "quantacirc", "environment": "prod", "cost-center": "production"}
    specifications = prod["aws_launch_template.cluster_general"]["tag_specifications"]
    assert {one["resource_type"] for one in specifications} == {"instance", "volume", "network-interface"}
    for one in specifications:
        assert tags.items() <= one["tags"].items()
    driver = json.loads(prod["aws_eks_addon.aws_ebs_csi_driver"]["configuration_values"])
    assert tags.items() <= driver["controller"]["extraVolumeTags"].items()


def test_the_storage_driver_may_encrypt_with_the_key_for_volumes_alone(prod: dict[str, Json], statements: Any) -> None:
    allowed = statements(prod["aws_iam_role_policy.cluster_ebs_csi"]["policy"])
    for one in allowed.values():
        assert one["Resource"] == ["${aws_kms_key.volumes.arn}"]
    assert allowed["Grants"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_two_clusters_are_in_one_stack(declared: Any) -> None:
    def both(scope: Any, shared: dict[str, Any]) -> None:
        for name in ("cluster", "other"):
            made = Network(scope, f"{name}-network", NetworkProps(name=name, cidr="10.0.0.0/16", **place(shared)))
            Cluster(
                scope,
                name,
                ClusterProps(
                    name=name, network=made, kubernetes_version="1.34", node_pools={"general": POOL}, **shared
                ),
            )

    found = declared(both)
    assert found["aws_eks_addon.vpc_cni"]["cluster_name"] == "${aws_eks_cluster.cluster.name}"
    assert found["aws_eks_addon.other_vpc_cni"]["cluster_name"] == "${aws_eks_cluster.other.name}"


def place(shared: dict[str, Any]) -> dict[str, Any]:
    return {key: shared[key] for key in ("region", "account")}
