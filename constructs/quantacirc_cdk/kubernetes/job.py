"""Pods that run to their end."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.kubernetes.pod import Pod, pod_template


@dataclass(frozen=True, kw_only=True)
class JobProps:
    """A Job."""

    identity: Identity
    pod: Pod
    """Its ``restart_policy`` is Never or OnFailure."""
    name: str | None = None
    """Name; the identity's when absent. A Job cannot be changed, so one whose content changes needs another name."""
    retries: int = 3
    """Failed pods that are replaced before the Job has failed."""
    deadline_seconds: int = 3600
    """Seconds after which the Job has failed."""
    keep_seconds: int | None = None
    """Seconds a finished Job is kept; for ever when absent, so that what applied it sees it is still there."""


def job_spec(props: JobProps) -> Data:
    """Return the ``spec`` of a Job that runs one pod to its end."""
    return {
        **({} if props.keep_seconds is None else {"ttlSecondsAfterFinished": props.keep_seconds}),
        "activeDeadlineSeconds": props.deadline_seconds,
        "backoffLimit": props.retries,
        "template": pod_template(props.identity, props.pod),
    }


class Job(Manifest):
    """A Job."""

    def __init__(self, scope: Construct, id: str, props: JobProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="batch/v1",
            kind="Job",
            name=props.name or props.identity.name,
            labels=props.identity.labels,
            spec=job_spec(props),
        )
