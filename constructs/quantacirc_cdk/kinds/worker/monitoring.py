"""Alerts for workers, and their dashboard."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.dashboard import DashboardProps
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import RuleGroup
from quantacirc_cdk.kubernetes.monitoring.worker_dashboard import worker_dashboard
from quantacirc_cdk.kubernetes.monitoring.worker_rules import anomaly_rules, worker_rules
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.monitoring import exported, worker_metrics
from quantacirc_cdk.model.component import Carrying, Serving


def rules(context: Context, names: Sequence[str]) -> list[RuleGroup]:
    """Return the alerts for workers: backlogs, if their bus has an exporter, and anomalous tasks."""
    metrics, groups = worker_metrics(context), []
    if _bus(context):
        groups += worker_rules(metrics, names, objective_percent=context.system.task_objective_percent)
    if any(part.watches for part in context.having(Serving).values()):
        groups.append(anomaly_rules(metrics))
    return groups


def dashboards(context: Context, names: Sequence[str]) -> list[DashboardProps]:  # noqa: ARG001
    """Return the dashboard of all workers."""
    dashboard = worker_dashboard(
        worker_metrics(context),
        context.identity(f"{context.namespace}-dashboard", "monitoring"),
        title=f"{context.system.name} {context.environment.name}",
        objective_percent=context.system.task_objective_percent,
        bus=_bus(context),
    )
    return [dashboard]


def _bus(context: Context) -> bool:
    """Return whether a bus exports the backlogs of its consumers."""
    return any(exported(context, name) for name in context.having(Carrying))
