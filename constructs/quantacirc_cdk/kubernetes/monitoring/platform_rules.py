"""Alerts for any system: pods, dependencies, volumes, certificates, jobs, backups."""

from collections.abc import Sequence

from quantacirc_cdk.kubernetes.monitoring.own_objects import OwnObjects
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.worker_rules import WorkerMetrics


def scraping_rules(metrics: WorkerMetrics, components: Sequence[str]) -> RuleGroup:
    """Return an alert for each of the components that are scraped, with their names as ``job``."""
    rules = [
        Alert(
            name="ComponentDown",
            expression=f'absent(up{{{metrics.own},job="{name}"}} == 1)',
            minutes=5,
            severity="critical",
            summary=f"No pod of {name} can be scraped.",
            description="Prometheus cannot reach any of its pods: they do not exist, are not ready, or are "
            "disconnected. It does no work.",
            labels={"component": name},
        )
        for name in sorted(components)
    ]
    return RuleGroup(name="scraping", rules=rules)


def component_rules(metrics: WorkerMetrics, own: OwnObjects) -> RuleGroup:
    """Return the alerts for dependencies, pods, Deployments, StatefulSets and autoscalers."""
    inside = f'{{namespace="{own.namespace}"}}'
    rules = [
        Alert(
            name="DependencyUnavailable",
            expression=f"min by (job, dependency) ({metrics.select('dependency_connected')}) == 0",
            minutes=5,
            severity="critical",
            summary="{{ $labels.job }} cannot reach {{ $labels.dependency }}.",
            description="At least one of its pods has had no connection for five minutes, and accepts no work.",
        ),
        Alert(
            name="PodRestarts",
            expression="sum by (pod, container) "
            f"(increase(kube_pod_container_status_restarts_total{{{own.named('pod')}}}[1h])) > 3",
            minutes=5,
            severity="warning",
            summary="{{ $labels.container }} in {{ $labels.pod }} restarts repeatedly.",
            description="More than three restarts within an hour: it crashes, exceeds its memory limit, or fails its "
            "liveness probe.",
        ),
        Alert(
            name="ReplicasMissing",
            expression=f"kube_deployment_status_replicas_available{{{own.named('deployment')}}}\n"
            f"< on (namespace, deployment) kube_deployment_spec_replicas{inside}",
            minutes=15,
            severity="warning",
            summary="{{ $labels.deployment }} has fewer available pods than replicas.",
            description="Pods have not become available for 15 minutes: no node has capacity, the image cannot be "
            "pulled, or they are not ready.",
        ),
        Alert(
            name="MembersMissing",
            expression=f"kube_statefulset_status_replicas_ready{{{own.named('statefulset')}}}\n"
            f"< on (namespace, statefulset) kube_statefulset_replicas{inside}",
            minutes=15,
            severity="warning",
            summary="{{ $labels.statefulset }} has fewer ready pods than replicas.",
            description="Pods have not become ready for 15 minutes: no node has capacity, their volume is in another "
            "zone or cannot be mounted, the image cannot be pulled, or they wait for each other. Without a majority "
            "of its members, a bus or store accepts no writes.",
        ),
        Alert(
            name="AutoscalerAtMaximum",
            expression="kube_horizontalpodautoscaler_status_desired_replicas"
            f"{{{own.named('horizontalpodautoscaler')}}}\n"
            "== on (namespace, horizontalpodautoscaler) "
            f"(kube_horizontalpodautoscaler_spec_max_replicas{inside}\n"
            f"> on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_min_replicas{inside})",
            minutes=60,
            severity="info",
            summary="{{ $labels.horizontalpodautoscaler }} has been at its maximum for an hour.",
            description="The autoscaler cannot add replicas. If a backlog grows at the same time, the maximum is too "
            "small.",
        ),
    ]
    return RuleGroup(name="components", rules=rules)


def volume_rules(own: OwnObjects) -> RuleGroup:
    """Return the alerts for the volumes of a system's pods."""
    volumes = f'{{namespace="{own.namespace}"}}'
    free = f"kubelet_volume_stats_available_bytes{volumes}\n/ kubelet_volume_stats_capacity_bytes{volumes}"
    mounted = (
        "and on (namespace, persistentvolumeclaim) "
        f"kube_pod_spec_volumes_persistentvolumeclaims_info{{{own.named('pod')}}}"
    )
    return RuleGroup(
        name="volumes",
        rules=[
            Alert(
                name="VolumeAlmostFull",
                expression=f"{free} < 0.05\n{mounted}",
                minutes=5,
                severity="critical",
                summary="{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} free space.",
                description="A database or a stream that cannot write stops. Enlarge the volume now.",
            ),
            Alert(
                name="VolumeFillsUp",
                expression=f"({free} < 0.4)\n"
                f"and predict_linear(kubelet_volume_stats_available_bytes{volumes}[6h], 4 * 86400) < 0\n{mounted}",
                minutes=60,
                severity="warning",
                summary="{{ $labels.persistentvolumeclaim }} will be full within four days.",
                description="The estimate is based on the last six hours. {{ $value | humanizePercentage }} are free.",
            ),
        ],
    )


