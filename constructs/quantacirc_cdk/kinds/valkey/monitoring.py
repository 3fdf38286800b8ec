"""Scrape targets of a cache with an exporter, and alerts for its memory."""

from collections.abc import Sequence

from quantacirc_cdk.kinds.valkey.spec import Valkey
from quantacirc_cdk.kubernetes.monitoring import ServiceMonitorProps
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.service_monitor import own_matchers
from quantacirc_cdk.kubernetes.system.context import Context


def monitors(context: Context, name: str) -> list[ServiceMonitorProps]:
    """Return the ServiceMonitor of its exporter."""
    if not context.component(name, Valkey).exporter:
        return []
    return [ServiceMonitorProps(identity=context.component_identity(name))]


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the alert for caches with full memory, if there is an exporter."""
    seen = sorted(name for name in names if context.component(name, Valkey).exporter)
    if not seen:
        return []
    own = f'{own_matchers(context.namespace, context.system.name)},job=~"{"|".join(seen)}"'
    alert = Alert(
        name="CacheFull",
        expression=f"redis_memory_used_bytes{{{own}}} / (redis_memory_max_bytes{{{own}}} > 0) > 0.95",
        minutes=15,
        severity="warning",
        summary="The memory of {{ $labels.job }} is full.",
        description="By its eviction policy, it refuses writes or evicts keys. Use a larger size, or let keys "
        "expire sooner.",
    )
    return [RuleGroup(name="caches", rules=[alert])]
