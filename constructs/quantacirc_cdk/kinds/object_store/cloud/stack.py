"""The bucket in an environment's stack; the same for all clouds."""

from typing import Any

from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.kinds.object_store.spec import ObjectStoreSettings
from quantacirc_cdk.terraform.interface import ObjectStoreProps


def create(stack: Any, managed: Managed) -> Any:
    """Add the bucket to a stack, and return the construct."""
    settings = stack.site.settings_as(managed.component, ObjectStoreSettings)
    props = ObjectStoreProps(
        name=managed.name,
        **stack.place,
        keys=stack.keys,
        key=managed.component,
        container=managed.component,
        retention_days=settings.retention_days,
        cool_after_days=settings.cool_after_days,
        expire_after_days=settings.expire_after_days,
        lock_days=settings.lock_days,
        recovery_region=stack.cloud.recovery_region if settings.replicate else None,
    )
    return stack.new("ObjectStore", managed.component, props)


def grant(made: Any, identity: Any, managed: Managed, client: str) -> None:
    """Allow a client to list, read and write objects: a backup job its own backups, others everything else."""
    prefix = managed.prefixes.get(client)
    if prefix:
        made.grant_read_write(identity, prefixes=[prefix])
    else:
        made.grant_read_write(identity, except_prefixes=sorted(set(managed.prefixes.values())))


def outputs(made: Any, managed: Managed) -> dict[str, Any]:
    """Return the values of the stack's outputs."""
    return {f"{managed.component.replace('-', '_')}_bucket": made.bucket_name}
