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
    same = {one.name: getattr(common, one.name) for one in fields(common)}
    props = StatefulWorkloadProps(
        **{**same, "min_zones": None if common.spread_constraints is not None else context.min_zones(name)},
        claims=pod_claims(context, name),
        peer_ports=component.peer_ports,
        parallel=component.pod_management == "parallel",
        on_delete=component.update.on_delete,
        partition=component.update.partition,
        when_deleted=component.retention.when_deleted,
        when_scaled=component.retention.when_scaled,
    )
    StatefulWorkload(scope, name, props)
