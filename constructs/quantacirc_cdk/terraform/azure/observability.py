"""Alarms, in Azure Monitor, and a budget."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure.audit_trail import AuditTrail
from quantacirc_cdk.terraform.azure.budget import declare_budget
from quantacirc_cdk.terraform.azure.cache import Cache
from quantacirc_cdk.terraform.azure.cluster import Cluster
from quantacirc_cdk.terraform.azure.database import Database
from quantacirc_cdk.terraform.azure.network import Network
from quantacirc_cdk.terraform.azure.place import AzureResource
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.observability import LATE_SECONDS, ExistingObservability, ObservabilityProps
from quantacirc_cdk.terraform.names import terraform_name

_DATABASE_ALARMS = {
    "cpu_percent": (85, "CPU above 85 % for 15 minutes"),
    "memory_percent": (90, "less than a tenth of the memory free"),
    "storage_percent": (90, "less than a tenth of the disk free"),
}
# https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-monitoring#replication
_REPLICA_ALARMS = {
    "physical_replication_delay_in_seconds": (LATE_SECONDS, f"a read replica is {LATE_SECONDS} seconds behind"),
}
# https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-cache-redisenterprise-metrics
_CACHE_ALARMS = {
    "cpu": ("percentProcessorTime", 85, "CPU above 85 % in 15 minutes"),
    "memory": ("usedmemorypercentage", 90, "less than a tenth of the memory free"),
}
# https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-containerservice-managedclusters-metrics
# with the thresholds of https://learn.microsoft.com/azure/aks/best-practices-monitoring-proactive
_CLUSTER_ALARMS: dict[str, tuple[str, str, float, str]] = {
    "ready": ("kube_node_status_condition", "Average", 0.5, "a node has not been ready for most of 15 minutes"),
    "cpu": ("node_cpu_usage_percentage", "Average", 90, "CPU of the nodes together above 90 % in 15 minutes"),
    "memory": ("node_memory_working_set_percentage", "Average", 90, "less than a tenth of the memory of a node free"),
    "disk": ("node_disk_usage_percentage", "Average", 90, "less than a tenth of the disk of a node free"),
    "api_cpu": ("apiserver_cpu_usage_percentage", "Maximum", 90, "CPU of the API server above 90 %"),
    "api_memory": ("apiserver_memory_usage_percentage", "Maximum", 90, "memory of the API server above 90 %"),
    "etcd": ("etcd_database_usage_percentage", "Maximum", 75, "the database of the cluster is three quarters full"),
}


class Observability(Checked, Construct):
    """An action group that mails every owner, and the budget of the stack's resource groups. Azure Monitor encrypts
    alarms only with its own keys.
    """

    def __init__(self, scope: Construct, id: str, props: ObservabilityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self.group = AzureResource(
            self,
            "azurerm_monitor_action_group",
            terraform_name(id),
            name=f"{props.name}-alarms",
            short_name="alarms",
            email_receiver=[
                {"name": f"owner-{index}", "email_address": owner, "use_common_alert_schema": True}
                for index, owner in enumerate(props.owners, start=1)
            ],
            location="global",
        )
        if props.budget:
            declare_budget(self, terraform_name(id), props, props.budget, self.group.id)

    @staticmethod
    def check_props(props: ObservabilityProps) -> None:
        """Raise ``PropsError`` for a budget that Azure refuses."""
        props.check_budget("azure")

    @staticmethod
    def from_existing(*, name: str, targets: Sequence[str]) -> "ExistingAlarms":
        """Return existing action groups, with their ids in ``targets``."""
        return ExistingAlarms(name=name, targets=targets)

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database`` and its replicas, and for late replicas."""
        _watch(self, database, self.props.name, [self.group.id])

    def watch_cache(self, cache: Cache) -> None:
        """Create alarms for the CPU of ``cache`` and, unless it evicts keys, for its memory."""
        _watch_cache(self, cache, self.props.name, [self.group.id])

    def watch_network(self, network: Network) -> None:
        """Create an alarm for the gateway of ``network`` when it has no ports for new connections."""
        _watch_network(self, network, self.props.name, [self.group.id])

    def watch_cluster(self, cluster: Cluster) -> None:
        """Create alarms for nodes of ``cluster`` that are not ready, or have little CPU, memory or disk left, and for a
        control plane that has little left.
        """
        _watch_cluster(self, cluster, self.props.name, [self.group.id])

    def watch_threats(self, trail: AuditTrail) -> None:
        """Mail the security alerts of the subscription: those of all plans of Defender that it has."""
        _watch_threats(self, trail, self.props.name, [self.group.id])


