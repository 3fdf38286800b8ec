"""Tracing of a system: the collector, the settings of components, and connections."""

from collections.abc import Iterator

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.monitoring.trace_collector import (
    GRPC,
    METRICS,
    TraceCollectorProps,
    trace_variables,
)
from quantacirc_cdk.kubernetes.network_policy import Edge, Pods
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.model.component import Serving

COLLECTOR = "otel-collector"
"""Name of the collector."""


def trace_collector_props(context: Context) -> TraceCollectorProps | None:
    """Return the trace collector, if the cluster has a trace store."""
    identity, cluster = collector_identity(context), context.environment.cluster
    if identity is None:
        return None
    return TraceCollectorProps(
        identity=identity,
        image=context.image(str(context.system.trace_collector)),
        endpoint=f"{cluster.tracing_service}.{cluster.tracing_namespace}.svc:{cluster.tracing_port}",
        replicas=2 if context.environment.high_availability else 1,
        user_id=context.system.container.user_id,
        priority_class=context.priority("services"),
    )


def collector_identity(context: Context) -> Identity | None:
    """Return the identity of the collector, if the cluster has a trace store."""
    image = context.system.trace_collector
    if not (image and context.environment.cluster.addons.tracing):
        return None
    return context.identity(COLLECTOR, "monitoring", version=context.system.images[image].tag)


def tracing_variables(context: Context, name: str) -> dict[str, str]:
    """Return the tracing variables of a component; they refer to the variables of its environment and version."""
    if collector_identity(context) is None:
        return {}
    prefix = context.system.container.environment_prefix
    attributes = {
        "deployment.environment.name": f"$({prefix}ENVIRONMENT)",
        "service.namespace": context.system.name,
        "service.version": f"$({prefix}VERSION)",
    }
    text = ",".join(f"{key}={value}" for key, value in attributes.items())
    return trace_variables(COLLECTOR, name, text)


def tracing_edges(context: Context) -> Iterator[Edge]:
    """Yield the connections of the collector: from components, to the trace store, and from Prometheus."""
    identity, cluster = collector_identity(context), context.environment.cluster
    if identity is None:
        return
    collector = Pods(labels=identity.selector)
    for name in context.having(Serving):
        source = Pods(labels=context.pods(name))
        yield Edge(source=source, target=collector, ports=(GRPC,))
    store = Port(name="otlp", port=cluster.tracing_port)
    yield Edge(source=collector, target=Pods(namespace=cluster.tracing_namespace), ports=(store,))
    yield Edge(source=Pods(namespace=cluster.monitoring_namespace), target=collector, ports=(METRICS,))
