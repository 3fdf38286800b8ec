"""Scrape targets of a bus with an exporter, and alerts for its dead letters."""

from collections.abc import Sequence

from quantacirc_cdk.kinds.nats.spec import Nats
from quantacirc_cdk.kinds.nats.users import carried
from quantacirc_cdk.kubernetes.monitoring import ServiceMonitorProps
from quantacirc_cdk.kubernetes.monitoring.platform_rules import dead_letter_rules
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import RuleGroup
from quantacirc_cdk.kubernetes.monitoring.service_monitor import own_matchers
from quantacirc_cdk.kubernetes.nats.stream import UNDELIVERED
from quantacirc_cdk.kubernetes.system.context import Context


def monitors(context: Context, name: str) -> list[ServiceMonitorProps]:
    """Return the ServiceMonitor of its exporter."""
    if not context.component(name, Nats).exporter:
        return []
    return [ServiceMonitorProps(identity=context.component_identity(name))]


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the alert for streams without consumers."""
    found: set[str] = set()
    for name in names:
        if context.component(name, Nats).exporter:
            known, consumers = carried(context, name)
            consumed = {consumer.stream for consumer in consumers}
            found |= {stream.name for stream in known} - consumed | {UNDELIVERED.name}
    return [dead_letter_rules(own_matchers(context.namespace, context.system.name), sorted(found))] if found else []
