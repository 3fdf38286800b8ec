"""The cache in an environment's stack; the same for all clouds."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.kinds.store.credentials_stack import grant, outputs, password_version
from quantacirc_cdk.kinds.valkey.spec import Valkey, ValkeySettings
from quantacirc_cdk.limits.quantity import gibibytes
from quantacirc_cdk.terraform.interface.cache import CacheProps

__all__ = ["create", "grant", "outputs"]


def create(stack: Any, managed: Managed) -> Any:
    """Add the cache to a stack, and return the construct."""
    name, environment = managed.component, stack.site.environment
    settings = stack.site.settings_as(name, ValkeySettings)
    props = CacheProps(
        name=managed.name,
        **stack.place,
        network=stack.network,
        clients=stack.cluster,
        keys=stack.keys,
        key=name,
        credentials_name=managed.secret.remote if managed.secret else None,
        password_version=password_version(stack, name, chosen_by_cloud=environment.target != "aws"),
        version=settings.version,
        memory_gib=gibibytes(settings.memory),
        eviction=stack.site.component(name, Valkey).eviction,
        high_availability=environment.high_availability,
        backup_retention_days=settings.backup_retention_days,
        recovery_region=environment.backup_region,
        instance_type=settings.instance_type,
    )
    made = stack.new("Cache", name, props)
    stack.alarms.watch_cache(made)
    return made
