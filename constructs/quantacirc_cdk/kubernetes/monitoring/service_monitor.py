"""ServiceMonitor: scrape targets of Prometheus (https://prometheus-operator.dev/docs/api-reference/api/)."""

import re
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import DnsLabel, Labels, Positive, PositiveSeconds, ProbePath

INSTANCE_LABEL = "app.kubernetes.io/instance"
INSTANCE = "app_kubernetes_io_instance"
"""The label of the Service that every series gets, as Prometheus writes it: it tells releases in a namespace apart."""


def own_matchers(namespace: str, instance: str) -> str:
    """Return the matchers of the series that are scraped from an instance of a system."""
    return f'namespace="{namespace}",{INSTANCE}="{instance}"'


@dataclass(frozen=True, kw_only=True)
class ServiceMonitorProps:
    """Scrape settings of one workload."""

    identity: Identity
    """Identity of the scraped Service; its name is the ``job`` label of the metrics."""
    port: DnsLabel = "metrics"
    """Name of the Service's port."""
    path: ProbePath = "/metrics"
    interval_seconds: PositiveSeconds = 30
    """Seconds between two scrapes. Alerts evaluate at least ten scrapes."""
    labels: Labels = field(default_factory=dict)
    """Additional labels of the ServiceMonitor, such as the ``release`` that a Prometheus selects."""
    samples: Positive = 20_000
    """Maximum number of samples per scrape; above it, the scrape fails, so that a label with too many values cannot
    overload Prometheus.
    """


def service_monitor_spec(props: ServiceMonitorProps) -> Data:
    """Return the ``spec``: scrape each pod once, through the Service with the identity's name.

    Without this restriction, a headless Service with the same labels would have each pod scraped twice.
    """
    own = {
        "action": "keep",
        "regex": re.escape(props.identity.name),
        "sourceLabels": ["__meta_kubernetes_service_name"],
    }
    endpoint = {
        "honorLabels": False,
        "interval": f"{props.interval_seconds}s",
        "path": props.path,
        "port": props.port,
        "relabelings": [own],
        "scrapeTimeout": f"{max(1, props.interval_seconds // 3)}s",
    }
    return {
        "endpoints": [endpoint],
        "jobLabel": "app.kubernetes.io/name",
        "sampleLimit": props.samples,
        "selector": {"matchLabels": props.identity.selector},
        "targetLabels": [INSTANCE_LABEL],
    }


class ServiceMonitor(Manifest):
    """A ServiceMonitor named after its identity, for its own namespace."""

    def __init__(self, scope: Construct, id: str, props: ServiceMonitorProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="monitoring.coreos.com/v1",
            kind="ServiceMonitor",
            name=props.identity.name,
            labels={**props.identity.labels, **props.labels},
            spec=service_monitor_spec(props),
        )
