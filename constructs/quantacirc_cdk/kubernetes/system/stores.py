"""What every store in the cluster has, as props."""

from typing import Any

from quantacirc_cdk.kubernetes.system.context import Context


def store_props(context: Context, name: str) -> dict[str, Any]:
    """Return the props of a store in the cluster that the props of every kind of store have."""
    return {
        "identity": context.component_identity(name),
        "image": context.component_image(name),
        "storage": context.storage(name),
        "storage_class": context.storage_class,
        "data_path": context.data_path(name),
        "resources": context.resources(name),
        "user_id": context.system.container.user_id,
        "priority_class": context.tier(name),
    }
