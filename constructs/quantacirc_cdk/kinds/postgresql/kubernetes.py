"""Objects of a PostgreSQL database in the cluster."""

from constructs import Construct

from quantacirc_cdk.kubernetes.database import Database, DatabaseProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.stores import store_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its StatefulSet and related objects."""
    Database(scope, name, DatabaseProps(**store_props(context, name), secret=name))
