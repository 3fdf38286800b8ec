"""Managed node groups."""

from typing import TYPE_CHECKING

from quantacirc_cdk.limits.aws import node_type
from quantacirc_cdk.terraform.aws.iam import managed_policy, trust
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import blocks, choose, concatenated, merged
from quantacirc_cdk.terraform.interface.cluster import NodePoolProps, Taint, is_arm, is_gpu
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.text.terraform import has_expression

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.cluster import Cluster

# No CNI policy: the VPC CNI has a separate role through Pod Identity.
_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
# For the agent in Bottlerocket's control container (https://github.com/bottlerocket-os/bottlerocket#control-container).
_SESSIONS = "AmazonSSMManagedInstanceCore"


class NodePools(Construct):
    """A Bottlerocket node group with its own launch template for each node pool.

    Nodes have no public address, an encrypted disk, and an instance metadata service that pods cannot reach. They run
    the cluster's Kubernetes version, and the release of Bottlerocket that ``node_image`` names, or else the latest one
    when Terraform plans. Both change node by node, after the control plane
    (https://docs.aws.amazon.com/eks/latest/userguide/update-managed-node-group.html).
    """

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        self._name = terraform_name(cluster.cluster.name, "nodes")
        region = cluster.props.region
        self.role = Resource(
            self,
            "aws_iam_role",
            self._name,
            name=f"{cluster.props.name}-nodes",
            assume_role_policy=trust("ec2.amazonaws.com"),
        )
        self._attached = [
            Resource(
                self,
                "aws_iam_role_policy_attachment",
                terraform_name(self._name, policy),
                role=self.role.ref("name"),
                policy_arn=managed_policy(region, policy),
            )
            for policy in (*_POLICIES, *([_SESSIONS] if cluster.props.session_manager else []))
        ]
        self._images: dict[str, DataSource] = {}
        self._fixed = cluster.props.autoscaler != "cluster-autoscaler"
        # A group takes at least one node; Karpenter alone makes those of a pool that may be empty.
        pools = cluster.props.node_pools.items()
        self.groups = [self._group(key, pool) for key, pool in pools if not self._fixed or pool.min_nodes]

    def _group(self, key: str, pool: NodePoolProps) -> Resource:
        cluster = self._cluster
        name = terraform_name(cluster.cluster.name, key)
        template = self._launch_template(name, f"{cluster.props.name}-{key}", pool)
        return Resource(
            self,
            "aws_eks_node_group",
            name,
            cluster_name=cluster.cluster_name,
            # A change of machines or zones replaces the group: the new one, under another name, comes first. EKS
            # drains the old one when it is deleted
            # (https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html).
            node_group_name_prefix=f"{key}-",
            node_role_arn=self.role.arn,
            subnet_ids=list(cluster.props.network.private_subnet_ids),
            version=cluster.props.kubernetes_version,
            release_version=cluster.props.node_image or self._latest_image(key, pool),
            ami_type=_ami_type(pool),
            capacity_type=choose(pool.spot, "SPOT", "ON_DEMAND"),
            instance_types=_instance_types(pool),
            labels=merged({"node-pool": key}, pool.labels),
            launch_template={"id": template.id, "version": template.ref("latest_version")},
            scaling_config={
                "min_size": pool.min_nodes,
                "max_size": pool.min_nodes if self._fixed else pool.max_nodes,
                "desired_size": pool.min_nodes,
            },
            update_config={"max_unavailable_percentage": 33},
            # Cluster Autoscaler owns the number of nodes from the first minute on.
            lifecycle={"create_before_destroy": True}
            | ({} if self._fixed else {"ignore_changes": ["scaling_config[0].desired_size"]}),
            depends_on=self._attached,
            **blocks(taint=(pool.taints, _taint)),
        )

    def _latest_image(self, key: str, pool: NodePoolProps) -> str:
        """Return the latest release of a variant of Bottlerocket for the cluster's version.

        Source: https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id-bottlerocket.html.
        """
        architecture = choose(is_arm("aws", pool), "arm64", "x86_64")
        flavor = choose(is_gpu("aws", pool), "-nvidia", "")
        parts = (key,) if has_expression(architecture) else (architecture, flavor.removeprefix("-"))
        name = terraform_name(self._name, *parts)
        if name not in self._images:
            variant = f"aws-k8s-{self._cluster.props.kubernetes_version}{flavor}"
            parameter = f"/aws/service/bottlerocket/{variant}/{architecture}/latest/image_version"
            self._images[name] = DataSource(self, "aws_ssm_parameter", name, name=parameter)
        return self._images[name].ref("insecure_value")

    def _launch_template(self, name: str, shown: str, pool: NodePoolProps) -> Resource:
        key = self._cluster.props.keys.key_id("volumes")
        # Bottlerocket: the operating system, which never grows, and everything else.
        disks = {"/dev/xvda": 4, "/dev/xvdb": pool.disk_gib}
        tags = {**self._cluster.tags, "Name": shown}
        return Resource(
            self,
            "aws_launch_template",
            name,
            name=shown,
            update_default_version=True,
            block_device_mappings=[
                {
                    "device_name": device,
                    "ebs": {
                        "volume_type": "gp3",
                        "volume_size": size,
                        "encrypted": "true",
                        "kms_key_id": key,
                        "delete_on_termination": "true",
                    },
                }
                for device, size in disks.items()
            ],
            # IMDSv2 with one hop: a pod is two hops away, and gets its credentials by Pod Identity.
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
                "instance_metadata_tags": "disabled",
            },
            monitoring={"enabled": True},
            tag_specifications=[
                {"resource_type": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
            ],
        )


def _ami_type(pool: NodePoolProps) -> str:
    """Return the variant of Bottlerocket: for the architecture, and with NVIDIA's driver where there are GPUs."""
    architecture = choose(is_arm("aws", pool), "ARM_64", "x86_64")
    return f"BOTTLEROCKET_{architecture}{choose(is_gpu('aws', pool), '_NVIDIA', '')}"


def _instance_types(pool: NodePoolProps) -> list[str]:
    """Return the instance types of nodes. Spot nodes have several, so that a type without capacity does not block them.

    Source: https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types.
    """
    if pool.machine_type:
        return concatenated([pool.machine_type], pool.spot_machine_types)  # type: ignore[no-any-return]
    return [node_type(pool.cpu, pool.memory_gib, pool.architecture or "amd64")]


def _taint(taint: Taint) -> dict[str, str]:
    found = {"key": taint.key, "effect": taint.constant}
    return found | ({"value": taint.value} if taint.value else {})
