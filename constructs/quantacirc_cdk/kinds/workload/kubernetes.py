"""The objects of a workload."""

from constructs import Construct

from quantacirc_cdk.kubernetes.agent_service import AgentService
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.workloads import workload_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its Deployment and related objects."""
    AgentService(scope, name, workload_props(context, name))
