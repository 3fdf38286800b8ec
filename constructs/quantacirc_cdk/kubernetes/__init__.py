"""cdk8s constructs for workloads: hardened, autoscaled and spread over zones, each from a short typed specification.

The package imports a construct when you first use it. The parts that need no Node.js (the pure functions, the evaluator
of network policies) therefore load without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from quantacirc_cdk.documented import documented

if TYPE_CHECKING:
    from quantacirc_cdk.kubernetes.agent_service import AgentService, AgentServiceProps
    from quantacirc_cdk.kubernetes.autoscaler import Backlog, Metric, Pace, Scaling, Trigger
    from quantacirc_cdk.kubernetes.backup import (
        BackupTarget,
        DatabaseBackup,
        DatabaseBackupProps,
        StreamBackup,
        StreamBackupProps,
        VeleroSchedule,
        VeleroScheduleProps,
    )
    from quantacirc_cdk.kubernetes.cache import Cache, CacheProps
    from quantacirc_cdk.kubernetes.canary import Canary, CanaryAnalysis, CanaryStep
    from quantacirc_cdk.kubernetes.claim import Claim, PersistentVolumeClaim
    from quantacirc_cdk.kubernetes.config_map import ConfigMap
    from quantacirc_cdk.kubernetes.container import Container, ContainerOptions, FieldPath, Port, SecretKey, ServicePort
    from quantacirc_cdk.kubernetes.cron_job import CronJob, CronJobProps
    from quantacirc_cdk.kubernetes.daemon_set import DaemonSet, DaemonSetProps
    from quantacirc_cdk.kubernetes.daemon_workload import DaemonWorkload, DaemonWorkloadProps
    from quantacirc_cdk.kubernetes.database import Database, DatabaseProps, database_credentials
    from quantacirc_cdk.kubernetes.database_roles import (
        DatabaseRoles,
        DatabaseRolesProps,
        RoleSecrets,
        RoleUsers,
        role_credentials,
    )
    from quantacirc_cdk.kubernetes.deployment import Deployment, DeploymentProps, Update
    from quantacirc_cdk.kubernetes.external_secret import (
        ExternalSecret,
        ExternalSecretProps,
        SecretStore,
        SecretStoreProps,
    )
    from quantacirc_cdk.kubernetes.generated_secrets import (
        GeneratedCertificate,
        GeneratedSecret,
        GeneratedSecrets,
        GeneratedSecretsProps,
    )
    from quantacirc_cdk.kubernetes.generated_service import Entrance, GeneratedService, GeneratedServiceProps, Reach
    from quantacirc_cdk.kubernetes.hardening import harden
    from quantacirc_cdk.kubernetes.http_route import GatewayRoute, GatewayRouteProps
    from quantacirc_cdk.kubernetes.identity import Identity
    from quantacirc_cdk.kubernetes.ingress import Ingress, IngressProps, Limits, RouteProps
    from quantacirc_cdk.kubernetes.job import Job, JobProps
    from quantacirc_cdk.kubernetes.manifest import Manifest
    from quantacirc_cdk.kubernetes.monitoring.slo import Objective
    from quantacirc_cdk.kubernetes.monitoring.trace_collector import TraceCollector, TraceCollectorProps
    from quantacirc_cdk.kubernetes.namespace import Namespace
    from quantacirc_cdk.kubernetes.nats import Client, Delivery, MessageBus, MessageBusProps
    from quantacirc_cdk.kubernetes.network_policy import Addresses, Edge, NetworkPolicy, NetworkPolicyProps, Pods
    from quantacirc_cdk.kubernetes.object_store import ObjectStore, ObjectStoreProps
    from quantacirc_cdk.kubernetes.placement import DnsConfig, PodOptions, SpreadConstraint, Toleration
    from quantacirc_cdk.kubernetes.pod import Pod
    from quantacirc_cdk.kubernetes.probes import Command, GrpcCheck, HttpCheck, Probe, Probes, TcpCheck
    from quantacirc_cdk.kubernetes.resources import Resources
    from quantacirc_cdk.kubernetes.role import Role, RoleBinding, Rule
    from quantacirc_cdk.kubernetes.scheduled_job import JobTemplate, ScheduledJob
    from quantacirc_cdk.kubernetes.security import Security
    from quantacirc_cdk.kubernetes.service import Service, ServiceOptions, ServiceProps
    from quantacirc_cdk.kubernetes.service_account import ServiceAccount
    from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
    from quantacirc_cdk.kubernetes.stateful_set import StatefulSet, StatefulSetProps
    from quantacirc_cdk.kubernetes.stateful_workload import StatefulWorkload, StatefulWorkloadProps
    from quantacirc_cdk.kubernetes.task import TaskProps
    from quantacirc_cdk.kubernetes.variable import ConfigKey, EnvironmentSource, ResourceField
    from quantacirc_cdk.kubernetes.vertical_autoscaler import VerticalAutoscaler
    from quantacirc_cdk.kubernetes.volume import (
        Mount,
        Volume,
        claim_volume,
        config_volume,
        empty_volume,
        host_volume,
        projected_volume,
        secret_volume,
    )
    from quantacirc_cdk.kubernetes.web_service import WebService, WebServiceProps
    from quantacirc_cdk.kubernetes.workload import ConfigFiles, SecretFiles, SecretKeys, WorkloadProps

_MODULES = {
    "agent_service": (
        "AgentService",
        "AgentServiceProps",
    ),
    "autoscaler": (
        "Backlog",
        "Metric",
        "Pace",
        "Scaling",
        "Trigger",
    ),
    "backup": (
        "BackupTarget",
        "DatabaseBackup",
        "DatabaseBackupProps",
        "StreamBackup",
        "StreamBackupProps",
        "VeleroSchedule",
        "VeleroScheduleProps",
    ),
    "cache": (
        "Cache",
        "CacheProps",
    ),
    "canary": (
        "Canary",
        "CanaryAnalysis",
        "CanaryStep",
    ),
    "claim": (
        "Claim",
        "PersistentVolumeClaim",
    ),
    "config_map": ("ConfigMap",),
    "container": (
        "Container",
        "ContainerOptions",
        "FieldPath",
        "Port",
        "SecretKey",
        "ServicePort",
    ),
    "cron_job": (
        "CronJob",
        "CronJobProps",
    ),
    "daemon_set": (
        "DaemonSet",
        "DaemonSetProps",
    ),
    "daemon_workload": (
        "DaemonWorkload",
        "DaemonWorkloadProps",
    ),
    "database": (
        "Database",
        "DatabaseProps",
        "database_credentials",
    ),
    "database_roles": (
        "DatabaseRoles",
        "DatabaseRolesProps",
        "RoleSecrets",
        "RoleUsers",
        "role_credentials",
    ),
    "deployment": (
        "Deployment",
        "DeploymentProps",
        "Update",
    ),
    "external_secret": (
        "ExternalSecret",
        "ExternalSecretProps",
        "SecretStore",
        "SecretStoreProps",
    ),
    "generated_secrets": (
        "GeneratedCertificate",
        "GeneratedSecret",
        "GeneratedSecrets",
        "GeneratedSecretsProps",
    ),
    "generated_service": (
        "Entrance",
        "GeneratedService",
        "GeneratedServiceProps",
        "Reach",
    ),
    "hardening": ("harden",),
    "http_route": (
        "GatewayRoute",
        "GatewayRouteProps",
    ),
    "identity": ("Identity",),
    "ingress": (
        "Ingress",
        "IngressProps",
        "Limits",
        "RouteProps",
    ),
    "job": (
        "Job",
        "JobProps",
    ),
    "manifest": ("Manifest",),
    "monitoring.slo": ("Objective",),
    "monitoring.trace_collector": (
        "TraceCollector",
        "TraceCollectorProps",
    ),
    "namespace": ("Namespace",),
    "nats": (
        "Client",
        "Delivery",
        "MessageBus",
        "MessageBusProps",
    ),
    "network_policy": (
        "Addresses",
        "Edge",
        "NetworkPolicy",
        "NetworkPolicyProps",
        "Pods",
    ),
    "object_store": (
        "ObjectStore",
        "ObjectStoreProps",
    ),
    "placement": (
        "DnsConfig",
        "PodOptions",
        "SpreadConstraint",
        "Toleration",
    ),
    "pod": ("Pod",),
    "probes": (
        "Command",
        "GrpcCheck",
        "HttpCheck",
        "Probe",
        "Probes",
        "TcpCheck",
    ),
    "resources": ("Resources",),
    "role": (
        "Role",
        "RoleBinding",
        "Rule",
    ),
    "scheduled_job": (
        "JobTemplate",
        "ScheduledJob",
    ),
    "security": ("Security",),
    "service": (
        "Service",
        "ServiceOptions",
        "ServiceProps",
    ),
    "service_account": ("ServiceAccount",),
    "stateful_service": (
        "StatefulService",
        "StatefulServiceProps",
    ),
    "stateful_set": (
        "StatefulSet",
        "StatefulSetProps",
    ),
    "stateful_workload": (
        "StatefulWorkload",
        "StatefulWorkloadProps",
    ),
    "task": ("TaskProps",),
    "variable": (
        "ConfigKey",
        "EnvironmentSource",
        "ResourceField",
    ),
    "vertical_autoscaler": ("VerticalAutoscaler",),
    "volume": (
        "Mount",
        "Volume",
        "claim_volume",
        "config_volume",
        "empty_volume",
        "host_volume",
        "projected_volume",
        "secret_volume",
    ),
    "web_service": (
        "WebService",
        "WebServiceProps",
    ),
    "workload": (
        "ConfigFiles",
        "SecretFiles",
        "SecretKeys",
        "WorkloadProps",
    ),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Addresses",
    "AgentService",
    "AgentServiceProps",
    "Backlog",
    "BackupTarget",
    "Cache",
    "CacheProps",
    "Canary",
    "CanaryAnalysis",
    "CanaryStep",
    "Claim",
    "Client",
    "Command",
    "ConfigFiles",
    "ConfigKey",
    "ConfigMap",
    "Container",
    "ContainerOptions",
    "CronJob",
    "CronJobProps",
    "DaemonSet",
    "DaemonSetProps",
    "DaemonWorkload",
    "DaemonWorkloadProps",
    "Database",
    "DatabaseBackup",
    "DatabaseBackupProps",
    "DatabaseProps",
    "DatabaseRoles",
    "DatabaseRolesProps",
    "Delivery",
    "Deployment",
    "DeploymentProps",
    "DnsConfig",
    "Edge",
    "Entrance",
    "EnvironmentSource",
    "ExternalSecret",
    "ExternalSecretProps",
    "FieldPath",
    "GatewayRoute",
    "GatewayRouteProps",
    "GeneratedCertificate",
    "GeneratedSecret",
    "GeneratedSecrets",
    "GeneratedSecretsProps",
    "GeneratedService",
    "GeneratedServiceProps",
    "GrpcCheck",
    "HttpCheck",
    "Identity",
    "Ingress",
    "IngressProps",
    "Job",
    "JobProps",
    "JobTemplate",
    "Limits",
    "Manifest",
    "MessageBus",
    "MessageBusProps",
    "Metric",
    "Mount",
    "Namespace",
    "NetworkPolicy",
    "NetworkPolicyProps",
    "ObjectStore",
    "ObjectStoreProps",
    "Objective",
    "Pace",
    "PersistentVolumeClaim",
    "Pod",
    "PodOptions",
    "Pods",
    "Port",
    "Probe",
    "Probes",
    "Reach",
    "ResourceField",
    "Resources",
    "Role",
    "RoleBinding",
    "RoleSecrets",
    "RoleUsers",
    "RouteProps",
    "Rule",
    "Scaling",
    "ScheduledJob",
    "SecretFiles",
    "SecretKey",
    "SecretKeys",
    "SecretStore",
    "SecretStoreProps",
    "Security",
    "Service",
    "ServiceAccount",
    "ServiceOptions",
    "ServicePort",
    "ServiceProps",
    "SpreadConstraint",
    "StatefulService",
    "StatefulServiceProps",
    "StatefulSet",
    "StatefulSetProps",
    "StatefulWorkload",
    "StatefulWorkloadProps",
    "StreamBackup",
    "StreamBackupProps",
    "TaskProps",
    "TcpCheck",
    "Toleration",
    "TraceCollector",
    "TraceCollectorProps",
    "Trigger",
    "Update",
    "VeleroSchedule",
    "VeleroScheduleProps",
    "VerticalAutoscaler",
    "Volume",
    "WebService",
    "WebServiceProps",
    "WorkloadProps",
    "claim_volume",
    "config_volume",
    "database_credentials",
    "empty_volume",
    "harden",
    "host_volume",
    "projected_volume",
    "role_credentials",
    "secret_volume",
]


def __getattr__(name: str) -> Any:
    module = _PLACES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return documented(getattr(import_module(f"{__name__}.{module}"), name))
