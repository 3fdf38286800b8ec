"""Credentials of a database; only the database and Secrets Manager store the password."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.database import DatabaseProps, hosts_value
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.password_version import shared_version
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide, stack_of
from quantacirc_cdk.text.terraform import bare

USER = "postgres"


def keep_read_hosts(scope: Construct, name: str, database: DatabaseProps, hosts: Sequence[str]) -> str | None:
    """Write the hosts to read from; return a reference to the ARN of their secret, or None if it has no name."""
    if not database.read_hosts_name:
        return None
    kept = _secret(
        scope,
        f"{name}_read_hosts",
        name=database.read_hosts_name,
        description=f"Hosts to read from of {database.name}",
        database=database,
    )
    Resource(
        scope,
        "aws_secretsmanager_secret_version",
        f"{name}_read_hosts",
        secret_id=kept.id,
        # No secret value, so that a change of the hosts is one of the value.
        secret_string=hosts_value(hosts),
    )
    return kept.arn


def _secret(scope: Construct, terraform_name: str, *, name: str, description: str, database: DatabaseProps) -> Resource:
    replica = None
    if database.recovery_region:
        replica = {"region": database.recovery_region, "kms_key_id": database.keys.recovery_key_id("secrets")}
    provide(scope, "secret", name)
    return Resource(
        scope,
        "aws_secretsmanager_secret",
        terraform_name,
        name=name,
        description=description,
        kms_key_id=database.keys.key_id("secrets"),
        recovery_window_in_days=30,
        replica=replica,
    )


class DatabaseCredentials(Construct):
    """A secret with the credentials for clients, as JSON, under a name that is known before an apply.

    The password is ephemeral: AWS generates it, and Terraform passes it to the database and the secret without storing
    it in its state or plans (https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only). RDS
    can manage a secret itself, but its name is known only after an apply, and its weekly rotation would lock out every
    pod until its copy is refreshed. Here, ``password_version`` controls the rotation.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, database: DatabaseProps) -> None:
        super().__init__(scope, id)
        self._name, self._database = name, database
        # RDS refuses some punctuation characters; 40 letters and digits have 238 bits.
        password = {"password_length": 40, "exclude_punctuation": True}
        stack_of(self).add_override("ephemeral.aws_secretsmanager_random_password", {name: password})
        self._password = f"ephemeral.aws_secretsmanager_random_password.{name}.random_password"
        self.password = f"${{{self._password}}}"
        self.version = shared_version(
            self, f"{name}_password", database.password_version, database.name, database.credentials
        )
        self.secret = _secret(
            self,
            f"{name}_credentials",
            name=database.credentials,
            description=f"Address, user and password of {database.name}",
            database=database,
        )

    def keep(self, *, host: str, port: int, owner: Resource) -> str:
        """Write the credentials of ``owner``, again when it is replaced; return a reference to the ARN of their
        secret.
        """
        address = bare(host)
        Resource(
            self,
            "aws_secretsmanager_secret_version",
            f"{self._name}_credentials",
            secret_id=self.secret.id,
            secret_string_wo=f'${{jsonencode({{username = "{USER}", password = {self._password}, host = {address}, '
            f'port = {port}, dbname = "{self._database.database}"}})}}',
            secret_string_wo_version=self.version,
            lifecycle=replaced_with(owner.address),
        )
        return self.secret.arn
