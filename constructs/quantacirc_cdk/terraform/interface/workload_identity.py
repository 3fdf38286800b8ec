"""The cloud identity of a Kubernetes service account."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name


@dataclass(frozen=True, kw_only=True)
class WorkloadIdentityProps:
    """An identity without permissions; the ``grant_…`` methods of other constructs add them."""

    name: str
    """Name of the identity in the cloud."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    cluster: ClusterLike
    """Cluster of the service account."""
    namespace: str
    """Kubernetes namespace of the service account."""
    service_account: str
    """Name of the service account."""
    google_account: str | None = None
    """Google Cloud: address of a service account to create, which the pods act as. It logs in to Cloud SQL, where the
    principal of a service account of Kubernetes cannot. The service account of Kubernetes needs the annotation
    ``iam.gke.io/gcp-service-account``.
    """

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        label = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
        rules.matches("namespace", self.namespace, label, "a Kubernetes namespace")
        rules.matches("service_account", self.service_account, label, "a Kubernetes service account")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class CloudGrant:
    """Permissions on existing resources, for ``WorkloadIdentity.allow``."""

    resources: Sequence[str]
    """AWS: ARNs. Google Cloud: relative resource names (``projects/acme/topics/orders``). Azure: resource ids."""
    actions: Sequence[str] = ()
    """AWS: actions of IAM."""
    role: str | None = None
    """Google Cloud and Azure: the role."""

    def digest(self, resource: str) -> str:
        """Return a part of the name of the grant on one resource. It depends on nothing else, so a change of the list
        replaces no other grant.
        """
        return sha256(f"{self.role} {resource}".encode()).hexdigest()[:8]


@dataclass(frozen=True, kw_only=True)
class ExistingWorkloadIdentity:
    """An existing identity; constructs of the stack can grant permissions to it."""

    name: str
    """Prefix for the names of grants to it."""
    identity_id: str
    """The cloud's id: a role's ARN, a principal, a managed identity's resource id."""

    def grant_name(self, purpose: str, *parts: str) -> str:
        """Return the Terraform name of a grant to this identity."""
        return terraform_name(self.name, purpose, *parts)