def certificate_rules(own: OwnObjects) -> RuleGroup:
    """Return the alerts for a system's certificates of cert-manager.

    The label with the certificate's namespace is ``namespace`` or ``exported_namespace``, depending on how cert-manager
    is scraped.
    """

    def both(metric: str, more: str = "") -> str:
        found = (f"{metric}{{{own.named('name', namespace=one)}{more}}}" for one in ("exported_namespace", "namespace"))
        return f"({' or '.join(found)})"

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
                description="cert-manager renews 30 days before expiry, so renewal has failed for weeks. After "
                "expiry, clients refuse to connect.",
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


def job_rules(own: OwnObjects, backups: Sequence[str] = (), rehearsals: Sequence[str] = ()) -> RuleGroup:
    """Return the alerts for jobs.

    ``backups`` and ``rehearsals`` of restores are CronJobs of which each scheduled run must succeed. Their alerts
    compare with the last scheduled time, so they work with any schedule: a run must have succeeded within five hours,
    one hour more than the deadline of a run.
    """
    failed = Alert(
        name="JobFailed",
        expression=f'kube_job_failed{{{own.named("job_name")},condition="true"}} > 0',
        minutes=15,
        severity="warning",
        summary="The job {{ $labels.job_name }} has failed.",
        description="All attempts failed. The Job is kept for its logs; the alert ends when you delete it.",
    )
    missing = Alert(
        name="BackupMissing",
        expression=_overdue(own.namespace, backups),
        minutes=10,
        severity="critical",
        summary="{{ $labels.cronjob }} has missed a backup.",
        description="The last scheduled run failed or did not start. Older backups still exist, without the changes "
        "since then.",
    )
    unrehearsed = Alert(
        name="RestoreNotRehearsed",
        expression=_overdue(own.namespace, rehearsals),
        minutes=10,
        severity="warning",
        summary="{{ $labels.cronjob }} has missed a rehearsal.",
        description="The last scheduled rehearsal failed or did not start, so it is unknown whether the newest "
        "backup can be restored.",
    )
    rules = [failed, *([missing] if backups else []), *([unrehearsed] if rehearsals else [])]
    return RuleGroup(name="jobs", rules=rules)


def _overdue(namespace: str, names: Sequence[str]) -> str:
    """Return the query for CronJobs without success since their last scheduled time."""
    due = f'{{namespace="{namespace}",cronjob=~"{"|".join(sorted(names))}"}}'
    return (
        f"(time() - kube_cronjob_status_last_schedule_time{due} > 5 * 3600\n"
        f"unless on (namespace, cronjob) kube_cronjob_status_last_successful_time{due}\n"
        f">= on (namespace, cronjob) kube_cronjob_status_last_schedule_time{due})\n"
        f"or time() - kube_cronjob_next_schedule_time{due} > 3600"
    )


def dead_letter_rules(own: str, streams: Sequence[str]) -> RuleGroup:
    """Return the alerts for dead-letter streams; ``own`` are the matchers of the bus' series."""
    selector = f'{{{own},stream_name=~"{"|".join(sorted(streams))}"}}'
    alert = Alert(
        name="DeadLetters",
        expression=f"max by (stream_name) (delta(jetstream_stream_total_messages{selector}[1h])) > 0",
        minutes=0,
        severity="warning",
        summary="{{ $value | humanize }} messages were added to {{ $labels.stream_name }} within an hour.",
        description="They could not be processed, and are kept for thirty days so that you can inspect them.",
    )
    return RuleGroup(name="dead-letters", rules=[alert])


def trace_rules(own: str, collector: str) -> RuleGroup:
    """Return the alerts for the trace collector, whose series have the matchers ``own``.

    Components work without it, but their traces are lost.

    Collector releases use different suffixes for the names of its counters (``_total``, ``__spans__total``).
    """
    failed = [f'{{__name__=~"otelcol_exporter_{what}_failed_spans.*",{own}}}' for what in ("enqueue", "send")]
    # One `or` for each name: a rate drops the metric name, and a result cannot contain two series with equal labels.
    lost = "\nor ".join(f"sum(rate({one}[10m])) > 0" for one in failed)
    alert = Alert(
        name="TracesLost",
        expression=f'{lost}\nor absent(up{{{own},job="{collector}"}} == 1)',
        minutes=15,
        severity="warning",
        summary="Traces do not reach the trace store.",
        description="The collector is down, or cannot export its traces. Nothing else is affected, but the traces of "
        "this time are lost.",
        labels={"component": collector},
    )
    return RuleGroup(name="traces", rules=[alert])
