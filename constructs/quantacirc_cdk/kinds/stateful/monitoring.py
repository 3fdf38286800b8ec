"""Alerts for stateful components."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.system.context import Context


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the alerts on pods that are not ready, from the metrics of kube-state-metrics."""
    own = f'namespace="{context.namespace}",statefulset=~"{"|".join(sorted(names))}"'
    alert = Alert(
        name="MembersMissing",
        expression=f"kube_statefulset_status_replicas_ready{{{own}}}\n"
        f"< on (namespace, statefulset) kube_statefulset_replicas{{{own}}}",
        minutes=15,
        severity="warning",
        summary="{{ $labels.statefulset }} has fewer ready pods than replicas.",
        description="Pods have not become ready for 15 minutes: no node has capacity, their volume is in another "
        "zone or cannot be mounted, the image cannot be pulled, or they wait for each other.",
    )
    return [RuleGroup(name="stateful", rules=[alert])]
