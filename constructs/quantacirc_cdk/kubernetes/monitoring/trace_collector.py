"""OpenTelemetry Collector: receives traces from the components and forwards them to the trace store.

Components send to a collector in the same namespace. A slow or unavailable trace store then does not affect them, and
they need not know its address (https://opentelemetry.io/docs/collector/deploy/gateway/).
"""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.config_map import CONFIG_HASH, ConfigMap, content_hash
from quantacirc_cdk.kubernetes.container import Container, Port
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.deployment import Deployment, DeploymentProps
from quantacirc_cdk.kubernetes.disruption_budget import DisruptionBudget
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.pod import Pod
from quantacirc_cdk.kubernetes.probes import Probes
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.kubernetes.service import Service, ServiceProps
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.volume import Mount, config_volume
from quantacirc_cdk.limits.check import Checked
from quantacirc_cdk.limits.image import Image
from quantacirc_cdk.limits.kubernetes import Count, NonRootId, ObjectName
from quantacirc_cdk.limits.quantity import MEBIBYTE, parse_quantity
from quantacirc_cdk.text import yaml

GRPC = Port(name="otlp-grpc", port=4317)
HTTP = Port(name="otlp-http", port=4318)
METRICS = Port(name="metrics", port=8888)
HEALTH = Port(name="health", port=13133)
CONFIG = "/etc/otel-collector"
FILE = "collector.yaml"
RESOURCES = Resources(cpu="100m", memory="256Mi", memory_limit="512Mi", ephemeral_storage="128Mi")
QUEUE = 1000
"""Batches that are queued while the trace store is unavailable."""


@dataclass(frozen=True, kw_only=True)
class TraceCollectorProps:
    """A trace collector."""

    identity: Identity
    image: Image
    """Image of an OpenTelemetry Collector whose entry point accepts ``--config``: the core distribution or a larger
    one.
    """
    endpoint: str
    """Host and port of the trace store, which receives OTLP over gRPC."""
    tls: bool = False
    """Use TLS to the store and verify its name. Traffic inside a cluster is usually not encrypted."""
    replicas: Count = 2
    resources: Resources = RESOURCES
    user_id: NonRootId = 10001
    priority_class: ObjectName | None = None


def collector_config(props: TraceCollectorProps) -> Data:
    """Return the collector's configuration (https://opentelemetry.io/docs/collector/configuration/).

    The memory limiter comes first, so that it refuses data before anything is stored; batching comes last. Failed
    exports are retried for five minutes, and the queue is bounded.
    """
    return {
        "exporters": {
            "otlp": {
                "endpoint": props.endpoint,
                "retry_on_failure": {"enabled": True, "initial_interval": "1s", "max_elapsed_time": "300s"},
                "sending_queue": {"enabled": True, "queue_size": QUEUE},
                "timeout": "10s",
                "tls": {"insecure": not props.tls},
            }
        },
        "extensions": {"health_check": {"endpoint": f"0.0.0.0:{HEALTH.port}"}},
        "processors": {
            "batch": {"send_batch_max_size": 1024, "send_batch_size": 512, "timeout": "2s"},
            "memory_limiter": {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 25},
        },
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {
                        "endpoint": f"0.0.0.0:{GRPC.port}",
                        # A connection stays with one pod while it lasts. A maximum age lets new pods get their share.
                        "keepalive": {"server_parameters": {"max_connection_age": "300s"}},
                    },
                    "http": {"endpoint": f"0.0.0.0:{HTTP.port}"},
                }
            }
        },
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                "traces": {
                    "exporters": ["otlp"],
                    "processors": ["memory_limiter", "batch"],
                    "receivers": ["otlp"],
                }
            },
            "telemetry": {
                "logs": {"encoding": "json", "level": "info"},
                "metrics": {
                    "level": "normal",
                    "readers": [{"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": METRICS.port}}}}],  # noqa: S104
                },
            },
        },
    }


def collector_files(props: TraceCollectorProps) -> dict[str, str]:
    """Return the collector's files by name."""
    return {FILE: yaml.dump(collector_config(props), sort_keys=True)}


def collector_pod(props: TraceCollectorProps) -> Pod:
    """Return the collector's pod. It sets Go's memory limit, so that garbage collection becomes more frequent near
    it.
    """
    most = props.resources.memory_limit
    limit = int(parse_quantity(most)) * 8 // 10 // MEBIBYTE if most else None
    container = Container(
        name=props.identity.name,
        image=props.image,
        args=[f"--config={CONFIG}/{FILE}"],
        ports=[GRPC, HTTP, METRICS, HEALTH],
        environment={"GOMEMLIMIT": f"{limit}MiB"} if limit else {},
        resources=props.resources,
        probes=Probes(port=HEALTH.name, startup_path="/", liveness_path="/", readiness_path="/"),
        mounts=[Mount(volume="config", path=CONFIG, read_only=True)],
    )
    return Pod(
        containers=[container],
        volumes=[config_volume("config", props.identity.name)],
        service_account=props.identity.name,
        user_id=props.user_id,
        priority_class=props.priority_class,
        annotations={CONFIG_HASH: content_hash(collector_files(props))},
    )


def trace_variables(endpoint: str, name: str, attributes: str) -> dict[str, str]:
    """Return the environment variables that point any OpenTelemetry SDK to a collector.

    ``attributes`` can reference other variables as ``$(NAME)``. The variables are those of
    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
    """
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{endpoint}:{GRPC.port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_RESOURCE_ATTRIBUTES": attributes,
        "OTEL_SERVICE_NAME": name,
    }


class TraceCollector(Checked, Construct):
    """An OpenTelemetry Collector that receives OTLP, limits its memory, batches, and forwards.

    Creates its Deployment, Service (OTLP over gRPC and HTTP, and its own metrics), ServiceAccount, the ConfigMap of its
    configuration, a change of which rolls the pods, and a disruption budget.
    """

    def __init__(self, scope: Construct, id: str, props: TraceCollectorProps) -> None:
        super().__init__(scope, id)
        identity = props.identity
        ServiceAccount(self, "service-account", name=identity.name, labels=identity.labels)
        ConfigMap(self, "config", name=identity.name, data=collector_files(props), labels=identity.labels)
        deployment = DeploymentProps(identity=identity, pod=collector_pod(props), replicas=props.replicas)
        Deployment(self, "deployment", deployment)
        Service(self, "service", ServiceProps(identity=identity, ports=[GRPC, HTTP, METRICS]))
        DisruptionBudget(self, "disruption-budget", identity=identity)
