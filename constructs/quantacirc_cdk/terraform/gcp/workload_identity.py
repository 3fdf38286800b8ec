"""The Google Cloud identity of a Kubernetes service account."""

import re

from quantacirc_cdk.limits.check import describe
from quantacirc_cdk.limits.cloud_access import google_resource
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.bucket import part_of_bucket
from quantacirc_cdk.terraform.gcp.services import enable, project_number
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import (
    CloudGrant,
    ExistingWorkloadIdentity,
    WorkloadIdentityProps,
)
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.references import references
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide


class WorkloadIdentity(Checked, Construct):
    """The principal that GKE derives from a service account. Nothing is created, and it has no permissions initially.

    Roles are granted to the principal itself, without a Google service account: there is no account to impersonate, no
    annotation in Kubernetes, and no value that is known only after an apply
    (https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#kubernetes-sa-to-iam). It is the same in
    every cluster of the project, so give each environment its own project.

    With ``google_account``, the pods act as a service account that is created, and permissions are granted to it.
    """

    @staticmethod
    def check_props(props: WorkloadIdentityProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        if props.account.startswith("${"):
            rules.refuse("account", "a reference", "the id of the project, which names the identity pool")
        if props.google_account is not None:
            address = rf"[a-z][-a-z0-9]{{4,28}}[a-z0-9]@{re.escape(props.account)}\.iam\.gserviceaccount\.com"
            expected = "the address of a service account in the project, with 6 to 30 characters before the @"
            rules.matches("google_account", props.google_account, address, expected)
        rules.check()

    def __init__(self, scope: Construct, id: str, props: WorkloadIdentityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        provide(self, "service account", f"{props.namespace}/{props.service_account}")
        self._name = terraform_name(id)
        self.ready = sorted({reference.address for reference in references(props.cluster.cluster_name)})
        """Dependency of grants: the first cluster of a project creates its identity pool."""
        pool = f"projects/{project_number(self)}/locations/global/workloadIdentityPools/{props.account}.svc.id.goog"
        self.identity_id = (
            f"principal://iam.googleapis.com/{pool}/subject/ns/{props.namespace}/sa/{props.service_account}"
        )
        self.account: Resource | None = None
        """The service account that its pods act as, with ``google_account``."""
        if props.google_account:
            self.identity_id = self._act_as(props.google_account)

    def _act_as(self, address: str) -> str:
        """Create the service account that pods act as, and return its member id."""
        self.account = account = Resource(
            self,
            "google_service_account",
            self._name,
            account_id=address.partition("@")[0],
            display_name=self.props.name,
            depends_on=enable(self, "iam"),
        )
        Resource(
            self,
            "google_service_account_iam_member",
            self._name,
            service_account_id=account.ref("name"),
            role="roles/iam.workloadIdentityUser",
            member=self.identity_id,
            depends_on=self.ready,
        )
        self.ready = [*self.ready, account.address]
        return account.ref("member")

    @staticmethod
    def from_existing(*, name: str, identity_id: str) -> ExistingWorkloadIdentity:
        """Return an existing principal (``principal://…``, ``serviceAccount:…``); creates nothing.

        Names of grants to it begin with ``name``.
        """
        return ExistingWorkloadIdentity(name=name, identity_id=identity_id)

    def allow(self, *grants: CloudGrant) -> None:
        """Grant roles on existing resources. Raises ``PropsError`` for a kind of resource that is not known here."""
        rules = Rules(self.props.name)
        for one in grants:
            for resource in one.resources:
                if found := google_resource(resource):
                    self._bind(one, resource, *found)
                else:
                    rules.refuse("resources", describe(resource), "a project, bucket, topic, secret, dataset or queue")
        rules.check()

    def _bind(self, grant: CloudGrant, resource: str, kind: str, arguments: dict[str, str]) -> None:
        prefix = arguments.pop("prefix", None)
        condition = part_of_bucket(arguments["bucket"], [prefix.rstrip("/")], ()) if prefix else None
        Resource(
            self,
            kind,
            self.grant_name("access", grant.digest(resource)),
            **arguments,
            role=grant.role,
            member=self.identity_id,
            condition=condition,
            depends_on=self.ready,
        )

    def grant_name(self, purpose: str, *parts: str) -> str:
        """Return the Terraform name of a grant to this identity."""
        return terraform_name(self._name, purpose, *parts)


def awaited(identity: WorkloadIdentity | ExistingWorkloadIdentity) -> list[str]:
    """Return the dependencies of a grant to ``identity``."""
    return identity.ready if isinstance(identity, WorkloadIdentity) else []
