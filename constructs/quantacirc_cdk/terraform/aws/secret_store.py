"""Secrets in Secrets Manager."""

from collections.abc import Mapping, Sequence

from quantacirc_cdk.contract.names import remote_secret
from quantacirc_cdk.errors import PropsError, nearest
from quantacirc_cdk.terraform.aws.iam import Statement, allow
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity, grant
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.secret_store import ExistingSecretStore, SecretStoreProps
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide


class SecretStore(Checked, Construct):
    """An empty secret for each name, encrypted with its own key. You set the values; Terraform never does."""

    def __init__(self, scope: Construct, id: str, props: SecretStoreProps) -> None:
        super().__init__(scope, id)
        self.props = props
        for name in props.secrets:
            provide(self, "secret", remote_secret(props.name, name, "aws"))
        self.secrets = {
            name: Resource(
                self,
                "aws_secretsmanager_secret",
                terraform_name(id, name),
                name=remote_secret(props.name, name, "aws"),
                description=description,
                kms_key_id=props.keys.key_id("secrets"),
                recovery_window_in_days=props.deletion_days,
                replica={"region": props.recovery_region, "kms_key_id": props.keys.recovery_key_id("secrets")}
                if props.recovery_region
                else None,
            )
            for name, description in props.secrets.items()
        }

    @staticmethod
    def from_existing(*, secrets: Mapping[str, str], key_id: str | None = None) -> "ExistingSecrets":
        """Return existing secrets, as ARNs by name; creates nothing."""
        return ExistingSecrets(secrets=secrets, key_id=key_id)

    def secret_id(self, name: str) -> str:
        """Return a reference to the ARN of the secret ``name``. Raises ``PropsError`` for an unknown one."""
        if name not in self.secrets:
            raise PropsError(f'{self.props.name}: no secret "{name}", expected {nearest(name, self.secrets)}')
        return self.secrets[name].arn

    def grant_read(self, identity: WorkloadIdentity | ExistingWorkloadIdentity, *names: str) -> None:
        """Allow ``identity`` to read the secrets ``names``, or all if none are given."""
        secrets = [self.secret_id(name) for name in names or self.secrets]
        grant(self, identity, "secrets", _read(secrets, self.props.keys.key_id("secrets")))


class ExistingSecrets(ExistingSecretStore):
    """Existing secrets; their ids are ARNs."""

    def grant_read(self, identity: WorkloadIdentity, *names: str) -> None:
        """Allow ``identity`` to read the secrets ``names``, or all if none are given."""
        secrets = [self.secret_id(name) for name in names or self.secrets]
        identity.grant("secrets", _read(secrets, self.key_id))


def _read(secrets: Sequence[str], key_id: str | None) -> list[Statement]:
    statements = [allow(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], secrets, "Read")]
    return [*statements, allow(["kms:Decrypt"], [key_id], "Key")] if key_id else statements
