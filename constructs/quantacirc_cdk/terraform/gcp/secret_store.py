"""Secrets in Secret Manager."""

from collections.abc import Mapping

from quantacirc_cdk.contract.names import remote_secret
from quantacirc_cdk.errors import PropsError, nearest
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.secret import grant_access, secret
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.secret_store import ExistingSecretStore, SecretStoreProps
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.stack import provide

LONGEST_NAME = 255


class SecretStore(Checked, Construct):
    """An empty secret for each name, encrypted with its own key. You set the values; Terraform never does.

    Dashes replace the slashes of the prefix, which Secret Manager does not allow. A deleted secret cannot be restored,
    but a destroyed version can, within ``deletion_days``.
    """

    @staticmethod
    def check_props(props: SecretStoreProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        for name in props.secrets:
            if len(remote_secret(props.name, name, "gcp")) > LONGEST_NAME:
                rules.refuse("secrets", f'"{name}" is too long', f"at most {LONGEST_NAME} characters with the prefix")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: SecretStoreProps) -> None:
        super().__init__(scope, id)
        self.props = props
        for name in props.secrets:
            provide(self, "secret", remote_secret(props.name, name, "gcp"))
        self.secrets = {
            name: secret(
                self,
                terraform_name(id, name),
                name=remote_secret(props.name, name, "gcp"),
                description=description,
                region=props.region,
                recovery_region=props.recovery_region,
                keys=props.keys,
                deletion_days=props.deletion_days,
            )
            for name, description in props.secrets.items()
        }

    @staticmethod
    def from_existing(*, secrets: Mapping[str, str], key_id: str | None = None) -> "ExistingSecrets":
        """Return existing secrets, as ids by name; creates nothing.

        Google Cloud needs no ``key_id``.
        """
        return ExistingSecrets(secrets=secrets, key_id=key_id)

    def secret_id(self, name: str) -> str:
        """Return a reference to the id of the secret ``name``. Raises ``PropsError`` for an unknown one."""
        if name not in self.secrets:
            raise PropsError(f'{self.props.name}: no secret "{name}", expected {nearest(name, self.secrets)}')
        return self.secrets[name].id

    def grant_read(self, identity: WorkloadIdentity | ExistingWorkloadIdentity, *names: str) -> None:
        """Allow ``identity`` to read the secrets ``names``, or all if none are given."""
        for name in names or self.secrets:
            grant_access(self, identity.grant_name("secrets", name), self.secret_id(name), identity)


class ExistingSecrets(ExistingSecretStore):
    """Existing secrets; their ids are ``projects/…/secrets/…``."""

    def grant_read(self, identity: WorkloadIdentity, *names: str) -> None:
        """Allow ``identity`` to read the secrets ``names``, or all if none are given."""
        for name in names or self.secrets:
            grant_access(identity, identity.grant_name("secrets", name), self.secret_id(name), identity)
