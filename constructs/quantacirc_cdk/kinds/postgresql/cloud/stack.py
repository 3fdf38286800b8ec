"""The database in the stack of an environment; the same on every cloud."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.kinds.postgresql.spec import PostgresqlSettings
from quantacirc_cdk.limits.quantity import gibibytes
from quantacirc_cdk.terraform.interface import DatabaseProps
from quantacirc_cdk.terraform.names import terraform_name


def create(stack: Any, managed: Managed) -> Any:
    """Add the database to a stack, and its alarms; return the construct."""
    site, name = stack.site, managed.component
    settings, environment = site.settings_as(name, PostgresqlSettings), site.environment
    address = terraform_name(name)
    version = stack.variable(
        f"{address}_password_version",
        type="number",
        description=f"Raise it to give {name} a new password, and its secret with it.",
        default=1,
        valid=f"${{var.{address}_password_version >= 1 && var.{address}_password_version % 1 == 0}}",
        expected="The version of the password is a whole number, 1 or more.",
    )
    props = DatabaseProps(
        name=managed.name,
        **stack.place,
        network=stack.network,
        clients=stack.cluster,
        keys=stack.keys,
        key=name,
        database=address,
        credentials_name=managed.secret.remote if managed.secret else None,
        password_version=version,
        version=settings.version,
        cpu=settings.cpu,
        memory_gib=gibibytes(settings.memory),
        storage_gib=gibibytes(site.storage(name)),
        max_storage_gib=gibibytes(settings.max_storage),
        high_availability=environment.high_availability,
        backup_retention_days=settings.backup_retention_days,
        recovery_region=stack.cloud.recovery_region if environment.high_availability else None,
        deletion_protection=settings.deletion_protection,
        instance_type=settings.instance_type,
    )
    made = stack.new("Database", name, props)
    stack.alarms.watch_database(made)
    return made


def grant(made: Any, identity: Any) -> None:
    """Let an identity read the credentials."""
    made.grant_connect(identity)


def outputs(made: Any, managed: Managed) -> dict[str, Any]:
    """Return the values of the outputs."""
    output = managed.component.replace("-", "_")
    return {f"{output}_host": made.host, f"{output}_credentials": made.credentials_id}
