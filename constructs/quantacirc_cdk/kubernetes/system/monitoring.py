"""What is scraped, alerted on and shown of a system, where the cluster has the Prometheus Operator."""

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.monitoring import Dashboard, PrometheusRule, ServiceMonitor, ServiceMonitorProps
from quantacirc_cdk.kubernetes.monitoring.platform_rules import (
    certificate_rules,
    component_rules,
    dead_letter_rules,
    job_rules,
    trace_rules,
    volume_rules,
)
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import RuleGroup
from quantacirc_cdk.kubernetes.monitoring.worker_dashboard import worker_dashboard
from quantacirc_cdk.kubernetes.monitoring.worker_rules import WorkerMetrics, anomaly_rules, worker_rules
from quantacirc_cdk.kubernetes.nats.stream import UNDELIVERED, consumers, streams
from quantacirc_cdk.kubernetes.system.connections import clients
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.tracing import COLLECTOR, collector_identity
from quantacirc_cdk.model.facts import metrics as served_metrics


class Monitoring(Construct):
    """ServiceMonitors, alerts and the dashboard of a system, all derived from its components.

    Creates a ServiceMonitor for each component with metrics, one PrometheusRule, and the dashboard's ConfigMap where
    there are agents.
    """

    def __init__(self, scope: Construct, id: str, context: Context) -> None:
        super().__init__(scope, id)
        for props in service_monitors(context):
            ServiceMonitor(self, props.identity.name, props)
        identity = context.identity(context.namespace, "monitoring")
        labels = {"environment": context.environment.name, "system": context.system.name}
        PrometheusRule(
            self,
            "rules",
            identity=identity,
            groups=system_rules(context),
            runbooks=context.system.runbooks,
            alert_labels=labels,
        )
        if context.present("agent"):
            title = f"{context.system.name} {context.environment.name}"
            dashboard = worker_dashboard(
                worker_metrics(context),
                context.identity(f"{context.namespace}-dashboard", "monitoring"),
                title=title,
                objective_percent=context.system.task_objective_percent,
                bus=bool(_exported_buses(context)),
            )
            Dashboard(self, "dashboard", dashboard)


def worker_metrics(context: Context) -> WorkerMetrics:
    """Return the metrics of the system's containers: their names begin with the environment prefix in lower case."""
    prefix = context.system.container.environment_prefix or ""
    return WorkerMetrics(prefix=prefix.lower(), namespace=context.namespace)


def service_monitors(context: Context) -> list[ServiceMonitorProps]:
    """Return what is scraped: every component that serves metrics, and a bus with an exporter."""
    found = [_service_monitor(context, name) for name in _scraped(context)]
    found += [ServiceMonitorProps(identity=context.component_identity(name)) for name in _exported_buses(context)]
    collector = collector_identity(context)
    return [*found, *([ServiceMonitorProps(identity=collector)] if collector else [])]


def system_rules(context: Context) -> list[RuleGroup]:
    """Return every rule that this system in this environment has a use for."""
    system, namespace, metrics = context.system, context.namespace, worker_metrics(context)
    workers, buses = context.present("agent"), _exported_buses(context)
    backups = [name for name, component in context.present("job").items() if component.backs_up]
    groups = [component_rules(metrics, [*_scraped(context), *buses]), volume_rules(namespace)]
    if collector_identity(context):
        groups.append(trace_rules(namespace, COLLECTOR))
    groups.append(job_rules(namespace, backups))
    if workers and buses:
        groups += worker_rules(metrics, list(workers), objective_percent=system.task_objective_percent)
    if workers and context.present("monitor"):
        groups.append(anomaly_rules(metrics))
    if buses:
        groups.append(dead_letter_rules(namespace, _dead_letters(context)))
    if context.environment.cluster.addons.cert_manager:
        groups.append(certificate_rules(namespace))
    return sorted(groups, key=lambda group: group.name)


def _scraped(context: Context) -> list[str]:
    """Return the workloads that serve metrics."""
    return [name for name, component in context.workloads.items() if served_metrics(context.system, component)]


def _service_monitor(context: Context, name: str) -> ServiceMonitorProps:
    found = served_metrics(context.system, context.system.components[name])
    assert found is not None  # noqa: S101 (asked for what is scraped only)
    return ServiceMonitorProps(
        identity=context.component_identity(name),
        port=found.port,
        path=found.path,
        interval_seconds=found.interval_seconds,
        labels=found.labels,
    )


def _exported_buses(context: Context) -> list[str]:
    return [name for name, component in context.present("bus").items() if component.exporter]


def _dead_letters(context: Context) -> list[str]:
    """Return the streams that nobody consumes."""
    known = streams(clients(context))
    consumed = {consumer.stream for consumer in consumers(clients(context), known)}
    return sorted({stream.name for stream in known} - consumed | {UNDELIVERED.name})
