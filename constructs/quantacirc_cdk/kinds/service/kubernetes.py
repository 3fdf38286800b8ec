"""The objects of a service."""

from constructs import Construct

from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.workloads import workload_props
from quantacirc_cdk.kubernetes.web_service import WebService


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its Deployment and related objects."""
    WebService(scope, name, workload_props(context, name))
