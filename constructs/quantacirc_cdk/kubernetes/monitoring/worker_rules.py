"""Alerts on workers that take tasks from a bus."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, Recording, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.slo import Objective, burn_rate_alerts, burn_rate_recordings

BACKLOG = "agent:backlog:max"
FINISHED = "agent:tasks_finished:rate5m"


@dataclass(frozen=True, kw_only=True)
class WorkerMetrics:
    """The metrics that workers serve, all with the label ``agent``; docs/container-contract.md lists them."""

    prefix: str
    """What their names begin with (``shop_``)."""
    namespace: str
    """Where the workers are; metrics of others with the same names do not count."""

    def select(self, metric: str, **labels: str) -> str:
        """Return a selector; a label value with a ``|`` is a pattern."""
        chosen = {"namespace": self.namespace, **labels}
        matchers = ",".join(f'{key}{"=~" if "|" in value else "="}"{value}"' for key, value in chosen.items())
        return f"{self.prefix}{metric}{{{matchers}}}"

    @property
    def finished(self) -> str:
        """Tasks that came to an end, one way or the other."""
        return self.select("tasks_total", outcome="done|failed")

    @property
    def failed(self) -> str:
        """Tasks that were given up."""
        return self.select("tasks_total", outcome="failed")


def task_objective(metrics: WorkerMetrics, percent: float) -> Objective:
    """Return the objective that tasks succeed, for every worker by itself."""
    return Objective(
        name="Task",
        noun="tasks",
        series="agent:tasks",
        by=("agent",),
        bad=metrics.failed,
        total=metrics.finished,
        percent=percent,
    )


def worker_rules(
    metrics: WorkerMetrics, workers: Sequence[str], *, objective_percent: float = 99.0, stuck_minutes: int = 30
) -> list[RuleGroup]:
    """Return what is to be known of these workers: failures, growing backlogs, standstill, a spent error budget.

    The backlog comes from NATS' exporter, in which a consumer has the name of its worker. Only the leader of a
    consumer knows its backlog, and the others say 0 (https://github.com/nats-io/prometheus-nats-exporter/issues/218):
    hence the maximum.
    """
    consumers = "|".join(sorted(workers))
    pending = f'jetstream_consumer_num_pending{{namespace="{metrics.namespace}",consumer_name=~"{consumers}"}}'
    objective = task_objective(metrics, objective_percent)
    records = [
        Recording(
            name=BACKLOG,
            expression=f'max by (agent) (label_replace({pending}, "agent", "$1", "consumer_name", "(.*)"))',
        ),
        Recording(name=FINISHED, expression=f"sum by (agent) (rate({metrics.finished}[5m]))"),
        *burn_rate_recordings(objective),
    ]
    alerts = [
        Alert(
            name="TasksFail",
            expression=f"agent:tasks_bad:ratio_rate30m > 0.1\n"
            f"and sum by (agent) (increase({metrics.failed}[30m])) >= 3",
            minutes=5,
            severity="warning",
            summary="{{ $value | humanizePercentage }} of the tasks of {{ $labels.agent }} fail.",
            description="More than one task in ten, and at least three, were given up in half an hour. They are "
            "among the "
            "dead letters and are not tried again by themselves.",
        ),
        Alert(
            name="BacklogGrowing",
            expression=f"{BACKLOG} > 20\nand {BACKLOG} > 1.2 * ({BACKLOG} offset 30m)",
            minutes=15,
            severity="warning",
            summary="{{ $value }} tasks wait for {{ $labels.agent }}, and they become more.",
            description="The backlog has grown by a fifth in half an hour, and goes on: its replicas do not keep up. "
            "Tasks "
            "wait longer and longer, until those that are too old are dropped from the stream.",
        ),
        Alert(
            name="NoProgress",
            expression=f"{BACKLOG} > 0\n"
            f"unless on (agent) sum by (agent) (increase({metrics.finished}[{stuck_minutes}m])) > 0",
            minutes=5,
            severity="critical",
            summary="{{ $labels.agent }} has finished nothing for long, and {{ $value }} tasks wait.",
            description="Tasks are there and none comes to an end: its pods are stuck, cannot reach what they need, "
            "or are "
            "not there.",
        ),
        *burn_rate_alerts(objective),
    ]
    # One group, because its rules are evaluated in order: alerts see what was recorded a moment ago.
    return [RuleGroup(name="workers", rules=[*records, *alerts])]


def anomaly_rules(metrics: WorkerMetrics) -> RuleGroup:
    """Return what is to be known of tasks that behave unlike the others."""
    anomalies = metrics.select("anomalies_total")
    alert = Alert(
        name="AnomaliesFound",
        expression=f"sum by (agent) (increase({anomalies}[1h])) >= 3",
        minutes=0,
        severity="info",
        summary="{{ $value | humanize }} tasks of {{ $labels.agent }} were anomalies within an hour.",
        description="They took far longer than tasks of this worker do. One is nothing; several point to a provider "
        "that has "
        "become slow or to a release that has.",
    )
    return RuleGroup(name="anomalies", rules=[alert])
