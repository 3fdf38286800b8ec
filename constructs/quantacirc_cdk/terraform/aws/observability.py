"""Alarms, in CloudWatch, and a budget."""

import json
from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.aws import database_memory_gib
from quantacirc_cdk.terraform.aws.audit_trail import AuditTrail
from quantacirc_cdk.terraform.aws.aurora import AuroraDatabase
from quantacirc_cdk.terraform.aws.budget import declare_budget
from quantacirc_cdk.terraform.aws.cache import Cache
from quantacirc_cdk.terraform.aws.cluster import Cluster
from quantacirc_cdk.terraform.aws.database import Database
from quantacirc_cdk.terraform.aws.iam import Statement, allow, policy
from quantacirc_cdk.terraform.aws.key_ring import KeyRing
from quantacirc_cdk.terraform.aws.network import Network
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.observability import LATE_SECONDS, ExistingObservability, ObservabilityProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

MEDIUM = 4
"""Lowest severity of findings that alert (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html)."""
_OF_FINDING = ("accountId", "description", "id", "region", "severity", "title", "type")
_MAIL = (
    "GuardDuty: <title>",
    "<description>",
    "Severity <severity> of 10, type <type>, account <accountId>, region <region>, finding <id>.",
)
"""Lines of a message, with the fields of a finding."""
_EACH_SECOND = 300
"""Requests in the five minutes of a period, of which there is one in a second."""
_ETCD_GIB = 8
"""Limit of the database of a cluster (https://docs.aws.amazon.com/eks/latest/userguide/clusters.html)."""
# https://docs.aws.amazon.com/eks/latest/userguide/cloudwatch.html#cloudwatch-basic-metrics
_CLUSTER_ALARMS: dict[str, tuple[str, str, int, str]] = {
    "throttled": (
        "apiserver_request_total_429",
        "Sum",
        _EACH_SECOND,
        "the API server rejects more than one request in a second: clients send too many",
    ),
    "errors": (
        "apiserver_request_total_5XX",
        "Sum",
        _EACH_SECOND,
        "the API server fails more than one request in a second",
    ),
    "storage": (
        "apiserver_storage_size_bytes",
        "Maximum",
        _ETCD_GIB * 1024**3 * 3 // 4,
        "the database of the cluster is three quarters full; a full one takes no changes",
    ),
    "unschedulable": (
        "scheduler_pending_pods_UNSCHEDULABLE",
        "Sum",
        0,
        "pods have found no node for 15 minutes",
    ),
}


