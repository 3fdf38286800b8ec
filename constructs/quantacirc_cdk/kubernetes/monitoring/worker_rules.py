"""Alerts on workers that take tasks from a bus."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, Recording, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.service_monitor import INSTANCE, own_matchers
from quantacirc_cdk.kubernetes.monitoring.slo import Objective, burn_rate_alerts, burn_rate_recordings

BACKLOG = "agent:backlog:max"
FINISHED = "agent:tasks_finished:rate5m"


@dataclass(frozen=True, kw_only=True)
class WorkerMetrics:
    """Metrics of the workers, all with the label ``agent``; docs/container-contract.md lists them."""

    prefix: str
    """Prefix of their names (``shop_``)."""
    namespace: str
    """Namespace of the workers; metrics of other namespaces are ignored."""
    instance: str
    """Instance label of the workers' Services; metrics of other instances are ignored."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the series that are recorded from the metrics."""
        return {"namespace": self.namespace, INSTANCE: self.instance}

    @property
    def own(self) -> str:
        """Matchers of the metrics."""
        return own_matchers(self.namespace, self.instance)

    def recorded(self, name: str) -> str:
        """Return the selector of a series that is recorded from the metrics."""
        return f"{name}{{{self.own}}}"

    def select(self, metric: str, **labels: str) -> str:
        """Return a selector. A label value with ``|`` is used as a regular expression."""
        more = (f'{key}{"=~" if "|" in value else "="}"{value}"' for key, value in labels.items())
        return f"{self.prefix}{metric}{{{','.join((self.own, *more))}}}"

    @property
    def finished(self) -> str:
        """Selector of finished tasks, successful or not."""
        return self.select("tasks_total", outcome="done|failed")

    @property
    def failed(self) -> str:
        """Selector of failed tasks."""
        return self.select("tasks_total", outcome="failed")


def task_objective(metrics: WorkerMetrics, percent: float) -> Objective:
    """Return the objective for successful tasks, separately for each worker."""
    return Objective(
        name="Task",
        noun="tasks",
        series="agent:tasks",
        by=("agent",),
        bad=metrics.failed,
        total=metrics.finished,
        percent=percent,
        labels=metrics.labels,
    )


def worker_rules(
    metrics: WorkerMetrics, workers: Sequence[str], *, objective_percent: float = 99.0, stuck_minutes: int = 30
) -> list[RuleGroup]:
    """Return the alerts for these workers: failures, growing backlogs, no progress, a used-up error budget.

    The backlog comes from NATS' exporter, in which the consumer has the name of its worker. Only the leader of a
    consumer reports its backlog, and the other servers report 0
    (https://github.com/nats-io/prometheus-nats-exporter/issues/218). The rules therefore use the maximum.
    """
    consumers = "|".join(sorted(workers))
    pending = f'jetstream_consumer_num_pending{{{metrics.own},consumer_name=~"{consumers}"}}'
    backlog, bad = metrics.recorded(BACKLOG), metrics.recorded("agent:tasks_bad:ratio_rate30m")
    objective = task_objective(metrics, objective_percent)
    records = [
        Recording(
            name=BACKLOG,
            expression=f'max by (agent) (label_replace({pending}, "agent", "$1", "consumer_name", "(.*)"))',
            labels=metrics.labels,
        ),
        Recording(name=FINISHED, expression=f"sum by (agent) (rate({metrics.finished}[5m]))", labels=metrics.labels),
        *burn_rate_recordings(objective),
    ]
    alerts = [
        Alert(
            name="TasksFail",
            expression=f"{bad} > 0.1\nand on (agent) sum by (agent) (increase({metrics.failed}[30m])) >= 3",
            minutes=5,
            severity="warning",
            summary="{{ $value | humanizePercentage }} of the tasks of {{ $labels.agent }} fail.",
            description="More than 10% of the tasks, and at least three, failed in half an hour. They are in the dead "
            "letters, and are not retried automatically.",
        ),
        Alert(
            name="BacklogGrowing",
            expression=f"{backlog} > 20\nand {backlog} > 1.2 * ({backlog} offset 30m)",
            minutes=15,
            severity="warning",
            summary="{{ $value }} tasks wait for {{ $labels.agent }}, and the number is growing.",
            description="The backlog has grown by 20% in half an hour, and is still growing: there are too few "
            "replicas. Tasks wait longer, until the stream drops the oldest.",
        ),
        Alert(
            name="NoProgress",
            expression=f"{backlog} > 0\n"
            f"unless on (agent) sum by (agent) (increase({metrics.finished}[{stuck_minutes}m])) > 0",
            minutes=5,
            severity="critical",
            summary="{{ $labels.agent }} has finished no task recently, and {{ $value }} tasks wait.",
            description="There are tasks, but none is finished: the pods are stuck, cannot reach a dependency, or do "
            "not exist.",
        ),
        *burn_rate_alerts(objective),
    ]
    # All rules are in one group, because a group is evaluated in order: alerts use the values just recorded.
    return [RuleGroup(name="workers", rules=[*records, *alerts])]


def anomaly_rules(metrics: WorkerMetrics) -> RuleGroup:
    """Return the alerts for anomalous tasks."""
    anomalies = metrics.select("anomalies_total")
    alert = Alert(
        name="AnomaliesFound",
        expression=f"sum by (agent) (increase({anomalies}[1h])) >= 3",
        minutes=0,
        severity="info",
        summary="{{ $value | humanize }} tasks of {{ $labels.agent }} were anomalies within an hour.",
        description="They took much longer than other tasks of this worker. Several anomalies indicate a provider or "
        "a release that has become slow.",
    )
    return RuleGroup(name="anomalies", rules=[alert])
