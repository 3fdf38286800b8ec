"""The database in an environment's stack; the same for all clouds."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.kinds.postgresql.spec import PostgresqlSettings
from quantacirc_cdk.kinds.store.credentials_stack import outputs, password_version
from quantacirc_cdk.limits.quantity import gibibytes
from quantacirc_cdk.terraform.interface import DatabaseProps
from quantacirc_cdk.terraform.names import terraform_name

__all__ = ["create", "grant", "outputs"]


def create(stack: Any, managed: Managed) -> Any:
    """Add the database and its alarms to a stack, and return the construct."""
    site, name = stack.site, managed.component
    settings, environment = site.settings_as(name, PostgresqlSettings), site.environment
    disk: dict[str, Any] = {}
    if not settings.aurora:
        disk = {"storage_gib": gibibytes(site.storage(name)), "max_storage_gib": gibibytes(settings.max_storage)}
    props = DatabaseProps(
        name=managed.name,
        **stack.place,
        network=stack.network,
        clients=stack.cluster,
        keys=stack.keys,
        key=name,
        database=terraform_name(name),
        credentials_name=managed.secret.remote if managed.secret else None,
        read_hosts_name=next(iter(managed.secret.others), None) if managed.secret else None,
        read_replicas=settings.read_replicas,
        password_version=password_version(stack, name),
        version=settings.version,
        upgrade=_upgrade(stack, name) if environment.target == "azure" else "",
        cpu=settings.cpu,
        memory_gib=gibibytes(settings.memory),
        **disk,
        high_availability=environment.high_availability,
        backup_retention_days=settings.backup_retention_days,
        recovery_region=environment.backup_region,
        restore_from=settings.restore_from,
        restore_time=settings.restore_time,
        restore_region=settings.restore_region,
        deletion_protection=settings.protected(site),
        blue_green=settings.blue_green,
        private_service_connect=settings.private_service_connect,
        instance_type=settings.instance_type,
    )
    made = stack.new("AuroraDatabase" if settings.aurora else "Database", name, props)
    stack.alarms.watch_database(made)
    return made


def grant(made: Any, identity: Any, managed: Managed, client: str) -> None:
    """Allow a client to log in with a token, and External Secrets to read the administrator's credentials."""
    if client in managed.logins:
        made.grant_login(identity, managed.logins[client])
    else:
        made.grant_connect(identity)


def _upgrade(stack: Any, name: str) -> str:
    """Return the variable that is true for the apply that upgrades the server."""
    return str(
        stack.variable(
            f"{terraform_name(name)}_upgrade",
            type="bool",
            description=f"Set it to true for the apply that raises the major version of {name}.",
            default=False,
        )
    )
