"""The cache in the stack of an environment on AWS."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.kinds.valkey.spec import Valkey, ValkeySettings
from quantacirc_cdk.limits.quantity import gibibytes
from quantacirc_cdk.terraform.interface.cache import CacheProps
from quantacirc_cdk.terraform.names import terraform_name


def create(stack: Any, managed: Managed) -> Any:
    """Add the cache to a stack; return the construct."""
    name, environment = managed.component, stack.site.environment
    settings = stack.site.settings_as(name, ValkeySettings)
    address = terraform_name(name)
    version = stack.variable(
        f"{address}_password_version",
        type="number",
        description=f"Raise it to give {name} a new password, and its secret with it.",
        default=1,
        valid=f"${{var.{address}_password_version >= 1 && var.{address}_password_version % 1 == 0}}",
        expected="The version of the password is a whole number, 1 or more.",
    )
    props = CacheProps(
        name=managed.name,
        **stack.place,
        network=stack.network,
        clients=stack.cluster,
        keys=stack.keys,
        key=name,
        credentials_name=managed.secret.remote if managed.secret else None,
        password_version=version,
        version=settings.version,
        memory_gib=gibibytes(settings.memory),
        eviction=stack.site.component(name, Valkey).eviction,
        high_availability=environment.high_availability,
        backup_retention_days=settings.backup_retention_days,
        recovery_region=stack.cloud.recovery_region if environment.high_availability else None,
        instance_type=settings.instance_type,
    )
    return stack.new("Cache", name, props)


def grant(made: Any, identity: Any) -> None:
    """Let an identity read the credentials."""
    made.grant_connect(identity)


def outputs(made: Any, managed: Managed) -> dict[str, Any]:
    """Return the values of the outputs."""
    output = managed.component.replace("-", "_")
    return {f"{output}_host": made.host, f"{output}_credentials": made.credentials_id}
