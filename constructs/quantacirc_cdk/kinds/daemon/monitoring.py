"""Alerts for daemons."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.system.context import Context


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the alerts on nodes without a ready pod, from the metrics of kube-state-metrics."""
    own = f'namespace="{context.namespace}",daemonset=~"{"|".join(sorted(names))}"'
    alert = Alert(
        name="NodesWithoutDaemon",
        expression=f"kube_daemonset_status_number_unavailable{{{own}}} > 0",
        minutes=15,
        severity="warning",
        summary="{{ $value }} nodes have no ready pod of {{ $labels.daemonset }}.",
        description="Its pods have not become ready there for 15 minutes: the node has no capacity, a port of "
        "the node is taken, the image cannot be pulled, or the namespace's quota is used up.",
    )
    return [RuleGroup(name="daemons", rules=[alert])]
