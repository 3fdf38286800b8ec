"""Alerts on what any system stands on: pods, dependencies, volumes, certificates, jobs, backups."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.worker_rules import WorkerMetrics


def component_rules(metrics: WorkerMetrics, components: Sequence[str]) -> RuleGroup:
    """Return what is to be known of components that are scraped, each under its name as ``job``."""
    own = f'namespace="{metrics.namespace}"'
    down = [
        Alert(
            name="ComponentDown",
            expression=f'absent(up{{{own},job="{name}"}} == 1)',
            minutes=5,
            severity="critical",
            summary=f"No pod of {name} answers.",
            description="Prometheus reaches none of its pods: they are not there, not ready to be asked, or cut off. "
            "What it "
            "does is not done.",
            labels={"component": name},
        )
        for name in sorted(components)
    ]
    others = [
        Alert(
            name="DependencyUnavailable",
            expression=f"min by (job, dependency) ({metrics.select('dependency_connected')}) == 0",
            minutes=5,
            severity="critical",
            summary="{{ $labels.job }} does not reach {{ $labels.dependency }}.",
            description="At least one of its pods has had no connection for five minutes, and takes no work meanwhile.",
        ),
        Alert(
            name="PodRestarts",
            expression=f"sum by (pod, container) (increase(kube_pod_container_status_restarts_total{{{own}}}[1h])) > 3",
            minutes=5,
            severity="warning",
            summary="{{ $labels.container }} in {{ $labels.pod }} restarts again and again.",
            description="More than three restarts within an hour: it crashes, is killed for its memory, or fails its "
            "liveness probe.",
        ),
        Alert(
            name="ReplicasMissing",
            expression=f"kube_deployment_status_replicas_available{{{own}}}\n"
            f"< on (namespace, deployment) kube_deployment_spec_replicas{{{own}}}",
            minutes=15,
            severity="warning",
            summary="{{ $labels.deployment }} has fewer pods than it should.",
            description="For a quarter of an hour pods have not become available: no node has room, the image cannot "
            "be "
            "pulled, or they are not ready.",
        ),
        Alert(
            name="AutoscalerAtMaximum",
            expression=f"kube_horizontalpodautoscaler_status_desired_replicas{{{own}}}\n"
            "== on (namespace, horizontalpodautoscaler) "
            f"(kube_horizontalpodautoscaler_spec_max_replicas{{{own}}}\n"
            "> on (namespace, horizontalpodautoscaler) "
            f"kube_horizontalpodautoscaler_spec_min_replicas{{{own}}})",
            minutes=60,
            severity="info",
            summary="{{ $labels.horizontalpodautoscaler }} has been at its maximum for an hour.",
            description="It would add replicas and may not. If a backlog grows at the same time, the maximum is too "
            "small.",
        ),
    ]
    return RuleGroup(name="components", rules=[*down, *others])


def volume_rules(namespace: str) -> RuleGroup:
    """Return what is to be known of the volumes in a namespace."""
    own = f'{{namespace="{namespace}"}}'
    free = f"kubelet_volume_stats_available_bytes{own}\n/ kubelet_volume_stats_capacity_bytes{own}"
    return RuleGroup(
        name="volumes",
        rules=[
            Alert(
                name="VolumeAlmostFull",
                expression=f"{free} < 0.05",
                minutes=5,
                severity="critical",
                summary="{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left.",
                description="A database or a stream that cannot write stops. Enlarge the volume now.",
            ),
            Alert(
                name="VolumeFillsUp",
                expression=f"({free} < 0.4)\n"
                f"and predict_linear(kubelet_volume_stats_available_bytes{own}[6h], 4 * 86400) < 0",
                minutes=60,
                severity="warning",
                summary="{{ $labels.persistentvolumeclaim }} will be full within four days.",
                description="By what was written in the last six hours. {{ $value | humanizePercentage }} are left.",
            ),
        ],
    )


def certificate_rules(namespace: str) -> RuleGroup:
    """Return what is to be known of cert-manager's certificates in a namespace.

    Whether the label of the certificate's namespace is called ``exported_namespace`` depends on how cert-manager is
    scraped.
    """

    def both(metric: str, more: str = "") -> str:
        return f'({metric}{{exported_namespace="{namespace}"{more}}} or {metric}{{namespace="{namespace}"{more}}})'

    ready = both("certmanager_certificate_ready_status", ',condition="True"')

    return RuleGroup(
        name="certificates",
        rules=[
            Alert(
                name="CertificateExpires",
                expression=f"{both('certmanager_certificate_expiration_timestamp_seconds')} - time() < 14 * 86400",
                minutes=60,
                severity="critical",
                summary="The certificate {{ $labels.name }} expires in {{ $value | humanizeDuration }}.",
                description="cert-manager renews a month ahead, so renewal has failed for weeks. When it expires, "
                "clients "
                "refuse to connect.",
            ),
            Alert(
                name="CertificateNotReady",
                expression=f"{ready} == 0",
                minutes=30,
                severity="warning",
                summary="The certificate {{ $labels.name }} is not ready.",
                description="It was never issued, or its renewal fails.",
            ),
        ],
    )


def job_rules(namespace: str, backups: Sequence[str] = (), rehearsals: Sequence[str] = ()) -> RuleGroup:
    """Return what is to be known of jobs.

    ``backups`` and ``rehearsals`` of restores are CronJobs that must succeed every time they are due. Their alerts look
    at when each was due, so they fit any schedule: five hours after that, an hour more than a run may take, there must
    be a success.
    """
    failed = Alert(
        name="JobFailed",
        expression=f'kube_job_failed{{namespace="{namespace}",condition="true"}} > 0',
        minutes=15,
        severity="warning",
        summary="The job {{ $labels.job_name }} has failed.",
        description="All its attempts failed. It is kept for its logs, and alerts until somebody deletes it.",
    )
    missing = Alert(
        name="BackupMissing",
        expression=_overdue(namespace, backups),
        minutes=10,
        severity="critical",
        summary="{{ $labels.cronjob }} has made no backup when it should have.",
        description="The last one that was due failed or never started. Older backups are kept; what has changed "
        "since is "
        "in none of them.",
    )
    unrehearsed = Alert(
        name="RestoreNotRehearsed",
        expression=_overdue(namespace, rehearsals),
        minutes=10,
        severity="warning",
        summary="{{ $labels.cronjob }} has restored no backup when it should have.",
        description="The last rehearsal that was due failed or never started, so nobody knows whether the newest "
        "backup can be restored.",
    )
    rules = [failed, *([missing] if backups else []), *([unrehearsed] if rehearsals else [])]
    return RuleGroup(name="jobs", rules=rules)


def _overdue(namespace: str, names: Sequence[str]) -> str:
    """Return the query of the CronJobs that have not succeeded since they were due."""
    due = f'{{namespace="{namespace}",cronjob=~"{"|".join(sorted(names))}"}}'
    return (
        f"(time() - kube_cronjob_status_last_schedule_time{due} > 5 * 3600\n"
        f"unless on (namespace, cronjob) kube_cronjob_status_last_successful_time{due}\n"
        f">= on (namespace, cronjob) kube_cronjob_status_last_schedule_time{due})\n"
        f"or time() - kube_cronjob_next_schedule_time{due} > 3600"
    )


def dead_letter_rules(namespace: str, streams: Sequence[str]) -> RuleGroup:
    """Return what is to be known of streams that hold what nobody could handle."""
    selector = f'{{namespace="{namespace}",stream_name=~"{"|".join(sorted(streams))}"}}'
    alert = Alert(
        name="DeadLetters",
        expression=f"max by (stream_name) (delta(jetstream_stream_total_messages{selector}[1h])) > 0",
        minutes=0,
        severity="warning",
        summary="{{ $value | humanize }} messages came into {{ $labels.stream_name }} within an hour.",
        description="They were given up and wait for somebody to look at them, for thirty days.",
    )
    return RuleGroup(name="dead-letters", rules=[alert])


def trace_rules(namespace: str, collector: str) -> RuleGroup:
    """Return what is to be known of the collector of traces: without it components work, but nobody sees how.

    Releases of the collector end the names of its counters differently (``_total``, ``__spans__total``).
    """
    own = f'namespace="{namespace}"'
    failed = [f'{{__name__=~"otelcol_exporter_{what}_failed_spans.*",{own}}}' for what in ("enqueue", "send")]
    # One by one: a rate has no name any more, and two series that differ in nothing else cannot be in one answer.
    lost = "\nor ".join(f"sum(rate({one}[10m])) > 0" for one in failed)
    alert = Alert(
        name="TracesLost",
        expression=f'{lost}\nor absent(up{{{own},job="{collector}"}} == 1)',
        minutes=15,
        severity="warning",
        summary="Traces do not reach where they are kept.",
        description="The collector is down, or could not hand on what it holds. Nothing else is affected, but what "
        "happens now cannot be followed later.",
    )
    return RuleGroup(name="traces", rules=[alert])
