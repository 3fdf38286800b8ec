"""The Azure identity of a Kubernetes service account."""

from dataclasses import dataclass

from quantacirc_cdk.terraform.azure.place import AzureResource, assign
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import (
    CloudGrant,
    ExistingWorkloadIdentity,
    WorkloadIdentityProps,
)
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.stack import provide


@dataclass(frozen=True, kw_only=True)
class ExistingAzureWorkloadIdentity(ExistingWorkloadIdentity):
    """An existing managed identity."""

    principal_id: str
    """Its object id in Entra ID, for role assignments."""
    client_id: str
    """Client id, for the annotation of its service account."""


class WorkloadIdentity(Checked, Construct):
    """An identity for the pods of one service account of one cluster, initially without permissions.

    The service account needs the annotation ``azure.workload.identity/client-id`` with ``client_id``, which is known
    only after an apply. Raises ``PropsError`` for a cluster without an OIDC issuer.
    """

    @staticmethod
    def check_props(props: WorkloadIdentityProps) -> None:
        """Raise ``PropsError`` for values that Azure refuses."""
        rules = Rules(props.name)
        rules.matches("name", props.name, r"[A-Za-z0-9][-_A-Za-z0-9]{2,127}", "3 to 128 letters, digits, dashes")
        if not props.cluster.oidc_issuer:
            rules.refuse("cluster", "no OIDC issuer, which identifies the trusted service accounts", "oidc_issuer")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: WorkloadIdentityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        provide(self, "service account", f"{props.namespace}/{props.service_account}")
        self._name = terraform_name(id)
        self.identity = AzureResource(self, "azurerm_user_assigned_identity", self._name, name=props.name)
        self.identity_id = self.identity.id
        self.client_id = self.identity.ref("client_id")
        self.principal_id = self.identity.ref("principal_id")
        AzureResource(
            self,
            "azurerm_federated_identity_credential",
            self._name,
            name="kubernetes",
            user_assigned_identity_id=self.identity.id,
            issuer=props.cluster.oidc_issuer,
            subject=f"system:serviceaccount:{props.namespace}:{props.service_account}",
            audience=["api://AzureADTokenExchange"],
        )

    @staticmethod
    def from_existing(
        *, name: str, identity_id: str, principal_id: str, client_id: str
    ) -> "ExistingAzureWorkloadIdentity":
        """Return an existing managed identity with the resource id ``identity_id``; creates nothing.

        Names of grants to it begin with ``name``.
        """
        return ExistingAzureWorkloadIdentity(
            name=name, identity_id=identity_id, principal_id=principal_id, client_id=client_id
        )

    def allow(self, *grants: CloudGrant) -> None:
        """Assign roles on existing resources."""
        for one in grants:
            for resource in one.resources:
                digest = one.digest(resource)
                assign(self, self.grant_name("access", digest), role=one.role or "", to=self.principal_id, on=resource)

    def grant_name(self, purpose: str, *parts: str) -> str:
        """Return the Terraform name of a grant to this identity."""
        return terraform_name(self._name, purpose, *parts)
