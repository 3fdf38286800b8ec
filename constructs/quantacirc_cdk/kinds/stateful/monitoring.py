"""Alerts on stateful components."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.system.context import Context


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return what is to be known of them, by kube-state-metrics: pods that are not ready."""
    own = f'namespace="{context.namespace}",statefulset=~"{"|".join(sorted(names))}"'
    alert = Alert(
        name="MembersMissing",
        expression=f"kube_statefulset_status_replicas_ready{{{own}}}\n"
        f"< on (namespace, statefulset) kube_statefulset_replicas{{{own}}}",
        minutes=15,
        severity="warning",
        summary="{{ $labels.statefulset }} has fewer ready pods than it should.",
        description="For a quarter of an hour pods have not become ready: no node has room, their volume is in another "
        "zone or cannot be mounted, the image cannot be pulled, or they wait for each other.",
    )
    return [RuleGroup(name="stateful", rules=[alert])]
