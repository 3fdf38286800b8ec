"""Jobs that start by the clock."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.job import JobProps, job_spec
from quantacirc_cdk.kubernetes.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class CronJobProps:
    """A CronJob."""

    job: JobProps
    schedule: str
    """Five cron fields, in UTC."""
    suspended: bool = False
    """Never start by the clock: the CronJob is then a template for ``kubectl create job --from``."""
    starting_deadline_seconds: int = 600
    """Seconds a missed start is still made up for."""


def cron_job_spec(props: CronJobProps) -> Data:
    """Return the ``spec`` of a CronJob whose runs never overlap."""
    identity = props.job.identity
    return {
        "concurrencyPolicy": "Forbid",
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"metadata": {"labels": identity.labels}, "spec": job_spec(props.job)},
        "schedule": props.schedule,
        "startingDeadlineSeconds": props.starting_deadline_seconds,
        "successfulJobsHistoryLimit": 3,
        "suspend": props.suspended,
        "timeZone": "Etc/UTC",
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
            spec=cron_job_spec(props),
        )
