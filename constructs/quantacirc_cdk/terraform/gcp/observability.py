"""Alarms, in Cloud Monitoring, and a budget."""

from collections.abc import Sequence
from typing import Any, NoReturn

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.audit_trail import AuditTrail
from quantacirc_cdk.terraform.gcp.budget import declare_budget
from quantacirc_cdk.terraform.gcp.cache import Cache
from quantacirc_cdk.terraform.gcp.cluster import Cluster
from quantacirc_cdk.terraform.gcp.database import Database
from quantacirc_cdk.terraform.gcp.network import Network
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.observability import LATE_SECONDS, ExistingObservability, ObservabilityProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_SECONDS = 900
_DATABASE_ALARMS = {
    "cpu": (0.85, "CPU above 85 % for 15 minutes"),
    "memory": (0.9, "less than a tenth of the memory free"),
    "disk": (0.9, "less than a tenth of the disk free: it cannot grow any more"),
}
_MEAN: dict[str, Any] = {"per_series_aligner": "ALIGN_MEAN"}
# CPU seconds a second of the thread that serves commands, on each node, in the kernel and outside
# (https://cloud.google.com/memorystore/docs/redis/monitoring-metrics).
_RATE: dict[str, Any] = {
    "per_series_aligner": "ALIGN_RATE",
    "cross_series_reducer": "REDUCE_SUM",
    "group_by_fields": ["resource.label.node_id"],
}
_CACHE_ALARMS = {
    "cpu": ("cpu_utilization_main_thread", 0.85, "CPU of the engine above 85 % for 15 minutes", _RATE),
    "memory": ("memory/usage_ratio", 0.9, "less than a tenth of the memory free", _MEAN),
}
# https://cloud.google.com/monitoring/api/metrics_kubernetes
_NODE_ALARMS: dict[str, tuple[str, float, str, dict[str, Any]]] = {
    "ready": (
        'status_condition" AND metric.labels.condition = "Ready" AND metric.labels.status != "True"',
        0.5,
        "a node has not been ready for 15 minutes",
        {"per_series_aligner": "ALIGN_FRACTION_TRUE"},
    ),
    "cpu": (
        'cpu/allocatable_utilization"',
        0.9,
        "CPU of the nodes together above 90 % for 15 minutes",
        {"per_series_aligner": "ALIGN_MEAN", "cross_series_reducer": "REDUCE_MEAN"},
    ),
    "memory": (
        'memory/allocatable_utilization" AND metric.labels.memory_type = "non-evictable"',
        0.9,
        "less than a tenth of the memory of a node free",
        _MEAN,
    ),
}


