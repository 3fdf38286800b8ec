"""Scheduled jobs."""

from dataclasses import dataclass
from typing import Literal

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.job import JobProps, job_spec
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import exceptions_annotation
from quantacirc_cdk.limits.kubernetes import Count, Schedule, Seconds, TimeZone


@dataclass(frozen=True, kw_only=True)
class CronJobProps:
    """A CronJob."""

    job: JobProps
    schedule: Schedule
    """Cron schedule of five fields, in ``time_zone``."""
    suspended: bool = False
    """Never start on schedule: the CronJob is a template for ``kubectl create job --from``."""
    starting_deadline_seconds: Seconds = 600
    """Maximum delay in seconds of a missed start; later, the run is skipped."""
    concurrency: Literal["Forbid", "Replace", "Allow"] = "Forbid"
    """Forbid skips a run while the previous one runs, Replace terminates the previous one, Allow runs both."""
    time_zone: TimeZone = "Etc/UTC"
    """Time zone of the schedule, from the tz database."""
    successful_runs: Count = 3
    """Number of successful runs to keep for their logs."""
    failed_runs: Count = 3
    """Number of failed runs to keep for their logs."""


def cron_job_spec(props: CronJobProps) -> Data:
    """Return the ``spec`` of a CronJob; by default, its runs never overlap."""
    identity = props.job.identity
    return {
        "concurrencyPolicy": props.concurrency,
        "failedJobsHistoryLimit": props.failed_runs,
        "jobTemplate": {"metadata": {"labels": identity.labels}, "spec": job_spec(props.job)},
        "schedule": props.schedule,
        "startingDeadlineSeconds": props.starting_deadline_seconds,
        "successfulJobsHistoryLimit": props.successful_runs,
        "suspend": props.suspended,
        "timeZone": props.time_zone,
    }


class CronJob(Manifest):
    """A CronJob named after its identity."""

    def __init__(self, scope: Construct, id: str, props: CronJobProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="batch/v1",
            kind="CronJob",
            name=props.job.identity.name,
            labels=props.job.identity.labels,
            annotations=exceptions_annotation(props.job.pod),
            spec=cron_job_spec(props),
        )