class ExistingAlarms(ExistingObservability):
    """Existing action groups."""

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database`` and its replicas, and for late replicas."""
        _watch(database, database, self.name, self.targets)

    def watch_cache(self, cache: Cache) -> None:
        """Create alarms for the CPU of ``cache`` and, unless it evicts keys, for its memory."""
        _watch_cache(cache, cache, self.name, self.targets)

    def watch_network(self, network: Network) -> None:
        """Create an alarm for the gateway of ``network`` when it has no ports for new connections."""
        _watch_network(network, network, self.name, self.targets)

    def watch_cluster(self, cluster: Cluster) -> None:
        """Create alarms for nodes of ``cluster`` that are not ready, or have little CPU, memory or disk left, and for a
        control plane that has little left.
        """
        _watch_cluster(cluster, cluster, self.name, self.targets)

    def watch_threats(self, trail: AuditTrail) -> None:
        """Send the security alerts of the subscription: those of all plans of Defender that it has."""
        _watch_threats(trail, trail, self.name, self.targets)


def _watch_threats(scope: Construct, trail: AuditTrail, prefix: str, targets: Sequence[str]) -> None:
    if trail.plan is None:
        raise PropsError(f"{trail.props.name}: an audit trail without threat detection, which finds no threats")
    AzureResource(
        scope,
        "azurerm_monitor_activity_log_alert",
        terraform_name(trail.plan.name, "threats"),
        name=f"{prefix}-threats",
        description="Security alerts of Microsoft Defender for Cloud",
        location="global",
        scopes=[f"/subscriptions/{trail.props.account}"],
        # Defender writes each alert to the activity log
        # (https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema#security-alert-category).
        criteria={"category": "Security"},
        action=[{"action_group_id": target} for target in targets],
    )


def _watch(scope: Construct, database: Database, prefix: str, targets: Sequence[str]) -> None:
    for server in (database.instance, *database.read_replicas):
        alarms = _DATABASE_ALARMS if server is database.instance else _DATABASE_ALARMS | _REPLICA_ALARMS
        for metric, (threshold, description) in alarms.items():
            measure = "lag" if metric in _REPLICA_ALARMS else metric.removesuffix("_percent")
            criteria = {
                "metric_namespace": "Microsoft.DBforPostgreSQL/flexibleServers",
                "metric_name": metric,
                "aggregation": "Average",
                "operator": "GreaterThan",
                "threshold": threshold,
            }
            name = terraform_name(server.name, measure)
            _alert(scope, name, prefix, targets, server.id, description, criteria)


def _watch_cache(scope: Construct, cache: Cache, prefix: str, targets: Sequence[str]) -> None:
    alarms = {"cpu": _CACHE_ALARMS["cpu"]} if cache.props.evicts else _CACHE_ALARMS
    for measure, (metric, threshold, description) in alarms.items():
        criteria = {
            "metric_namespace": "Microsoft.Cache/redisEnterprise",
            "metric_name": metric,
            "aggregation": "Maximum",
            "operator": "GreaterThan",
            "threshold": threshold,
        }
        name = terraform_name(cache.instance.name, measure)
        _alert(scope, name, prefix, targets, cache.instance.id, description, criteria)


def _watch_network(scope: Construct, network: Network, prefix: str, targets: Sequence[str]) -> None:
    # https://learn.microsoft.com/azure/nat-gateway/nat-metrics#snat-connection-count
    criteria = {
        "metric_namespace": "Microsoft.Network/natGateways",
        "metric_name": "SNATConnectionCount",
        "aggregation": "Total",
        "operator": "GreaterThan",
        "threshold": 0,
        "dimension": [{"name": "ConnectionState", "operator": "Include", "values": ["Failed"]}],
    }
    name = terraform_name(network.nat_gateway.name, "ports")
    description = "connections to the internet failed in 15 minutes: ports may be short"
    _alert(scope, name, prefix, targets, network.nat_gateway.id, description, criteria)


def _watch_cluster(scope: Construct, cluster: Cluster, prefix: str, targets: Sequence[str]) -> None:
    resource = cluster.cluster
    of_node = {"name": "node", "operator": "Include", "values": ["*"]}
    not_ready = [
        {"name": "condition", "operator": "Include", "values": ["Ready"]},
        {"name": "status", "operator": "Include", "values": ["false", "unknown"]},
    ]
    for measure, (metric, aggregation, threshold, description) in _CLUSTER_ALARMS.items():
        dimensions = [of_node] if measure in ("disk", "memory", "ready") else []
        criteria = {
            "metric_namespace": "Microsoft.ContainerService/managedClusters",
            "metric_name": metric,
            "aggregation": aggregation,
            "operator": "GreaterThan",
            "threshold": threshold,
            "dimension": (dimensions + (not_ready if measure == "ready" else [])) or None,
        }
        _alert(scope, terraform_name(resource.name, measure), prefix, targets, resource.id, description, criteria)


def _alert(
    scope: Construct,
    name: str,
    prefix: str,
    targets: Sequence[str],
    subject: str,
    description: str,
    criteria: dict[str, Any],
) -> None:
    AzureResource(
        scope,
        "azurerm_monitor_metric_alert",
        name,
        name=f"{prefix}-{name.replace('_', '-')}",
        description=description,
        scopes=[subject],
        severity=2,
        frequency="PT5M",
        window_size="PT15M",
        criteria=[criteria],
        action=[{"action_group_id": target} for target in targets],
    )
