"""Scrape targets of a workload."""

from quantacirc_cdk.kubernetes.monitoring import ServiceMonitorProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.model.facts import metrics, served_ports


def monitors(context: Context, name: str) -> list[ServiceMonitorProps]:
    """Return the ServiceMonitor of its metrics, if it has any."""
    component = context.component(name, Serving)
    found = metrics(context.system, component)
    if found is None:
        return []
    target = served_ports(context.system, component)[found.port]
    return [
        ServiceMonitorProps(
            identity=context.component_identity(name),
            port=target.served[0].name,
            path=found.path,
            interval_seconds=found.interval_seconds,
            labels=found.labels,
        )
    ]
