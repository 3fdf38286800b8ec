"""Scrape targets of a workload."""

from quantacirc_cdk.kubernetes.monitoring import ServiceMonitorProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.component import Serving
from quantacirc_cdk.model.facts import metrics


def monitors(context: Context, name: str) -> list[ServiceMonitorProps]:
    """Return the ServiceMonitor of its metrics, if it has any."""
    found = metrics(context.system, context.component(name, Serving))
    if found is None:
        return []
    return [
        ServiceMonitorProps(
            identity=context.component_identity(name),
            port=found.port,
            path=found.path,
            interval_seconds=found.interval_seconds,
            labels=found.labels,
        )
    ]
