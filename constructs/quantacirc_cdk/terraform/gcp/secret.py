"""The common properties of all secrets: in the region and its recovery region, with customer-managed keys."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity, awaited
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.resource import Resource


def secret(
    scope: Construct,
    terraform_name: str,
    *,
    name: str,
    description: str,
    region: str,
    recovery_region: str | None,
    keys: KeyRingLike,
    deletion_days: int,
) -> Resource:
    """Create a secret without a value. Its versions are destroyed ``deletion_days`` after the request."""
    replicas = [(region, keys.key_id("secrets"))]
    if recovery_region:
        replicas.append((recovery_region, keys.recovery_key_id("secrets")))
    return Resource(
        scope,
        "google_secret_manager_secret",
        terraform_name,
        secret_id=name,
        annotations={"description": description},
        replication={
            "user_managed": {
                "replicas": [
                    {"location": location, "customer_managed_encryption": {"kms_key_name": key}}
                    for location, key in replicas
                ]
            }
        },
        version_destroy_ttl=f"{deletion_days * 86400}s",
        depends_on=enable(scope, "secretmanager"),
    )


def grant_access(
    scope: Construct, terraform_name: str, secret_id: str, identity: WorkloadIdentity | ExistingWorkloadIdentity
) -> None:
    """Allow ``identity`` to read the values of one secret."""
    Resource(
        scope,
        "google_secret_manager_secret_iam_member",
        terraform_name,
        secret_id=secret_id,
        role="roles/secretmanager.secretAccessor",
        member=identity.identity_id,
        depends_on=awaited(identity),
    )