class Observability(Checked, Construct):
    """An encrypted topic for alarms, with every owner subscribed to it by mail, and the budget of the account."""

    def __init__(self, scope: Construct, id: str, props: ObservabilityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.topic = Resource(
            self,
            "aws_sns_topic",
            self._name,
            name=f"{props.name}-alarms",
            kms_master_key_id=props.keys.key_id("logs"),
        )
        self._policy = Resource(
            self, "aws_sns_topic_policy", self._name, arn=self.topic.arn, policy=policy(self._alarms())
        )
        for index, owner in enumerate(props.owners, start=1):
            Resource(
                self,
                "aws_sns_topic_subscription",
                terraform_name(self._name, str(index)),
                topic_arn=self.topic.arn,
                protocol="email",
                endpoint=owner,
            )
        if props.budget:
            declare_budget(self, self._name, props, props.budget)

    def _alarms(self) -> Statement:
        condition = {"StringEquals": {"aws:SourceAccount": self.props.account}}
        publish = allow(["sns:Publish"], [self.topic.arn], "Alarms", Condition=condition)
        return {**publish, "Principal": {"Service": "cloudwatch.amazonaws.com"}}

    @staticmethod
    def check_props(props: ObservabilityProps) -> None:
        """Raise ``PropsError`` for a budget that AWS refuses."""
        props.check_budget("aws")

    @staticmethod
    def from_existing(*, name: str, targets: Sequence[str]) -> "ExistingAlarms":
        """Return existing topics, with their ARNs in ``targets``."""
        return ExistingAlarms(name=name, targets=targets)

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database`` and its replicas, and for late replicas."""
        _watch(self, database, self.props.name, [self.topic.arn])

    def watch_cache(self, cache: Cache) -> None:
        """Create alarms for the CPU of ``cache`` and, unless it evicts keys, for its memory."""
        _watch_cache(self, cache, self.props.name, [self.topic.arn])

    def watch_network(self, network: Network) -> None:
        """Create an alarm for each gateway of ``network`` that has no ports for new connections."""
        _watch_network(self, network, self.props.name, [self.topic.arn])

    def watch_cluster(self, cluster: Cluster) -> None:
        """Create alarms for nodes of ``cluster`` that fail their status checks, for pods that find no node, and for an
        API server that rejects or fails requests or has little room left.
        """
        _watch_cluster(self, cluster, self.props.name, [self.topic.arn])

    def watch_threats(self, trail: AuditTrail) -> None:
        """Mail what GuardDuty finds, of at least medium severity. Raises ``PropsError`` for a ``trail`` without
        ``threat_detection``.
        """
        # EventBridge takes no conditions in the policy of a topic
        # (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html).
        publish = allow(["sns:Publish"], [self.topic.arn], "Threats")
        events = {**publish, "Principal": {"Service": "events.amazonaws.com"}}
        self._policy.arguments["policy"] = policy(self._alarms(), events)
        if isinstance(self.props.keys, KeyRing):
            self.props.keys.admit_events("logs")
        _watch_threats(self, trail, self.props.name, [self.topic.arn])


class ExistingAlarms(ExistingObservability):
    """Existing topics."""

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database`` and its replicas, and for late replicas."""
        _watch(database, database, self.name, self.targets)

    def watch_cache(self, cache: Cache) -> None:
        """Create alarms for the CPU of ``cache`` and, unless it evicts keys, for its memory."""
        _watch_cache(cache, cache, self.name, self.targets)

    def watch_network(self, network: Network) -> None:
        """Create an alarm for each gateway of ``network`` that has no ports for new connections."""
        _watch_network(network, network, self.name, self.targets)

    def watch_cluster(self, cluster: Cluster) -> None:
        """Create alarms for nodes of ``cluster`` that fail their status checks, for pods that find no node, and for an
        API server that rejects or fails requests or has little room left.
        """
        _watch_cluster(cluster, cluster, self.name, self.targets)

    def watch_threats(self, trail: AuditTrail) -> None:
        """Publish what GuardDuty finds, of at least medium severity, to topics whose policies admit EventBridge."""
        _watch_threats(trail, trail, self.name, self.targets)


def _watch_threats(scope: Construct, trail: AuditTrail, prefix: str, targets: Sequence[str]) -> None:
    if trail.detector is None:
        raise PropsError(f"{trail.props.name}: an audit trail without threat detection, which finds no threats")
    name = terraform_name(trail.detector.name, "threats")
    rule = Resource(
        scope,
        "aws_cloudwatch_event_rule",
        name,
        name=f"{prefix}-threats",
        description="Findings of GuardDuty, for the owners",
        event_pattern=json.dumps(
            {
                "source": ["aws.guardduty"],
                "detail-type": ["GuardDuty Finding"],
                "detail": {"severity": [{"numeric": [">=", MEDIUM]}]},
            }
        ),
    )
    for index, target in enumerate(targets, start=1):
        Resource(
            scope,
            "aws_cloudwatch_event_target",
            terraform_name(name, str(index)),
            rule=rule.ref("name"),
            target_id=f"alarms-{index}",
            arn=target,
            input_transformer={
                "input_paths": {key: f"$.detail.{key}" for key in _OF_FINDING},
                "input_template": "\n".join(f'"{line}"' for line in _MAIL),
            },
        )


def _watch(scope: Construct, database: Database, prefix: str, targets: Sequence[str]) -> None:
    props, gib = database.props, 1024**3
    memory_gib = database_memory_gib(database.instance_class) or props.memory_gib
    alarms: dict[str, dict[str, Any]] = {
        "cpu": {
            "alarm_description": "CPU above 85 % for 15 minutes",
            "metric_name": "CPUUtilization",
            "comparison_operator": "GreaterThanThreshold",
            "threshold": 85,
        },
        "memory": {
            "alarm_description": "less than a tenth of the memory free",
            "metric_name": "FreeableMemory",
            "comparison_operator": "LessThanThreshold",
            "threshold": memory_gib * gib // 10,
        },
    }
    storage = {
        "alarm_description": "less than a tenth of the first disk free: it cannot grow any more",
        "metric_name": "FreeStorageSpace",
        "comparison_operator": "LessThanThreshold",
        "threshold": props.storage_gib * gib // 10,
    }
    lag: dict[str, Any] = {
        "alarm_description": f"a read replica is {LATE_SECONDS} seconds behind",
        "metric_name": "ReplicaLag",
        "comparison_operator": "GreaterThanThreshold",
        "threshold": LATE_SECONDS,
    }
    aurora = isinstance(database, AuroraDatabase)
    for instance in (database.instance, *database.read_replicas):
        dimensions = {"DBInstanceIdentifier": instance.ref("identifier")}
        # The volume of Aurora grows by itself, and any of its instances writes after a failover.
        more = {} if aurora else {"storage": storage}
        more |= {} if aurora or instance is database.instance else {"lag": lag}
        for measure, arguments in (alarms | more).items():
            name = terraform_name(instance.name, measure)
            _alarm(scope, name, prefix, targets, "AWS/RDS", dimensions, arguments)
    if isinstance(database, AuroraDatabase) and database.read_replicas:
        # In milliseconds, and without a value for a cluster that has no readers
        # (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html).
        lag |= {"metric_name": "AuroraReplicaLagMaximum", "threshold": LATE_SECONDS * 1000}
        lag |= {"treat_missing_data": "notBreaching"}
        dimensions = {"DBClusterIdentifier": database.cluster.ref("cluster_identifier")}
        name = terraform_name(database.cluster.name, "lag")
        _alarm(scope, name, prefix, targets, "AWS/RDS", dimensions, lag)


def _watch_cache(scope: Construct, cache: Cache, prefix: str, targets: Sequence[str]) -> None:
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
    alarms = {"cpu": ("EngineCPUUtilization", 85, "CPU of the engine above 85 % for 15 minutes")}
    if not cache.props.evicts:
        alarms["memory"] = ("DatabaseMemoryUsagePercentage", 90, "less than a tenth of the memory free")
    for number in range(1, cache.nodes + 1):
        dimensions = {"CacheClusterId": f"{cache.group.id}-{number:03}"}
        for measure, (metric, threshold, description) in alarms.items():
            arguments = {
                "alarm_description": description,
                "metric_name": metric,
                "comparison_operator": "GreaterThanThreshold",
                "threshold": threshold,
            }
            name = terraform_name(cache.group.name, measure, str(number))
            _alarm(scope, name, prefix, targets, "AWS/ElastiCache", dimensions, arguments)


def _watch_network(scope: Construct, network: Network, prefix: str, targets: Sequence[str]) -> None:
    # https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
    for gateway in network.nat_gateways:
        arguments = {
            "alarm_description": "connections to the internet failed for 15 minutes: no ports are free",
            "metric_name": "ErrorPortAllocation",
            "comparison_operator": "GreaterThanThreshold",
            "threshold": 0,
            "statistic": "Sum",
            "treat_missing_data": "notBreaching",
        }
        name = terraform_name(gateway.name, "ports")
        _alarm(scope, name, prefix, targets, "AWS/NATGateway", {"NatGatewayId": gateway.id}, arguments)


def _watch_cluster(scope: Construct, cluster: Cluster, prefix: str, targets: Sequence[str]) -> None:
    name = cluster.cluster.name
    for measure, (metric, statistic, threshold, description) in _CLUSTER_ALARMS.items():
        arguments = {
            "alarm_description": description,
            "metric_name": metric,
            "comparison_operator": "GreaterThanThreshold",
            "threshold": threshold,
            "statistic": statistic,
            "treat_missing_data": "notBreaching",
        }
        dimensions = {"ClusterName": cluster.cluster_name}
        _alarm(scope, terraform_name(name, measure), prefix, targets, "AWS/EKS", dimensions, arguments)
    for group in cluster.node_groups:
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html#status-check-metrics
        arguments = {
            "alarm_description": "a node has failed its status checks for 15 minutes",
            "metric_name": "StatusCheckFailed",
            "comparison_operator": "GreaterThanThreshold",
            "threshold": 0,
            "statistic": "Maximum",
            "treat_missing_data": "notBreaching",  # A group may have no nodes.
        }
        dimensions = {"AutoScalingGroupName": group.ref("resources[0].autoscaling_groups[0].name")}
        _alarm(scope, terraform_name(group.name, "status"), prefix, targets, "AWS/EC2", dimensions, arguments)


def _alarm(
    scope: Construct,
    name: str,
    prefix: str,
    targets: Sequence[str],
    namespace: str,
    dimensions: dict[str, str],
    arguments: dict[str, Any],
) -> None:
    Resource(
        scope,
        "aws_cloudwatch_metric_alarm",
        name,
        alarm_name=f"{prefix}-{name.replace('_', '-')}",
        namespace=namespace,
        dimensions=dimensions,
        period=300,
        evaluation_periods=3,
        alarm_actions=list(targets),
        ok_actions=list(targets),
        **{"statistic": "Average", "treat_missing_data": "breaching"} | arguments,
    )
