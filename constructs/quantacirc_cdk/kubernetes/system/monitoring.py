"""Monitoring of a system, if the cluster has the Prometheus Operator."""

from collections.abc import Iterable

from quantacirc_cdk.kinds.registry import Hook, called, hook
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.generated_secrets import SECRETS_JOB
from quantacirc_cdk.kubernetes.monitoring import Dashboard, PrometheusRule, ServiceMonitor, ServiceMonitorProps
from quantacirc_cdk.kubernetes.monitoring.own_objects import OwnObjects
from quantacirc_cdk.kubernetes.monitoring.platform_rules import (
    certificate_rules,
    component_rules,
    job_rules,
    scraping_rules,
    trace_rules,
    volume_rules,
)
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import RuleGroup, prometheus_rule_spec
from quantacirc_cdk.kubernetes.monitoring.worker_rules import WorkerMetrics
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.tracing import COLLECTOR, collector_identity


class Monitoring(Construct):
    """ServiceMonitors, alerts and dashboards of a system, derived from its components.

    Creates a ServiceMonitor for each component with metrics, one PrometheusRule, whose rules follow from all objects
    (``system_rules``), and the ConfigMap of each dashboard that a kind defines for its components.
    """

    def __init__(self, scope: Construct, id: str, context: Context) -> None:
        super().__init__(scope, id)
        for props in service_monitors(context):
            ServiceMonitor(self, props.identity.name, props)
        PrometheusRule(self, "rules", identity=context.identity(context.namespace, "monitoring"), groups=())
        for dashboards, names in by_hook(context, "monitoring.dashboards"):
            for props in dashboards(context, names):
                Dashboard(self, props.identity.name, props)


def worker_metrics(context: Context) -> WorkerMetrics:
    """Return the metrics of the system's containers: the prefix is the environment prefix in lower case."""
    prefix = context.system.container.environment_prefix or ""
    return WorkerMetrics(prefix=prefix.lower(), namespace=context.namespace, instance=context.system.name)


def by_hook(context: Context, path: str) -> list[tuple[Hook, list[str]]]:
    """Return each hook of this path that kinds define, with the components of these kinds."""
    found: dict[Hook, list[str]] = {}
    for name, component in context.present.items():
        if of_kind := hook(component, path):
            found.setdefault(of_kind, []).append(name)
    return list(found.items())


def service_monitors(context: Context) -> list[ServiceMonitorProps]:
    """Return the scrape targets: components with metrics, and the trace collector."""
    found = [props for name in context.present for props in _monitors(context, name)]
    collector = collector_identity(context)
    return [*found, *([ServiceMonitorProps(identity=collector)] if collector else [])]


def _monitors(context: Context, name: str) -> list[ServiceMonitorProps]:
    return called(context.system.components[name], "monitoring.monitors", context, name) or []


def exported(context: Context, name: str) -> bool:
    """Return whether a component has metrics."""
    return bool(_monitors(context, name))


def system_rules(context: Context, objects: Iterable[Data]) -> Data:
    """Return the ``spec`` of all rules that apply to this system, with these ``objects``, in this environment.

    Raises ``PropsError`` for rules of a kind that ``PrometheusRule`` refuses.
    """
    system = context.system
    added = {COLLECTOR: system.trace_collector, SECRETS_JOB: system.toolbox}
    components = (*system.components, *(name for name, image in added.items() if image))
    return prometheus_rule_spec(
        "monitoring/rules",
        _groups(context, OwnObjects(namespace=context.namespace, components=components, objects=objects)),
        runbooks=system.runbooks,
        labels={"environment": context.environment.name, "system": system.name},
    )


def _groups(context: Context, own: OwnObjects) -> list[RuleGroup]:
    # A component that may scale to 0 is not down without pods.
    watched = [name for name in context.present if exported(context, name) and context.replicas(name).min]
    backups = [name for name, component in context.present.items() if component.makes_backups]
    rehearsals = [
        f"{name}-drill" for name, component in context.present.items() if component.rehearsal_schedule(context.system)
    ]
    groups = [
        component_rules(worker_metrics(context), own),
        volume_rules(own),
        job_rules(own, backups, rehearsals),
    ]
    if watched:
        groups.append(scraping_rules(worker_metrics(context), watched))
    for rules, names in by_hook(context, "monitoring.rules"):
        groups += rules(context, names)
    if collector_identity(context):
        groups.append(trace_rules(worker_metrics(context).own, COLLECTOR))
    if context.environment.cluster.addons.cert_manager:
        groups.append(certificate_rules(own))
    return sorted(groups, key=lambda group: group.name)
