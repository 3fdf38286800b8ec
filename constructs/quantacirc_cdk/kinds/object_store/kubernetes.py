"""Objects of an object store: a server in the cluster, or the address of the cloud's bucket for clients."""

from constructs import Construct

from quantacirc_cdk.kubernetes.object_store import ObjectStore, ObjectStoreProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.stores import store_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its StatefulSet and related objects."""
    ObjectStore(scope, name, ObjectStoreProps(**store_props(context, name), secret=name))