class Observability(Checked, Construct):
    """A notification channel that mails every owner, and the budget of the project. Cloud Monitoring encrypts only with
    Google's keys.
    """

    def __init__(self, scope: Construct, id: str, props: ObservabilityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._monitoring = enable(self, "monitoring")
        self.channels = [
            Resource(
                self,
                "google_monitoring_notification_channel",
                terraform_name(self._name, str(index)),
                display_name=f"{props.name}: {owner}",
                type="email",
                labels={"email_address": owner},
                depends_on=self._monitoring,
            )
            for index, owner in enumerate(props.owners, start=1)
        ]
        if props.budget:
            declare_budget(self, self._name, props, props.budget, [channel.ref("name") for channel in self.channels])

    @staticmethod
    def check_props(props: ObservabilityProps) -> None:
        """Raise ``PropsError`` for a budget that Google Cloud refuses."""
        props.check_budget("gcp")

    @staticmethod
    def from_existing(*, name: str, targets: Sequence[str]) -> "ExistingAlarms":
        """Return existing notification channels, with their names in ``targets``."""
        return ExistingAlarms(name=name, targets=targets)

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database`` and its replicas, for late replicas, and
        for missing metrics.
        """
        _watch(self, database, self.props.name, [channel.ref("name") for channel in self.channels])

    def watch_cache(self, cache: Cache) -> None:
        """Create alarms for the CPU of ``cache`` and, unless it evicts keys, for its memory."""
        _watch_cache(self, cache, self.props.name, [channel.ref("name") for channel in self.channels])

    def watch_network(self, network: Network) -> None:
        """Create an alarm for the gateway of ``network`` when it has no ports for new connections."""
        _watch_network(self, network, self.props.name, [channel.ref("name") for channel in self.channels])

    def watch_cluster(self, cluster: Cluster) -> None:
        """Create alarms for nodes of ``cluster`` that are not ready, or have little CPU or memory left. The nodes of an
        Autopilot cluster are Google's, and have none.
        """
        _watch_cluster(self, cluster, self.props.name, [channel.ref("name") for channel in self.channels])

    def watch_threats(self, trail: AuditTrail) -> NoReturn:
        """Raise ``PropsError``: Security Command Center belongs to the organization, and so do its notifications."""
        _no_threats(trail)


class ExistingAlarms(ExistingObservability):
    """Existing notification channels."""

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database`` and its replicas, for late replicas, and
        for missing metrics.
        """
        _watch(database, database, self.name, self.targets)

    def watch_cache(self, cache: Cache) -> None:
        """Create alarms for the CPU of ``cache`` and, unless it evicts keys, for its memory."""
        _watch_cache(cache, cache, self.name, self.targets)

    def watch_network(self, network: Network) -> None:
        """Create an alarm for the gateway of ``network`` when it has no ports for new connections."""
        _watch_network(network, network, self.name, self.targets)

    def watch_cluster(self, cluster: Cluster) -> None:
        """Create alarms for nodes of ``cluster`` that are not ready, or have little CPU or memory left. The nodes of an
        Autopilot cluster are Google's, and have none.
        """
        _watch_cluster(cluster, cluster, self.name, self.targets)

    def watch_threats(self, trail: AuditTrail) -> NoReturn:
        """Raise ``PropsError``: Security Command Center belongs to the organization, and so do its notifications."""
        _no_threats(trail)


def _no_threats(trail: AuditTrail) -> NoReturn:
    raise PropsError(f"{trail.props.name}: threat detection, which on Google Cloud is of the organization")


def _watch(scope: Construct, database: Database, prefix: str, targets: Sequence[str]) -> None:
    props = database.props
    alarms = {measure: (f"{measure}/utilization", limit, said) for measure, (limit, said) in _DATABASE_ALARMS.items()}
    lag = {"lag": ("replication/replica_lag", LATE_SECONDS, f"a read replica is {LATE_SECONDS} seconds behind")}
    for number, instance in enumerate((database.instance, *database.read_replicas)):
        subject = props.replica_name(number) if number else props.name
        for measure, (metric, threshold, description) in (alarms | (lag if number else {})).items():
            watched = (
                f'resource.type = "cloudsql_database" AND resource.labels.database_id = "{props.account}:{subject}" '
                f'AND metric.type = "cloudsql.googleapis.com/database/{metric}"'
            )
            name = terraform_name(instance.name, measure)
            _policy(scope, name, prefix, targets, subject, description, watched, threshold, _MEAN)


def _watch_cache(scope: Construct, cache: Cache, prefix: str, targets: Sequence[str]) -> None:
    props = cache.props
    alarms = {"cpu": _CACHE_ALARMS["cpu"]} if props.evicts else _CACHE_ALARMS
    for measure, (metric, threshold, description, aggregation) in alarms.items():
        watched = (
            f'resource.type = "redis_instance" AND resource.labels.instance_id = "{cache.instance.id}" '
            f'AND metric.type = "redis.googleapis.com/stats/{metric}"'
        )
        name = terraform_name(cache.instance.name, measure)
        _policy(scope, name, prefix, targets, props.name, description, watched, threshold, aggregation)


def _watch_network(scope: Construct, network: Network, prefix: str, targets: Sequence[str]) -> None:
    # https://cloud.google.com/nat/docs/monitoring#metrics
    props = network.props
    gateway = f"{props.name}-nat"
    watched = (
        f'resource.type = "nat_gateway" AND resource.labels.gateway_name = "{gateway}" '
        f'AND resource.labels.region = "{props.region}" '
        'AND metric.type = "router.googleapis.com/nat/dropped_sent_packets_count" '
        'AND metric.labels.reason = "OUT_OF_RESOURCES"'
    )
    description = "connections to the internet failed for 15 minutes: no ports are free"
    aggregation = {"per_series_aligner": "ALIGN_RATE", "cross_series_reducer": "REDUCE_SUM"}
    name = terraform_name(network.nat.name, "ports")
    # There is nothing to count while no packets are dropped.
    _policy(scope, name, prefix, targets, gateway, description, watched, 0, aggregation, missing="INACTIVE")


def _watch_cluster(scope: Construct, cluster: Cluster, prefix: str, targets: Sequence[str]) -> None:
    props, resource = cluster.props, cluster.cluster
    for measure, (metric, threshold, description, aggregation) in ({} if cluster.autopilot else _NODE_ALARMS).items():
        watched = (
            f'resource.type = "k8s_node" AND resource.labels.cluster_name = "{props.name}" '
            f'AND resource.labels.location = "{props.region}" AND metric.type = "kubernetes.io/node/{metric}'
        )
        # Nodes come and go, and so do their metrics.
        name = terraform_name(resource.name, measure)
        _policy(scope, name, prefix, targets, props.name, description, watched, threshold, aggregation, "INACTIVE")


def _policy(
    scope: Construct,
    name: str,
    prefix: str,
    targets: Sequence[str],
    subject: str,
    description: str,
    watched: str,
    threshold: float,
    aggregation: dict[str, Any],
    missing: str = "ACTIVE",
) -> None:
    Resource(
        scope,
        "google_monitoring_alert_policy",
        name,
        display_name=f"{prefix}-{name}".replace("_", "-"),
        combiner="OR",
        severity="WARNING",
        documentation={"content": f"{subject}: {description}", "mime_type": "text/markdown"},
        conditions=[
            {
                "display_name": description,
                "condition_threshold": {
                    "filter": watched,
                    "comparison": "COMPARISON_GT",
                    "threshold_value": threshold,
                    "duration": f"{_SECONDS}s",
                    "evaluation_missing_data": f"EVALUATION_MISSING_DATA_{missing}",
                    "aggregations": [{"alignment_period": "300s", **aggregation}],
                },
            }
        ],
        notification_channels=list(targets),
        depends_on=enable(scope, "monitoring"),
    )
