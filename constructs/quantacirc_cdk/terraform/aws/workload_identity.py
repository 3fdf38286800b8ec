"""The AWS identity of a Kubernetes service account."""

from collections.abc import Sequence

from quantacirc_cdk.limits.clouds import IAM_ROLE
from quantacirc_cdk.terraform.aws.cluster_addons import pod_identity_trust
from quantacirc_cdk.terraform.aws.iam import Statement, allow, arn, policy
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import (
    CloudGrant,
    ExistingWorkloadIdentity,
    WorkloadIdentityProps,
)
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide
from quantacirc_cdk.text.terraform import has_expression


class WorkloadIdentity(Checked, Construct):
    """A role for the pods of one service account through EKS Pod Identity, initially without permissions."""

    @staticmethod
    def check_props(props: WorkloadIdentityProps) -> None:
        """Raise ``PropsError`` for values that AWS refuses."""
        rules = Rules(props.name)
        if len(props.name) > IAM_ROLE and not has_expression(props.name):
            rules.refuse("name", f"a role's name of {len(props.name)} characters", f"at most {IAM_ROLE}")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: WorkloadIdentityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        provide(self, "service account", f"{props.namespace}/{props.service_account}")
        self._name = terraform_name(id)
        cluster = arn("eks", props.region, props.account, f"cluster/{props.cluster.cluster_name}")
        self.role = Resource(
            self,
            "aws_iam_role",
            self._name,
            name=props.name,
            assume_role_policy=pod_identity_trust(props.account, cluster),
        )
        self.identity_id = self.role.arn
        Resource(
            self,
            "aws_eks_pod_identity_association",
            self._name,
            cluster_name=props.cluster.cluster_name,
            namespace=props.namespace,
            service_account=props.service_account,
            role_arn=self.role.arn,
        )

    @staticmethod
    def from_existing(*, name: str, identity_id: str) -> ExistingWorkloadIdentity:
        """Return an existing role with the ARN ``identity_id``; creates nothing.

        Names of its policies begin with ``name``.
        """
        return ExistingWorkloadIdentity(name=name, identity_id=identity_id)

    def grant_name(self, purpose: str, *parts: str) -> str:
        """Return the Terraform name of a grant to this identity."""
        return terraform_name(self._name, purpose, *parts)

    def allow(self, *grants: CloudGrant) -> None:
        """Allow actions on existing resources, in an inline policy called ``access``."""
        self.grant("access", [allow(one.actions, one.resources, f"Access{at}") for at, one in enumerate(grants)])

    def grant(self, purpose: str, statements: Sequence[Statement]) -> None:
        """Allow what ``statements`` say, in an inline policy called ``purpose``."""
        grant(self, self, purpose, statements)


def grant(
    scope: Construct,
    identity: WorkloadIdentity | ExistingWorkloadIdentity,
    purpose: str,
    statements: Sequence[Statement],
) -> None:
    """Allow ``identity`` what ``statements`` say, in an inline policy called ``purpose``."""
    if isinstance(identity, WorkloadIdentity):
        scope, role = identity, identity.role.id
    else:
        role = identity.identity_id.rpartition("/")[2]
    Resource(
        scope,
        "aws_iam_role_policy",
        identity.grant_name(purpose),
        name=purpose,
        role=role,
        policy=policy(*statements),
    )
