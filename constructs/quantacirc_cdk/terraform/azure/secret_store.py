"""Secrets in a key vault."""

from collections.abc import Mapping

from quantacirc_cdk.contract.names import remote_secret
from quantacirc_cdk.errors import PropsError, nearest
from quantacirc_cdk.terraform.azure.names import check_pair
from quantacirc_cdk.terraform.azure.place import assign
from quantacirc_cdk.terraform.azure.secret import secret, secret_id
from quantacirc_cdk.terraform.azure.workload_identity import ExistingAzureWorkloadIdentity, WorkloadIdentity
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.secret_store import ExistingSecretStore, SecretStoreProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.stack import provide

LONGEST_NAME = 127
UNSET = "not set yet"


class SecretStore(Checked, Construct):
    """A secret for each name. You set the values; Terraform never does.

    Azure has no empty secrets, so each begins with the text ``not set yet``, which Terraform writes once. Dashes
    replace the slashes of the prefix. The vault retains deleted secrets for 90 days, or ``deletion_days`` if more.
    """

    @staticmethod
    def check_props(props: SecretStoreProps) -> None:
        """Raise ``PropsError`` for values that Azure refuses."""
        rules = Rules(props.name)
        for name in props.secrets:
            if len(remote_secret(props.name, name, "azure")) > LONGEST_NAME:
                rules.refuse("secrets", f'"{name}" is too long', f"at most {LONGEST_NAME} characters with the prefix")
        check_pair(rules, props.region, props.recovery_region, "vaults")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: SecretStoreProps) -> None:
        super().__init__(scope, id)
        self.props = props
        for name in props.secrets:
            provide(self, "secret", remote_secret(props.name, name, "azure"))
        self.secrets = {
            name: secret(
                self,
                terraform_name(id, name),
                name=remote_secret(props.name, name, "azure"),
                value=UNSET,
                version=1,
                description=description,
            )
            for name, description in props.secrets.items()
        }

    @staticmethod
    def from_existing(*, secrets: Mapping[str, str], key_id: str | None = None) -> "ExistingSecrets":
        """Return existing secrets, as resource ids by name; creates nothing.

        Azure needs no ``key_id``.
        """
        return ExistingSecrets(secrets=secrets, key_id=key_id)

    def secret_id(self, name: str) -> str:
        """Return a reference to the id of the secret ``name``. Raises ``PropsError`` for an unknown one."""
        self._check(name)
        return self.secrets[name].ref("versionless_id")

    def grant_read(self, identity: WorkloadIdentity | ExistingAzureWorkloadIdentity, *names: str) -> None:
        """Allow ``identity`` to read the secrets ``names``, or all if none are given."""
        for name in names or self.secrets:
            self._check(name)
            assign(
                self,
                identity.grant_name("secrets", name),
                role="Key Vault Secrets User",
                to=identity.principal_id,
                on=secret_id(self, remote_secret(self.props.name, name, "azure")),
            )

    def _check(self, name: str) -> None:
        if name not in self.secrets:
            raise PropsError(f'{self.props.name}: no secret "{name}", expected {nearest(name, self.secrets)}')


class ExistingSecrets(ExistingSecretStore):
    """Existing secrets; their ids are resource ids, for role assignments."""

    def grant_read(self, identity: WorkloadIdentity, *names: str) -> None:
        """Allow ``identity`` to read the secrets ``names``, or all if none are given."""
        for name in names or self.secrets:
            assign(
                identity,
                identity.grant_name("secrets", name),
                role="Key Vault Secrets User",
                to=identity.principal_id,
                on=self.secret_id(name),
            )
