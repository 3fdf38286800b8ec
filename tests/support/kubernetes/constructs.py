"""The least that each public construct takes."""

from collections.abc import Mapping
from typing import Any

import quantacirc_cdk.kubernetes as k8s
from quantacirc_cdk.kubernetes.engine import Construct

_IDENTITY = k8s.Identity(name="shop")
_HTTP = k8s.Port(name="http", port=8080)
_POD = k8s.Pod(containers=[k8s.Container(name="shop", image="shop:1")], service_account="shop")
_JOB = k8s.JobProps(
    identity=_IDENTITY,
    pod=k8s.Pod(
        containers=[k8s.Container(name="shop", image="shop:1")], service_account="shop", restart_policy="Never"
    ),
)
_TASK = k8s.TaskProps(identity=_IDENTITY, image="shop:1")
_WEB = k8s.WebServiceProps(identity=_IDENTITY, image="shop:1", ports=[_HTTP])
_ROUTE = k8s.RouteProps(identity=_IDENTITY, host="shop.example.com")
_BACKUP: dict[str, Any] = {
    "identity": _IDENTITY,
    "store_image": "rclone:1",
    "target": k8s.BackupTarget(provider="aws", bucket="backups", prefix="shop", region="eu-north-1"),
    "schedule": "0 2 * * *",
}

PROPS: Mapping[str, Any] = {
    "AgentService": _WEB,
    "Cache": k8s.CacheProps(identity=_IDENTITY, image="valkey:8", secret="sessions"),
    "CronJob": k8s.CronJobProps(job=_JOB, schedule="0 2 * * *"),
    "DaemonSet": k8s.DaemonSetProps(identity=_IDENTITY, pod=_POD),
    "DaemonWorkload": k8s.DaemonWorkloadProps(identity=_IDENTITY, image="shop:1", ports=[_HTTP]),
    "DatabaseBackup": k8s.DatabaseBackupProps(**_BACKUP, database_image="postgres:17", secret="database"),
    "Deployment": k8s.DeploymentProps(identity=_IDENTITY, pod=_POD),
    "ExternalSecret": k8s.ExternalSecretProps(name="shop", store="shop", remote="shop"),
    "GatewayRoute": k8s.GatewayRouteProps(route=_ROUTE, gateway="public", gateway_namespace="gateways"),
    "GeneratedSecrets": k8s.GeneratedSecretsProps(
        identity=_IDENTITY, image="tools:1", secrets=[k8s.GeneratedSecret(name="a", random=["b"], fixed={"c": "d"})]
    ),
    "GeneratedService": k8s.GeneratedServiceProps(name="shop", image="shop:1"),
    "Ingress": k8s.IngressProps(route=_ROUTE, ingress_class="nginx"),
    "Job": _JOB,
    "JobTemplate": _TASK,
    "MessageBus": k8s.MessageBusProps(identity=_IDENTITY, image="nats:2", clients=[]),
    "NetworkPolicy": k8s.NetworkPolicyProps(name="shop", pods={}, labels={}),
    "ObjectStore": k8s.ObjectStoreProps(identity=_IDENTITY, image="weed:1", secret="store"),
    "Database": k8s.DatabaseProps(identity=_IDENTITY, image="postgres:17", secret="database"),
    "DatabaseRoles": k8s.DatabaseRolesProps(
        identity=_IDENTITY,
        image="postgres:17",
        secret="database",
        roles=k8s.RoleSecrets(owner="owner", writer="writer", reader="reader"),
        prefix="shop",
    ),
    "ScheduledJob": _TASK,
    "SecretStore": k8s.SecretStoreProps(name="shop", provider="aws"),
    "Service": k8s.ServiceProps(identity=_IDENTITY, ports=[_HTTP]),
    "StatefulService": k8s.StatefulServiceProps(
        identity=_IDENTITY, image="shop:1", ports=[_HTTP], data_path="/data", storage="1Gi"
    ),
    "StatefulSet": k8s.StatefulSetProps(identity=_IDENTITY, pod=_POD, service="shop"),
    "StatefulWorkload": k8s.StatefulWorkloadProps(identity=_IDENTITY, image="shop:1", ports=[_HTTP]),
    "StreamBackup": k8s.StreamBackupProps(
        **_BACKUP, client_image="python:3", url="nats://bus:4222", credentials_secret="bus", user="a", admin="b"
    ),
    "TraceCollector": k8s.TraceCollectorProps(identity=_IDENTITY, image="collector:1", endpoint="traces:4317"),
    "VeleroSchedule": k8s.VeleroScheduleProps(identity=_IDENTITY, namespace="shop", schedule="0 2 * * *"),
    "WebService": _WEB,
}
"""Props by the construct's name; what takes plain arguments is in ``ARGUMENTS``."""

ARGUMENTS: Mapping[str, dict[str, Any]] = {
    "ConfigMap": {"name": "shop", "data": {"a": "b"}, "labels": {}},
    "Manifest": {"api_version": "v1", "kind": "ConfigMap", "name": "shop"},
    "Namespace": {"name": "shop"},
    "PersistentVolumeClaim": {"claim": k8s.Claim(name="data", size="1Gi"), "labels": {}},
    "Role": {"name": "shop", "identity": _IDENTITY, "rules": [k8s.Rule(verbs=["get"], resources=["pods"])]},
    "RoleBinding": {"name": "shop", "identity": _IDENTITY, "service_account": "shop"},
    "ServiceAccount": {"name": "shop", "labels": {}},
    "VerticalAutoscaler": {"identity": _IDENTITY},
}


def make(name: str, scope: Construct, id: str, props: Any) -> Any:
    """Return the construct with these props."""
    more = {"schedule": "0 2 * * *"} if name == "ScheduledJob" else {}
    return getattr(k8s, name)(scope, id, props, **more)
