"""User of a database, with a password that only Secret Manager stores."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.secret import secret
from quantacirc_cdk.terraform.interface.database import DatabaseProps, hosts_value
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.password_version import shared_version
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import provide, stack_of
from quantacirc_cdk.text.terraform import bare

RANDOM = {"source": "hashicorp/random", "version": ">= 3.7.0, < 4.0.0"}
"""The first version that generates passwords without storing them in the state."""


def keep_read_hosts(scope: Construct, name: str, database: DatabaseProps, hosts: Sequence[str]) -> str | None:
    """Write the hosts to read from; return the id of their secret, or None if it has no name."""
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
        "google_secret_manager_secret_version",
        f"{name}_read_hosts",
        secret=kept.id,
        # No secret value, so that a change of the hosts is one of the value.
        secret_data=hosts_value(hosts),
    )
    return kept.id


def _secret(scope: Construct, terraform_name: str, *, name: str, description: str, database: DatabaseProps) -> Resource:
    provide(scope, "secret", name)
    return secret(
        scope,
        terraform_name,
        name=name,
        description=description,
        region=database.region,
        recovery_region=database.recovery_region,
        keys=database.keys,
        deletion_days=30,
    )


class DatabaseCredentials(Construct):
    """A user, and a secret with the credentials for clients, as JSON.

    The password is ephemeral: Terraform generates it and passes it to both without storing it in its state or plans
    (https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only).
    """

    def __init__(self, scope: Construct, id: str, *, database: DatabaseProps, instance: Resource, host: str) -> None:
        super().__init__(scope, id)
        name = instance.name
        stack = stack_of(self)
        stack.add_override("terraform.required_providers.random", RANDOM)
        stack.add_override("ephemeral.random_password", {name: {"length": 40, "special": False}})
        password = f"ephemeral.random_password.{name}.result"
        # Secret Manager replaces a secret whose regions change.
        places = (database.name, database.credentials, database.region, database.recovery_region)
        version = shared_version(self, f"{name}_password", database.password_version, *places)
        user = Resource(
            self,
            "google_sql_user",
            name,
            name=database.database,
            instance=instance.ref("name"),
            type="BUILT_IN",
            password_wo=f"${{{password}}}",
            password_wo_version=version,
            # A user that owns tables cannot be dropped; it is deleted with the instance.
            deletion_policy="ABANDON",
            lifecycle=replaced_with(instance.address),
        )
        self.secret = _secret(
            self,
            f"{name}_credentials",
            name=database.credentials,
            description=f"User and password of {database.name}",
            database=database,
        )
        Resource(
            self,
            "google_secret_manager_secret_version",
            f"{name}_credentials",
            secret=self.secret.id,
            secret_data_wo=f"${{jsonencode({{username = {user.address}.name, password = {password}, "
            f'host = {bare(host)}, port = 5432, dbname = "{database.database}"}})}}',
            secret_data_wo_version=version,
            lifecycle=replaced_with(instance.address),
        )


def as_expression(value: int | str) -> str:
    """Return a number as an expression; an expression is returned unchanged."""
    return value if isinstance(value, str) else f"${{{value}}}"
