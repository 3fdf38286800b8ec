"""The series of a healthy system, and what is wrong in each case."""

import re
from collections.abc import Sequence

from support.kubernetes.prometheus import DAY, HOUR, Case

NS = 'namespace="quantacirc"'
OWN = f'{NS},app_kubernetes_io_instance="quantacirc"'
SHARED_LABELS = ("namespace", "exported_namespace", "condition", "container", "volume")
"""Labels that do not tell the objects of two releases apart."""
AGENT = "pauli-guard"
OTHER = "london-link"


def tasks(agent: str, outcome: str) -> str:
    """Return the counter of an agent's tasks."""
    return f'quantacirc_tasks_total{{{OWN},job="{agent}",pod="{agent}-1",agent="{agent}",outcome="{outcome}"}}'


def pending(agent: str, server: int = 0) -> str:
    """Return the backlog of an agent as one server sees it."""
    return f'jetstream_consumer_num_pending{{{OWN},pod="bus-{server}",consumer_name="{agent}",stream_name="QC_TASKS"}}'


def another(series: str) -> str:
    """Return the series of another release in the same namespace, or of an object of its own."""
    named = re.sub(rf'\b(?!{"|".join(SHARED_LABELS)})(\w+)="', r'\1="blue-', series)
    return series.replace('instance="quantacirc"', 'instance="blue"') if OWN in series else named


def up(job: str) -> str:
    return f'up{{{OWN},job="{job}",pod="{job}-1"}}'


def deployment(metric: str, name: str) -> str:
    return f'kube_deployment_{metric}{{{NS},deployment="{name}",pod="kube-state-metrics-1"}}'


def autoscaler(metric: str, name: str) -> str:
    return f'kube_horizontalpodautoscaler_{metric}{{{NS},horizontalpodautoscaler="{name}"}}'


def members(metric: str) -> str:
    return f'kube_statefulset_{metric}{{{NS},statefulset="bus",pod="kube-state-metrics-1"}}'


def volume(metric: str) -> str:
    return f'kubelet_volume_stats_{metric}_bytes{{{NS},persistentvolumeclaim="data-bus-0"}}'


MOUNTED = f'kube_pod_spec_volumes_persistentvolumeclaims_info{{{NS},pod="bus-0",persistentvolumeclaim="data-bus-0"}}'


def cron_job(metric: str, name: str = "ledger-backup") -> str:
    return f'kube_cronjob_{metric}{{{NS},cronjob="{name}"}}'


EXPIRES = 'certmanager_certificate_expiration_timestamp_seconds{exported_namespace="quantacirc",name="bus-tls"}'
READY = 'certmanager_certificate_ready_status{exported_namespace="quantacirc",name="bus-tls",condition="True"}'
CONNECTED = f'quantacirc_dependency_connected{{{OWN},job="{AGENT}",pod="{AGENT}-1",dependency="ledger"}}'
RESTARTS = f'kube_pod_container_status_restarts_total{{{NS},pod="{AGENT}-1",container="{AGENT}"}}'
JOB = f'kube_job_failed{{{NS},job_name="create-secrets-1",condition="true"}}'
ANOMALIES = f'quantacirc_anomalies_total{{{OWN},job="exporter",pod="exporter-1",agent="{AGENT}"}}'
SPANS = f'otelcol_exporter_send_failed_spans_total{{{OWN},job="otel-collector",pod="otel-collector-1",exporter="otlp"}}'
DEAD = f'jetstream_stream_total_messages{{{OWN},pod="bus-0",stream_name="QC_DLQ"}}'
LAST, SUCCESS, NEXT = (
    cron_job("status_last_schedule_time"),
    cron_job("status_last_successful_time"),
    cron_job("next_schedule_time"),
)

REHEARSED, RESTORED = (
    cron_job(metric, "ledger-backup-drill") for metric in ("status_last_schedule_time", "status_last_successful_time")
)


