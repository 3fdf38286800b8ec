"""User of a database, with a password that only the vault of secrets stores."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.azure.place import place_of
from quantacirc_cdk.terraform.azure.secret import secret, secret_id
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.database import DatabaseProps, hosts_value
from quantacirc_cdk.terraform.password_version import shared_version
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide, stack_of
from quantacirc_cdk.text.terraform import bare

RANDOM = {"source": "hashicorp/random", "version": ">= 3.7.0, < 4.0.0"}
"""The first version that generates passwords without storing them in the state."""


def keep_read_hosts(scope: Construct, name: str, database: DatabaseProps, hosts: Sequence[str]) -> str | None:
    """Write the hosts to read from; return the id of their secret for role assignments, or None if it has no name."""
    if not database.read_hosts_name:
        return None
    provide(scope, "secret", database.read_hosts_name)
    secret(
        scope,
        f"{name}_read_hosts",
        name=database.read_hosts_name,
        value=hosts_value(hosts),
        version=None,
        description=f"Hosts to read from of {database.name}",
    )
    return secret_id(scope, database.read_hosts_name)


class DatabaseCredentials(Construct):
    """An administrator, and a secret with the credentials for clients, as JSON.

    The password is ephemeral: Terraform generates it and passes it to both without storing it in its state or plans
    (https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only).
    """

    def __init__(self, scope: Construct, id: str, *, name: str, database: DatabaseProps) -> None:
        super().__init__(scope, id)
        self._name, self._database = name, database
        vault = place_of(scope).name
        self.version = shared_version(
            self, f"{name}_password", database.password_version, database.name, database.credentials, vault
        )
        provide(self, "secret", database.credentials)
        stack = stack_of(self)
        stack.add_override("terraform.required_providers.random", RANDOM)
        # Azure requires three of four types of characters.
        rules = {"length": 40, "special": False, "min_lower": 1, "min_upper": 1, "min_numeric": 1}
        stack.add_override("ephemeral.random_password", {name: rules})
        self._password = f"ephemeral.random_password.{name}.result"
        self.password = f"${{{self._password}}}"
        self.user = database.database
        self.secret: Resource | None = None

    def keep(self, *, host: str, port: int, owner: Resource) -> str:
        """Write the credentials of ``owner`` to the vault, again when it is replaced; return a reference to their
        id.
        """
        address = bare(host)
        self.secret = secret(
            self,
            f"{self._name}_credentials",
            name=self._database.credentials,
            value=f'${{jsonencode({{username = "{self.user}", password = {self._password}, host = {address}, '
            f'port = {port}, dbname = "{self._database.database}"}})}}',
            version=self.version,
            description=f"User and password of {self._database.name}",
            owner=owner,
        )
        return self.secret.ref("versionless_id")

    @property
    def resource_id(self) -> str:
        """Id for role assignments on the secret."""
        return secret_id(self, self._database.credentials)
