"""The objects of a stateful component."""

from dataclasses import fields

from constructs import Construct

from quantacirc_cdk.kinds.stateful.spec import Stateful
from quantacirc_cdk.kubernetes.stateful_workload import StatefulWorkload, StatefulWorkloadProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.files import pod_claims
from quantacirc_cdk.kubernetes.system.workloads import workload_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its StatefulSet and related objects."""
    component, common = context.component(name, Stateful), workload_props(context, name)
    props = StatefulWorkloadProps(
        **{one.name: getattr(common, one.name) for one in fields(common)},
        claims=pod_claims(context, name),
        peer_ports=component.peer_ports,
        parallel=component.pod_management == "parallel",
        on_delete=component.update.on_delete,
        partition=component.update.partition,
        when_deleted=component.retention.when_deleted,
        when_scaled=component.retention.when_scaled,
    )
    StatefulWorkload(scope, name, props)
