"""What Prometheus scrapes (https://prometheus-operator.dev/docs/api-reference/api/)."""

import re
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import Labels, PortName, Positive, PositiveSeconds, ProbePath


@dataclass(frozen=True, kw_only=True)
class ServiceMonitorProps:
    """The metrics of one workload."""

    identity: Identity
    """Whose Service leads to the pods; the ``job`` label of the metrics is its name."""
    port: PortName = "metrics"
    """Name of the Service's port."""
    path: ProbePath = "/metrics"
    interval_seconds: PositiveSeconds = 30
    """Seconds between two scrapes; alerts look at no less than ten of them."""
    labels: Labels = field(default_factory=dict)
    """Labels of the ServiceMonitor besides the identity's, such as the ``release`` that a Prometheus selects by."""
    samples: Positive = 20_000
    """Samples of one scrape above which it fails: one label with too many values must not take Prometheus down."""


def service_monitor_spec(props: ServiceMonitorProps) -> Data:
    """Return the ``spec``: every pod once, by the Service that has the identity's own name.

    A headless Service with the same labels would have each pod scraped twice.
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
    }


class ServiceMonitor(Manifest):
    """A ServiceMonitor named after its identity, for the namespace it is in."""

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
