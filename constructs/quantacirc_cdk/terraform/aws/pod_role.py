"""Roles of programs in ``kube-system`` that manage what belongs to a cluster."""

from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.aws.cluster_addons import pod_identity_trust
from quantacirc_cdk.terraform.aws.iam import arn
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.aws.cluster import Cluster

NAMESPACE = "kube-system"


def scaling_role(scope: Construct, cluster: "Cluster", *, service_account: str) -> tuple[str, Resource]:
    """Create the role of the pods that scale a cluster's nodes; return the name of its resources, and the role."""
    return pod_role(scope, cluster, key="node-autoscaler", suffix="scaling", service_account=service_account)


def pod_role(
    scope: Construct, cluster: "Cluster", *, key: str, suffix: str, service_account: str
) -> tuple[str, Resource]:
    """Create a role without permissions for a service account of ``kube-system``, through EKS Pod Identity.

    Returns the name of its resources, and the role. ``suffix`` is no longer than those of the cluster's other roles, of
    which IAM takes 64 characters.
    """
    props = cluster.props
    name = terraform_name(cluster.cluster.name, key)
    role = Resource(
        scope,
        "aws_iam_role",
        name,
        name=f"{props.name}-{suffix}",
        assume_role_policy=pod_identity_trust(
            props.account, arn("eks", props.region, props.account, f"cluster/{props.name}")
        ),
    )
    Resource(
        scope,
        "aws_eks_pod_identity_association",
        name,
        cluster_name=cluster.cluster_name,
        namespace=NAMESPACE,
        service_account=service_account,
        role_arn=role.arn,
    )
    return name, role
