"""What the AWS Load Balancer Controller may do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.terraform.aws.iam import Statement, allow, arn, partition, policy
from quantacirc_cdk.terraform.aws.pod_role import pod_role
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.cluster import Cluster

SERVICE_ACCOUNT = "aws-load-balancer-controller"

_TAG = "elbv2.k8s.aws/cluster"
"""Tag with the name of the cluster, which the controller sets on all that it creates."""
_READ = {
    "ec2": (
        "DescribeAccountAttributes",
        "DescribeAddresses",
        "DescribeAvailabilityZones",
        "DescribeCoipPools",
        "DescribeInstances",
        "DescribeInternetGateways",
        "DescribeIpamPools",
        "DescribeNetworkInterfaces",
        "DescribeRouteTables",
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeTags",
        "DescribeVpcPeeringConnections",
        "DescribeVpcs",
    ),
    "elasticloadbalancing": ("Describe*",),
}
_LIST = ("acm:ListCertificates", "iam:ListServerCertificates", "shield:GetSubscriptionState")
_FIREWALLS = tuple(
    f"{service}:{action}"
    for service in ("waf-regional", "wafv2")
    for action in ("AssociateWebACL", "DisassociateWebACL", "GetWebACL", "GetWebACLForResource")
)
_PROTECTION = ("shield:CreateProtection", "shield:DeleteProtection", "shield:DescribeProtection")
_CHANGE = (
    "DeleteLoadBalancer",
    "DeleteTargetGroup",
    "ModifyCapacityReservation",
    "ModifyIpPools",
    "ModifyListenerAttributes",
    "ModifyLoadBalancerAttributes",
    "ModifyTargetGroup",
    "ModifyTargetGroupAttributes",
    "SetIpAddressType",
    "SetSecurityGroups",
    "SetSubnets",
)
_LISTENERS = (
    "AddListenerCertificates",
    "CreateListener",
    "CreateRule",
    "DeleteListener",
    "DeleteRule",
    "ModifyListener",
    "ModifyRule",
    "RemoveListenerCertificates",
    "SetRulePriorities",
    "SetWebAcl",
)


class LoadBalancerController(Construct):
    """The role of the pods of ``kube-system/aws-load-balancer-controller``, through EKS Pod Identity.

    It creates load balancers, target groups and security groups, and changes and deletes those with this cluster's
    tag. Without the tag, it may also change listeners and their rules, registered targets, and ingress rules of
    security groups. Installs no pods: the program comes with Helm. The actions are those of
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/, in the region and the
    account of the cluster, and for resources with its name in their tag, where the project asks for any tag.
    """

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        self._cluster = cluster
        name, role = pod_role(self, cluster, key="load-balancers", suffix="balancers", service_account=SERVICE_ACCOUNT)
        statements = [*self._read(), *self._named(), *self._security_groups(), *self._load_balancers()]
        Resource(self, "aws_iam_role_policy", name, name="load-balancers", role=role.id, policy=policy(*statements))

    def _read(self) -> Sequence[Statement]:
        # None of these can be limited to a resource.
        read = [f"{service}:{action}" for service, actions in _READ.items() for action in actions]
        linked = {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}
        return [
            allow(read, ["*"], "Read"),
            allow(["ec2:GetSecurityGroupsForVpc"], self._arns("ec2", "vpc/*"), "ReadGroups"),
            allow(["ec2:GetCoipPoolUsage"], self._arns("ec2", "coip-pool/*"), "ReadPools"),
            allow(_LIST, ["*"], "List"),
            allow(["iam:CreateServiceLinkedRole"], ["*"], "ServiceRole", Condition=linked),
        ]

    def _named(self) -> Sequence[Statement]:
        """Return what annotations name: certificates and users of listeners, firewalls and protection."""
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awswafv2.html, and those beside it
        props = self._cluster.props
        everywhere = f"arn:{partition(props.region)}:{{}}::{props.account}:{{}}/*"
        certificates = [
            *self._arns("acm", "certificate/*"),
            *self._arns("cognito-idp", "userpool/*"),
            everywhere.format("iam", "server-certificate"),
        ]
        described = ["acm:DescribeCertificate", "cognito-idp:DescribeUserPoolClient", "iam:GetServerCertificate"]
        firewalls = [
            *self._arns("elasticloadbalancing", "loadbalancer/app/*/*"),
            *self._arns("wafv2", "regional/webacl/*/*"),
            *self._arns("waf-regional", "webacl/*"),
        ]
        return [
            allow(described, certificates, "Certificates"),
            allow(_FIREWALLS, firewalls, "Firewalls"),
            allow(_PROTECTION, [everywhere.format("shield", "protection")], "Protection"),
        ]

    def _security_groups(self) -> Sequence[Statement]:
        groups, networks = self._arns("ec2", "security-group/*"), self._arns("ec2", "vpc/*")
        rules = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
        new = {**self._tagged("Request"), "StringEquals": {**self._tagged("Request")["StringEquals"]}}
        new["StringEquals"]["ec2:CreateAction"] = "CreateSecurityGroup"
        return [
            # Also those of the nodes, which load balancers reach.
            allow(rules, groups, "Rules"),
            allow(["ec2:CreateSecurityGroup"], [*groups, *networks], "NewGroup"),
            allow(["ec2:CreateTags"], groups, "TagNewGroup", Condition=new),
            allow(["ec2:CreateTags", "ec2:DeleteTags"], groups, "TagGroup", Condition=self._retagged()),
            allow(["ec2:DeleteSecurityGroup"], groups, "DeleteGroup", Condition=self._tagged("Resource")),
        ]

    def _load_balancers(self) -> Sequence[Statement]:
        service = "elasticloadbalancing"
        made = self._arns(service, "loadbalancer/app/*/*", "loadbalancer/net/*/*", "targetgroup/*/*")
        inside = self._arns(service, "listener/*/*/*/*", "listener-rule/*/*/*/*")
        create = [f"{service}:{action}" for action in ("CreateLoadBalancer", "CreateTargetGroup")]
        targets = [f"{service}:{action}" for action in ("DeregisterTargets", "RegisterTargets")]
        tags = [f"{service}:AddTags", f"{service}:RemoveTags"]
        own, requested = self._tagged("Resource"), self._tagged("Request")
        new = {"StringEquals": {f"{service}:CreateAction": ["CreateLoadBalancer", "CreateTargetGroup"]}}
        new["StringEquals"] |= requested["StringEquals"]
        return [
            allow(create, ["*"], "New", Condition=requested),
            allow([f"{service}:AddTags"], made, "TagNew", Condition=new),
            allow(tags, made, "Tag", Condition=self._retagged()),
            allow([f"{service}:{action}" for action in _CHANGE], ["*"], "Change", Condition=own),
            allow([f"{service}:{action}" for action in _LISTENERS], [*made, *inside], "Listeners"),
            allow(tags, inside, "TagListeners"),
            allow(targets, self._arns(service, "targetgroup/*/*"), "Targets"),
        ]

    def _arns(self, service: str, *resources: str) -> list[str]:
        props = self._cluster.props
        return [arn(service, props.region, props.account, one) for one in resources]

    def _tagged(self, kind: str) -> dict[str, Any]:
        """Return the condition that a request or a resource has the tag of this cluster."""
        return {"StringEquals": {f"aws:{kind}Tag/{_TAG}": self._cluster.props.name}}

    def _retagged(self) -> dict[str, Any]:
        """Return the condition that a resource has the tag of this cluster, and that the request leaves it alone."""
        return {**self._tagged("Resource"), "Null": {f"aws:RequestTag/{_TAG}": "true"}}
