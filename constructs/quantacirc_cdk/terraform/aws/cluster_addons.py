"""The add-ons every EKS cluster here has."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.aws.iam import allow, arn, managed_policy, policy, trust
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import PodSubnet
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.cluster import Cluster
    from quantacirc_cdk.terraform.aws.node_pools import NodePools


class ClusterAddons(Construct):
    """VPC CNI with network policies, Pod Identity agent and kube-proxy before the nodes; CoreDNS and EBS CSI after.

    Each runs the version that EKS has as the default for the cluster's Kubernetes version when Terraform plans: the
    plan shows it, and an upgrade of the cluster brings it along, because EKS does not
    (https://docs.aws.amazon.com/eks/latest/userguide/updating-an-add-on.html).
    """

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster", nodes: "NodePools") -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        before = [
            self._addon("eks-pod-identity-agent"),
            self._addon("kube-proxy"),
            self._addon(
                "vpc-cni",
                role=self._role("vpc-cni", "AmazonEKS_CNI_Policy"),
                service_account="aws-node",
                configuration=self._network_plugin(),
            ),
        ]
        for group in nodes.groups:
            # A node without a CNI never becomes ready, and its group is then rolled back.
            group.arguments["depends_on"] += [addon.address for addon in before]
        self._addon("coredns", after=nodes)
        role = self._role("ebs-csi", "service-role/AmazonEBSCSIDriverPolicy")
        self._grant_volumes_key(role)
        self._addon(
            "aws-ebs-csi-driver",
            role=role,
            service_account="ebs-csi-controller-sa",
            # The provider's default tags do not reach what the driver creates
            # (https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md).
            configuration={"controller": {"extraVolumeTags": dict(cluster.props.tags)}} if cluster.props.tags else None,
            after=nodes,
        )

    def _network_plugin(self) -> dict[str, object]:
        """Return the configuration of the VPC CNI. Where there are subnets for pods, a node takes the addresses of its
        pods from that of its zone.

        Source: https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html. With the discovery of subnets
        by a tag (https://docs.aws.amazon.com/eks/latest/userguide/cni-subnet-selection.html), pods would still have the
        addresses of the nodes' subnets: the prefixes of a node's first interface are enough for all of its pods.
        """
        env = {"ENABLE_PREFIX_DELEGATION": "true"}
        found: dict[str, object] = {"enableNetworkPolicy": "true", "env": env}
        cluster = self._cluster
        subnets: Sequence[PodSubnet] = getattr(cluster.props.network, "pod_subnets", ())
        if subnets:
            env |= {
                "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true",
                "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
            }
            groups = [cluster.node_security_group_id]
            found["eniConfig"] = {
                "create": True,
                "region": cluster.props.region,
                "subnets": {one.zone: {"id": one.id, "securityGroups": groups} for one in subnets},
            }
        return found

    def _grant_volumes_key(self, role: Resource) -> None:
        """Allow the CSI driver to encrypt volumes, because AWS' managed policy includes no key.

        Source: https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html.
        """
        key = self._cluster.props.keys.key_id("volumes")
        use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        for_volumes = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        grants = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]
        Resource(
            self,
            "aws_iam_role_policy",
            role.name,
            name="volumes-key",
            role=role.id,
            policy=policy(allow(use, [key], "Use"), allow(grants, [key], "Grants", Condition=for_volumes)),
        )

    def _role(self, purpose: str, policy: str) -> Resource:
        props = self._cluster.props
        name = terraform_name(self._cluster.cluster.name, purpose)
        cluster = arn("eks", props.region, props.account, f"cluster/{props.name}")
        role = Resource(
            self,
            "aws_iam_role",
            name,
            name=f"{props.name}-{purpose}",
            assume_role_policy=pod_identity_trust(props.account, cluster),
        )
        Resource(
            self,
            "aws_iam_role_policy_attachment",
            name,
            role=role.ref("name"),
            policy_arn=managed_policy(props.region, policy),
        )
        return role

    def _addon(
        self,
        addon: str,
        *,
        role: Resource | None = None,
        service_account: str | None = None,
        configuration: dict[str, object] | None = None,
        after: "NodePools | None" = None,
    ) -> Resource:
        # The first cluster of a stack keeps the addresses that its add-ons have always had.
        name = terraform_name("" if self._cluster.cluster.name == "cluster" else self._cluster.cluster.name, addon)
        version = DataSource(
            self,
            "aws_eks_addon_version",
            name,
            addon_name=addon,
            kubernetes_version=self._cluster.props.kubernetes_version,
        )
        return Resource(
            self,
            "aws_eks_addon",
            name,
            cluster_name=self._cluster.cluster_name,
            addon_name=addon,
            addon_version=version.ref("version"),
            configuration_values=json.dumps(configuration) if configuration else None,
            pod_identity_association={"role_arn": role.arn, "service_account": service_account} if role else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            depends_on=after.groups if after else None,
        )


def pod_identity_trust(account: str, cluster_arn: str) -> str:
    """Return the trust policy for pods of one cluster only (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html)."""
    return trust(
        "pods.eks.amazonaws.com",
        actions=["sts:AssumeRole", "sts:TagSession"],
        condition={"StringEquals": {"aws:SourceAccount": account}, "ArnEquals": {"aws:SourceArn": cluster_arn}},
    )