def healthy(agents: Sequence[str], jobs: Sequence[str]) -> dict[str, str]:
    """Return the series of a system that is well, busy, and now and then fails."""
    found = {up(job): "1+0x{n}" for job in jobs}
    for agent in agents:
        found[tasks(agent, "done")] = "0+10x{n}"
        found[tasks(agent, "failed")] = "0+0.05x{n}"  # one in two hundred
        found[tasks(agent, "retried")] = "0+1x{n}"
        found[pending(agent)] = "3+0x{n}"
        found[pending(agent, 1)] = "0+0x{n}"  # does not lead the consumer, so it does not know
    return found | {
        CONNECTED: "1+0x{n}",
        RESTARTS: "2+0x{n}",
        deployment("status_replicas_available", AGENT): "3+0x{n}",
        deployment("spec_replicas", AGENT): "3+0x{n}",
        members("status_replicas_ready"): "3+0x{n}",
        members("replicas"): "3+0x{n}",
        autoscaler("status_desired_replicas", AGENT): "3+0x{n}",
        autoscaler("spec_max_replicas", AGENT): "10+0x{n}",
        autoscaler("spec_min_replicas", AGENT): "2+0x{n}",
        # One that cannot scale is at its maximum all the time.
        autoscaler("status_desired_replicas", OTHER): "2+0x{n}",
        autoscaler("spec_max_replicas", OTHER): "2+0x{n}",
        autoscaler("spec_min_replicas", OTHER): "2+0x{n}",
        volume("available"): "50+0x{n}",
        volume("capacity"): "100+0x{n}",
        MOUNTED: "1+0x{n}",
        EXPIRES: f"{60 * 86400}+0x{{n}}",
        READY: "1+0x{n}",
        JOB: "0+0x{n}",
        ANOMALIES: "0+0.01x{n}",
        DEAD: "7+0x{n}",
        SPANS: "3+0x{n}",
        SPANS.replace("send", "enqueue"): "1+0x{n}",
        LAST: "60+0x{n}",
        SUCCESS: "300+0x{n}",
        NEXT: f"{10 * 86400}+0x{{n}}",
        # Somebody else's trouble in another namespace.
        RESTARTS.replace("quantacirc", "other"): "0+5x{n}",
        tasks(AGENT, "failed").replace('"quantacirc"', '"other"'): "0+50x{n}",
        # Another release's in the same namespace, and in another one.
        another(tasks(AGENT, "failed")): "0+50x{n}",
        another(pending(AGENT)): "900+9x{n}",
        another(CONNECTED): "0+0x{n}",
        another(DEAD): "7+1x{n}",
        another(ANOMALIES): "0+1x{n}",
        another(up("exporter")): "1+0x{n}",
        another(RESTARTS): "0+5x{n}",
        another(deployment("status_replicas_available", AGENT)): "0+0x{n}",
        another(deployment("spec_replicas", AGENT)): "3+0x{n}",
        another(members("status_replicas_ready")): "0+0x{n}",
        another(members("replicas")): "3+0x{n}",
        another(autoscaler("status_desired_replicas", AGENT)): "10+0x{n}",
        another(autoscaler("spec_max_replicas", AGENT)): "10+0x{n}",
        another(autoscaler("spec_min_replicas", AGENT)): "2+0x{n}",
        another(volume("available")): "1+0x{n}",
        another(volume("capacity")): "100+0x{n}",
        another(MOUNTED): "1+0x{n}",
        another(EXPIRES): "86400+0x{n}",
        another(READY): "0+0x{n}",
        another(JOB): "1+0x{n}",
    }


FAST, SLOW = "TaskBudgetBurnsFast", "TaskBudgetBurnsSlowly"
STALLED = {tasks(AGENT, outcome): "9+0x{n}" for outcome in ("done", "failed", "retried")}

