"""Common props of stores in the cluster."""

from typing import Any

from quantacirc_cdk.kubernetes.system.context import Context


def store_props(context: Context, name: str) -> dict[str, Any]:
    """Return the props that all kinds of stores in the cluster have."""
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
