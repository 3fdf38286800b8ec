"""cdk8s constructs for workloads: hardened, scaled, spread, each from a short typed specification.

The constructs are imported when they are first used, so that the parts that need no Node.js (the pure functions, the
evaluator of network policies) load without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quantacirc_cdk.kubernetes.agent_service import AgentService, AgentServiceProps
    from quantacirc_cdk.kubernetes.autoscaler import Scaling
    from quantacirc_cdk.kubernetes.backup import (
        BackupTarget,
        DatabaseBackup,
        DatabaseBackupProps,
        StreamBackup,
        StreamBackupProps,
        VeleroSchedule,
        VeleroScheduleProps,
    )
    from quantacirc_cdk.kubernetes.container import FieldPath, Port, SecretKey
    from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret, GeneratedSecrets, GeneratedSecretsProps
    from quantacirc_cdk.kubernetes.generated_service import Entrance, GeneratedService, GeneratedServiceProps, Reach
    from quantacirc_cdk.kubernetes.identity import Identity
    from quantacirc_cdk.kubernetes.ingress import Limits
    from quantacirc_cdk.kubernetes.manifest import Manifest
    from quantacirc_cdk.kubernetes.monitoring.trace_collector import TraceCollector, TraceCollectorProps
    from quantacirc_cdk.kubernetes.namespace import Namespace
    from quantacirc_cdk.kubernetes.nats import MessageBus, MessageBusProps
    from quantacirc_cdk.kubernetes.network_policy import Addresses, Pods
    from quantacirc_cdk.kubernetes.object_store import ObjectStore, ObjectStoreProps
    from quantacirc_cdk.kubernetes.postgresql import Postgresql, PostgresqlProps, postgresql_credentials
    from quantacirc_cdk.kubernetes.probes import Probes
    from quantacirc_cdk.kubernetes.resources import Resources
    from quantacirc_cdk.kubernetes.scheduled_job import JobTemplate, ScheduledJob
    from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
    from quantacirc_cdk.kubernetes.task import TaskProps
    from quantacirc_cdk.kubernetes.web_service import WebService, WebServiceProps
    from quantacirc_cdk.kubernetes.workload import SecretFiles

_MODULES = {
    "agent_service": ("AgentService", "AgentServiceProps"),
    "autoscaler": ("Scaling",),
    "backup": (
        "BackupTarget",
        "DatabaseBackup",
        "DatabaseBackupProps",
        "StreamBackup",
        "StreamBackupProps",
        "VeleroSchedule",
        "VeleroScheduleProps",
    ),
    "container": ("FieldPath", "Port", "SecretKey"),
    "generated_secrets": ("GeneratedSecret", "GeneratedSecrets", "GeneratedSecretsProps"),
    "generated_service": ("Entrance", "GeneratedService", "GeneratedServiceProps", "Reach"),
    "identity": ("Identity",),
    "ingress": ("Limits",),
    "manifest": ("Manifest",),
    "monitoring.trace_collector": ("TraceCollector", "TraceCollectorProps"),
    "namespace": ("Namespace",),
    "nats": ("MessageBus", "MessageBusProps"),
    "network_policy": ("Addresses", "Pods"),
    "object_store": ("ObjectStore", "ObjectStoreProps"),
    "postgresql": ("Postgresql", "PostgresqlProps", "postgresql_credentials"),
    "probes": ("Probes",),
    "resources": ("Resources",),
    "scheduled_job": ("JobTemplate", "ScheduledJob"),
    "stateful_service": ("StatefulService", "StatefulServiceProps"),
    "task": ("TaskProps",),
    "web_service": ("WebService", "WebServiceProps"),
    "workload": ("SecretFiles",),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Addresses",
    "AgentService",
    "AgentServiceProps",
    "BackupTarget",
    "DatabaseBackup",
    "DatabaseBackupProps",
    "Entrance",
    "FieldPath",
    "GeneratedSecret",
    "GeneratedSecrets",
    "GeneratedSecretsProps",
    "GeneratedService",
    "GeneratedServiceProps",
    "Identity",
    "JobTemplate",
    "Limits",
    "Manifest",
    "MessageBus",
    "MessageBusProps",
    "Namespace",
    "ObjectStore",
    "ObjectStoreProps",
    "Pods",
    "Port",
    "Postgresql",
    "PostgresqlProps",
    "Probes",
    "Reach",
    "Resources",
    "Scaling",
    "ScheduledJob",
    "SecretFiles",
    "SecretKey",
    "StatefulService",
    "StatefulServiceProps",
    "StreamBackup",
    "StreamBackupProps",
    "TaskProps",
    "TraceCollector",
    "TraceCollectorProps",
    "VeleroSchedule",
    "VeleroScheduleProps",
    "WebService",
    "WebServiceProps",
    "postgresql_credentials",
]


def __getattr__(name: str) -> Any:
    module = _PLACES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
