"""Dashboard of the workers of a system: throughput, backlogs, errors and resources."""

from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.monitoring.dashboard import DashboardProps, Panel, Row
from quantacirc_cdk.kubernetes.monitoring.slo import recorded
from quantacirc_cdk.kubernetes.monitoring.worker_rules import BACKLOG, FINISHED, WorkerMetrics, task_objective

_AGENT = 'agent=~"$agent"'


def worker_dashboard(
    metrics: WorkerMetrics, identity: Identity, *, title: str, objective_percent: float, bus: bool
) -> DashboardProps:
    """Return the dashboard of the workers in a namespace. A variable of the dashboard selects the workers to show."""
    own, namespace = metrics.own, f'namespace="{metrics.namespace}"'
    tasks = f"{metrics.prefix}tasks_total{{{own},{_AGENT}}}"
    seconds = f"{metrics.prefix}task_duration_seconds_bucket{{{own},{_AGENT}}}"
    runs = f"{metrics.prefix}runs{{{own},{_AGENT}}}"
    anomalies = f"{metrics.prefix}anomalies_total{{{own},{_AGENT}}}"
    budget = (100 - objective_percent) / 100
    bad = recorded(task_objective(metrics, objective_percent), "1h")
    work = Row(
        title="Work",
        panels=[
            Panel(
                title="Tasks by outcome",
                queries={"{{outcome}}": f"sum by (outcome) (rate({tasks}[5m]))"},
                unit="ops",
                stacked=True,
                description="retried: returned to the bus for another attempt. failed: moved to the dead letters.",
            ),
            Panel(title="Finished", queries={"{{agent}}": f"{FINISHED}{{{own},{_AGENT}}}"}, unit="ops"),
            Panel(title="Backlog", queries={"{{agent}}": f"{BACKLOG}{{{own},{_AGENT}}}"}, warn=20),
            Panel(
                title="Task duration",
                queries={
                    "median": f"histogram_quantile(0.5, sum by (le) (rate({seconds}[15m])))",
                    "95%": f"histogram_quantile(0.95, sum by (le) (rate({seconds}[15m])))",
                },
                unit="s",
            ),
            Panel(
                title="In flight",
                queries={"{{agent}}": f"sum by (agent) ({metrics.prefix}tasks_in_flight{{{own},{_AGENT}}})"},
            ),
            Panel(
                title="Recorded runs",
                queries={"{{status}}": f"sum by (status) (max by (agent, status) ({runs}))"},
                stacked=True,
            ),
        ],
    )
    budgets = Row(
        title="Objective",
        panels=[
            Panel(
                title="Error budget burn rate",
                queries={"{{agent}}": f"{bad}{{{own},{_AGENT}}} / {budget:.6g}"},
                description="1: the highest rate that meets the objective. 14.4: a month's budget in two days.",
                warn=1,
                alarm=6,
                width=16,
            ),
            Panel(
                title="Anomalies",
                queries={"{{agent}}": f"sum by (agent) (increase({anomalies}[1h]))"},
            ),
        ],
    )
    running = Row(
        title="Running",
        panels=[
            Panel(
                title="Replicas",
                queries={"{{deployment}}": f"kube_deployment_status_replicas_available{{{namespace}}}"},
            ),
            Panel(
                title="Memory, of the limit",
                queries={
                    "{{pod}}": f'max by (pod) (container_memory_working_set_bytes{{{namespace},container!=""}}\n'
                    f"/ on (namespace, pod, container) "
                    f'kube_pod_container_resource_limits{{{namespace},resource="memory"}})'
                },
                unit="percentunit",
                warn=0.8,
                alarm=0.95,
            ),
            Panel(
                title="Dependencies",
                queries={
                    "{{job}} {{dependency}}": f"min by (job, dependency) ({metrics.select('dependency_connected')})"
                },
            ),
        ],
    )
    return DashboardProps(
        identity=identity,
        title=title,
        namespace=metrics.namespace,
        tags=[metrics.namespace],
        variables={"agent": f"label_values({metrics.prefix}tasks_total{{{own}}}, agent)"},
        rows=[work, budgets, running, *([_bus(own, namespace)] if bus else [])],
    )


def _bus(own: str, namespace: str) -> Row:
    return Row(
        title="Bus",
        panels=[
            Panel(
                title="Messages kept",
                queries={"{{stream_name}}": f"max by (stream_name) (jetstream_stream_total_messages{{{own}}})"},
            ),
            Panel(
                title="Delivered but not acknowledged",
                queries={"{{consumer_name}}": f"max by (consumer_name) (jetstream_consumer_num_ack_pending{{{own}}})"},
            ),
            Panel(
                title="Free space on volumes",
                queries={
                    "{{persistentvolumeclaim}}": f"kubelet_volume_stats_available_bytes{{{namespace}}}\n"
                    f"/ kubelet_volume_stats_capacity_bytes{{{namespace}}}"
                },
                unit="percentunit",
            ),
        ],
    )
