"""Alerts on daemons."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.system.context import Context


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return what is to be known of them, by kube-state-metrics: nodes without a pod that works."""
    own = f'namespace="{context.namespace}",daemonset=~"{"|".join(sorted(names))}"'
    alert = Alert(
        name="NodesWithoutDaemon",
        expression=f"kube_daemonset_status_number_unavailable{{{own}}} > 0",
        minutes=15,
        severity="warning",
        summary="{{ $value }} nodes have no working pod of {{ $labels.daemonset }}.",
        description="For a quarter of an hour its pods have not become ready there: the node has no room, a port of "
        "the node is taken, the image cannot be pulled, or the namespace's quota holds no more pods.",
    )
    return [RuleGroup(name="daemons", rules=[alert])]
