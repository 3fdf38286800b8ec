"""What Cluster Autoscaler may do."""

from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.aws.iam import allow, arn, policy
from quantacirc_cdk.terraform.aws.pod_role import scaling_role
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.cluster import Cluster

SERVICE_ACCOUNT = "cluster-autoscaler"

# None of these can be limited to a resource
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html).
_READ = (
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeLaunchConfigurations",
    "autoscaling:DescribeScalingActivities",
    "autoscaling:DescribeTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:GetInstanceTypesFromInstanceRequirements",
)
_SCALE = ("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup")


class NodeAutoscaler(Construct):
    """The role of the pods of ``kube-system/cluster-autoscaler``, through EKS Pod Identity.

    It may change the number of nodes of this cluster's groups, within the bounds of each, and nothing else. Installs
    no pods: the program comes with Helm. Source of the actions:
    https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md.
    """

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        props = cluster.props
        name, role = scaling_role(self, cluster, service_account=SERVICE_ACCOUNT)
        groups = arn("autoscaling", props.region, props.account, "autoScalingGroup:*:autoScalingGroupName/eks-*")
        # EKS sets this tag on the Auto Scaling group of each node group
        # (https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html).
        own = {"StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{props.name}": "owned"}}
        # Labels and taints of a group without nodes are known to EKS only.
        described = arn("eks", props.region, props.account, f"nodegroup/{props.name}/*/*")
        Resource(
            self,
            "aws_iam_role_policy",
            name,
            name="scale-nodes",
            role=role.id,
            policy=policy(
                allow(_READ, ["*"], "Read"),
                allow(["eks:DescribeNodegroup"], [described], "Describe"),
                allow(_SCALE, [groups], "Scale", Condition=own),
            ),
        )