CASES = [
    Case("healthy for hours", {}, minutes=7 * HOUR),
    Case("healthy for days", {}, minutes=4 * DAY, step=10),
    Case("young: the first minutes after a start", {}, minutes=3),
    Case("nobody has work at night", STALLED | {pending(AGENT): "0+0x{n}"}),
    # Failures and the error budget. With an objective of 99% a ratio of 14.4%, 6%, 3% or 1% is too much for a window.
    Case("a quarter fails", {tasks(AGENT, "failed"): "0+3.3x{n}"}, {"TasksFail": 1, FAST: 2, SLOW: 2},
         minutes=5 * HOUR),
    Case("8% fail for hours", {tasks(AGENT, "failed"): "0+0.87x{n}"}, {FAST: 1, SLOW: 2}, minutes=5 * HOUR),
    Case("4% fail for hours", {tasks(AGENT, "failed"): "0+0.42x{n}"}, {SLOW: 2}, minutes=5 * HOUR),
    Case("2% fail for days", {tasks(AGENT, "failed"): "0+0.2x{n}"}, {SLOW: 1}, minutes=4 * DAY, step=10),
    Case("a quarter fails, for the first ten minutes", {tasks(AGENT, "failed"): "0+3.3x{n}"}, {"TasksFail": 1, FAST: 1},
         minutes=10),
    Case("all failed for a moment, an hour ago", {tasks(AGENT, "failed"): "0+0x230 0+5x10 50+0x60"}, minutes=5 * HOUR),
    Case("two failures in the night are not half of the tasks", {
        tasks(AGENT, "done"): "5+0x{n}", tasks(AGENT, "failed"): "0+0x123 1 2+0x9", tasks(AGENT, "retried"): None,
        pending(AGENT): "0+0x{n}"}),
    # Backlogs.
    Case("a backlog grows", {pending(AGENT): "20+1x{n}"}, {"BacklogGrowing": 1}, minutes=90),
    Case("a backlog is large and shrinks", {pending(AGENT): "900-1x{n}"}),
    Case("a backlog is large and stays", {pending(AGENT): "900+0x{n}"}),
    Case("a small backlog doubles", {pending(AGENT): "1+0.05x{n}"}),
    Case("tasks wait and none is finished", STALLED, {"NoProgress": 1}),
    Case("tasks wait and the agent never started", dict.fromkeys(STALLED), {"NoProgress": 1}),
    Case("tasks only come back", STALLED | {tasks(AGENT, "retried"): "0+5x{n}"}, {"NoProgress": 1}),
    Case("a slow task is no standstill", STALLED | {tasks(AGENT, "done"): "0 0+0x24 1+0x25 2+0x25 3+0x25"},
         minutes=100),
    Case("dead letters arrive", {DEAD: "7+0x110 9+0x{n}"}, {"DeadLetters": 1}),
    Case("dead letters were looked at and deleted", {DEAD: "9+0x110 0+0x{n}"}),
    Case("several anomalies within an hour", {ANOMALIES: "0+0.1x{n}"}, {"AnomaliesFound": 1}),
    # What it stands on.
    Case("a component is there and does not answer", {up("exporter"): "0+0x{n}"}, {"ComponentDown": 1}),
    Case("a component is gone", {up("exporter"): None}, {"ComponentDown": 1}),
    Case("one of two pods answers", {up("exporter").replace("-1", "-2"): "0+0x{n}"}),
    Case("a pod is replaced", {up("exporter"): "1+0x127 0+0x3"}),
    Case("a dependency is away", {CONNECTED: "0+0x{n}"}, {"DependencyUnavailable": 1}),
    Case("a dependency was away for a moment", {CONNECTED: "1+0x125 0+0x2 1+0x10"}),
    Case("a container crashes", {RESTARTS: "0+0.1x{n}"}, {"PodRestarts": 1}),
    Case("a container was killed once", {RESTARTS: "0+0x110 1+0x30"}),
    Case("pods are missing", {deployment("status_replicas_available", AGENT): "2+0x{n}"}, {"ReplicasMissing": 1}),
    Case("a rollout takes ten minutes", {deployment("status_replicas_available", AGENT): "3+0x120 2+0x10"}),
    Case("two of three members of the bus are missing", {members("status_replicas_ready"): "1+0x{n}"},
         {"MembersMissing": 1}),
    Case("members of the bus restart for ten minutes", {members("status_replicas_ready"): "3+0x120 2+0x10"}),
    Case("an autoscaler is at its end", {autoscaler("status_desired_replicas", AGENT): "10+0x{n}"},
         {"AutoscalerAtMaximum": 1}),
    Case("a volume is almost full", {volume("available"): "4+0x{n}"}, {"VolumeAlmostFull": 1}),
    Case("a volume fills up", {volume("available"): "45-0.15x{n}"}, {"VolumeFillsUp": 1}, minutes=10 * HOUR, step=5),
    Case("a volume fills up slowly", {volume("available"): "39-0.0005x{n}"}, minutes=10 * HOUR, step=5),
    Case("a certificate expires", {EXPIRES: f"{10 * 86400}+0x{{n}}"}, {"CertificateExpires": 1}),
    Case("a certificate expires, seen with other labels",
         {EXPIRES.replace("exported_", ""): f"{10 * 86400}+0x{{n}}"}, {"CertificateExpires": 1}),
    Case("a certificate is not issued", {READY: "0+0x{n}"}, {"CertificateNotReady": 1}),
    Case("a job has failed", {JOB: "1+0x{n}"}, {"JobFailed": 1}),
    Case("traces are not taken", {SPANS: "0+2x{n}"}, {"TracesLost": 1}),
    Case("traces find no room", {SPANS.replace("send", "enqueue"): "0+2x{n}"}, {"TracesLost": 1}),
    Case("a few traces were not taken", {SPANS: "0+0x120 5+0x{n}"}),
    Case("the trace collector is down", {up("otel-collector"): "0+0x{n}"}, {"TracesLost": 1}),
    # Backups: this one was due after one minute.
    Case("a backup failed after an older success", {SUCCESS: "30+0x{n}"}, {"BackupMissing": 1},
         minutes=6 * HOUR, step=5),
    Case("no backup ever succeeded", {SUCCESS: None}, {"BackupMissing": 1}, minutes=6 * HOUR, step=5),
    Case("a backup is still running", {SUCCESS: "30+0x{n}"}, minutes=4 * HOUR, step=5),
    # Rehearsals: the same.
    Case("a rehearsal failed", {REHEARSED: "60+0x{n}", RESTORED: "30+0x{n}"}, {"RestoreNotRehearsed": 1},
         minutes=6 * HOUR, step=5),
    Case("a rehearsal succeeded", {REHEARSED: "60+0x{n}", RESTORED: "90+0x{n}"}, minutes=6 * HOUR, step=5),
    Case("a backup never started", {NEXT: "1800+0x{n}"}, {"BackupMissing": 1}),
]  # fmt: skip
