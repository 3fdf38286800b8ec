"""The objects of a daemon."""

from dataclasses import fields

from constructs import Construct

from quantacirc_cdk.kinds.daemon.spec import Daemon
from quantacirc_cdk.kubernetes.daemon_workload import DaemonWorkload, DaemonWorkloadProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.workloads import workload_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its DaemonSet and related objects."""
    component, common = context.component(name, Daemon), workload_props(context, name)
    props = DaemonWorkloadProps(
        **{one.name: getattr(common, one.name) for one in fields(common)},
        on_delete=component.update.on_delete,
        nodes=component.nodes(context, name),
    )
    DaemonWorkload(scope, name, props)
