"""An EKS cluster."""

import json
from collections.abc import Mapping

from quantacirc_cdk.terraform.aws.cluster_addons import ClusterAddons
from quantacirc_cdk.terraform.aws.iam import managed_policy, partition, trust
from quantacirc_cdk.terraform.aws.karpenter import Karpenter
from quantacirc_cdk.terraform.aws.load_balancer_controller import LoadBalancerController
from quantacirc_cdk.terraform.aws.names import log_retention_days
from quantacirc_cdk.terraform.aws.node_autoscaler import NodeAutoscaler
from quantacirc_cdk.terraform.aws.node_pools import NodePools
from quantacirc_cdk.terraform.aws.volume_snapshots import snapshot_statements
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.cluster import ClusterProps, ExistingCluster, refuse_limits
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.text.terraform import bare

# Control plane logs: all there are.
_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class Cluster(Checked, Construct):
    """An EKS cluster with private nodes, access by API only, encrypted secrets and all control plane logs.

    Creates the control plane, its role and log group, an access entry for each admin and each of ``access_entries``,
    managed node groups, the add-ons (VPC CNI with network policies, CoreDNS, kube-proxy, Pod Identity agent, EBS CSI
    driver), and what the node autoscaler needs: a role and, for Karpenter, the queue of its interruptions.
    With ``load_balancer_controller``, also the role of that.
    Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: ClusterProps) -> None:
        """Raise ``PropsError`` for values that AWS refuses."""
        rules = Rules(props.name)
        if props.mode == "autopilot":
            rules.refuse("mode", '"autopilot" is available only on Google Cloud', '"standard"')
        if len(set(props.network.private_subnet_ids)) < 2:
            # https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
            rules.refuse("network", "private subnets in one zone", "two zones, which EKS needs")
        refuse_limits(rules, "aws", props)
        if props.autoscaler == "none":
            for name, pool in props.node_pools.items():
                if pool.max_nodes != pool.min_nodes:
                    what = f"{pool.max_nodes}, and nothing that adds nodes"
                    rules.refuse(f"node_pools.{name}.max_nodes", what, f"min_nodes, {pool.min_nodes}")
        if props.security_group:
            rules.refuse("security_group", "a setting of Google Cloud only", "none: groups are those of access entries")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: ClusterProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.cluster = self._control_plane(self._role(), self._log_group())
        self.cluster_name = self.cluster.ref("name")
        self.endpoint = self.cluster.ref("endpoint")
        self.certificate_authority = self.cluster.ref("certificate_authority[0].data")
        self.oidc_issuer = self.cluster.ref("identity[0].oidc[0].issuer")
        self.node_security_group_id = self.cluster.ref("vpc_config[0].cluster_security_group_id")
        self._admit_operators()
        self._grant_admins()
        self._admit_groups()
        nodes = NodePools(self, "nodes", cluster=self)
        self.node_groups = nodes.groups
        ClusterAddons(self, "addons", cluster=self, nodes=nodes)
        if props.load_balancer_controller:
            LoadBalancerController(self, "load-balancers", cluster=self)
        if props.autoscaler == "cluster-autoscaler":
            NodeAutoscaler(self, "autoscaler", cluster=self)
        elif props.autoscaler == "karpenter":
            Karpenter(self, "autoscaler", cluster=self, node_role=nodes.role)

    @staticmethod
    def from_existing(
        *,
        cluster_name: str,
        endpoint: str,
        certificate_authority: str,
        node_security_group_id: str,
        oidc_issuer: str = "",
    ) -> ExistingCluster:
        """Return an existing cluster for other constructs; creates nothing."""
        return ExistingCluster(
            cluster_name=cluster_name,
            endpoint=endpoint,
            certificate_authority=certificate_authority,
            node_security_group_id=node_security_group_id,
            oidc_issuer=oidc_issuer,
        )

    def grant_snapshots(self, identity: WorkloadIdentity) -> None:
        """Let Velero take snapshots of volumes of the cluster's CSI driver, and create volumes from its snapshots."""
        identity.grant("snapshots", snapshot_statements(self.props))

    def _role(self) -> Resource:
        role = Resource(
            self,
            "aws_iam_role",
            self._name,
            name=f"{self.props.name}-cluster",
            assume_role_policy=trust("eks.amazonaws.com"),
        )
        self._policy = Resource(
            self,
            "aws_iam_role_policy_attachment",
            self._name,
            role=role.ref("name"),
            policy_arn=managed_policy(self.props.region, "AmazonEKSClusterPolicy"),
        )
        return role

    def _log_group(self) -> Resource:
        return Resource(
            self,
            "aws_cloudwatch_log_group",
            self._name,
            # EKS writes to a log group with this name; otherwise, it would create one without expiry.
            name=f"/aws/eks/{self.props.name}/cluster",
            retention_in_days=log_retention_days(self.props.log_retention_days),
            kms_key_id=self.props.keys.key_id("logs"),
        )

    def _control_plane(self, role: Resource, logs: Resource) -> Resource:
        props = self.props
        return Resource(
            self,
            "aws_eks_cluster",
            self._name,
            name=props.name,
            role_arn=role.arn,
            version=props.kubernetes_version,
            enabled_cluster_log_types=list(_LOGS),
            bootstrap_self_managed_addons=False,
            # The creator gets no permanent access: admins are listed, and anyone who can change IAM can add one.
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            vpc_config={
                "subnet_ids": list(props.network.private_subnet_ids),
                "endpoint_private_access": True,
                "endpoint_public_access": not props.private_endpoint,
                "public_access_cidrs": None if props.private_endpoint else list(props.authorized_cidrs),
            },
            kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": props.service_cidr},
            encryption_config={"resources": ["secrets"], "provider": {"key_arn": props.keys.key_id("cluster")}},
            # Past standard support a version costs six times as much; AWS upgrades instead.
            upgrade_policy={"support_type": "STANDARD"},
            lifecycle={"prevent_destroy": True} if props.deletion_protection else None,
            depends_on=[self._policy, logs],
        )

    def _admit_operators(self) -> None:
        """Let operators to the private API: its security group admits nodes, and nobody else.

        Source: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html#private-access.
        """
        for index, cidr in enumerate(self.props.operator_cidrs, start=1):
            Resource(
                self,
                "aws_vpc_security_group_ingress_rule",
                terraform_name(self._name, "operators", str(index)),
                security_group_id=self.node_security_group_id,
                description="Kubernetes API for operators",
                cidr_ipv4=cidr,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                tags={"Name": f"{self.props.name}-operators"},
            )

    def _grant_admins(self) -> None:
        admins = self.props.admins
        if not admins:
            return
        listed = bare(admins) if isinstance(admins, str) else json.dumps(list(admins))
        name = terraform_name(self._name, "admins")
        Resource(
            self,
            "aws_eks_access_entry",
            name,
            for_each=f"${{toset({listed})}}",
            cluster_name=self.cluster_name,
            principal_arn="${each.value}",
        )
        Resource(
            self,
            "aws_eks_access_policy_association",
            name,
            for_each=f"${{aws_eks_access_entry.{name}}}",
            cluster_name=self.cluster_name,
            principal_arn="${each.value.principal_arn}",
            policy_arn=f"arn:{partition(self.props.region)}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            access_scope={"type": "cluster"},
        )

    def _admit_groups(self) -> None:
        """Tell EKS the groups of principals that are no admins; role bindings say what these may do."""
        for name, entry in self.props.access_entries.items():
            Resource(
                self,
                "aws_eks_access_entry",
                terraform_name(self._name, "access", name),
                cluster_name=self.cluster_name,
                principal_arn=entry.principal,
                kubernetes_groups=sorted(entry.groups),
            )

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags of what belongs to the cluster but is not a resource of Terraform's: nodes and their volumes.

        The provider's default tags do not reach them
        (https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html#launch-template-tagging).
        """
        return {"Name": self.props.name, **self.props.tags}
