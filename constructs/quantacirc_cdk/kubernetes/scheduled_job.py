"""Scheduled jobs, and jobs that you start by hand."""

from functools import cached_property
from typing import Literal

from quantacirc_cdk.kubernetes import engine
from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.cron_job import CronJob, CronJobProps
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.service_account import ServiceAccount
from quantacirc_cdk.kubernetes.task import TaskProps, task_job
from quantacirc_cdk.limits.check import Checked
from quantacirc_cdk.limits.kubernetes import Schedule, TimeZone


class ScheduledJob(Checked, Construct):
    """A scheduled job: a CronJob with its ServiceAccount and ConfigMap.

    ``schedule`` has five cron fields, in ``time_zone``. Runs never overlap, unless ``concurrency`` is Allow.
    """

    _requirements = {"service_account": "no `service_account` in its props"}

    def __init__(
        self,
        scope: Construct,
        id: str,
        props: TaskProps,
        *,
        schedule: Schedule,
        suspended: bool = False,
        time_zone: TimeZone = "Etc/UTC",
        concurrency: Literal["Forbid", "Replace", "Allow"] = "Forbid",
    ) -> None:
        super().__init__(scope, id)
        self.props = props
        identity = props.identity
        if props.service_account is None:
            self.service_account = ServiceAccount(
                self,
                "service-account",
                name=identity.name,
                labels=identity.labels,
                annotations=props.service_account_annotations,
            )
        if props.environment:
            ConfigMap(self, "config", name=identity.name, data=props.environment, labels=identity.labels)
        self.cron_job = CronJob(
            self,
            "cron-job",
            CronJobProps(
                job=task_job(props),
                schedule=schedule,
                suspended=suspended,
                time_zone=time_zone,
                concurrency=concurrency,
            ),
        )

    @cached_property
    def pods(self) -> "engine.kplus.Pods":
        """Its pods, for cdk8s-plus."""
        return engine.kplus.Pods.select(self, "pods", labels=self.props.identity.selector)


class JobTemplate(ScheduledJob):
    """A job that you start with ``kubectl create job --from=cronjob/<name> <run>``.

    It is a suspended CronJob, because Kubernetes has no other template for jobs that ``kubectl`` can start any number
    of times. A suspended Job could be started only once. The schedule is never used.
    """

    def __init__(self, scope: Construct, id: str, props: TaskProps) -> None:
        super().__init__(scope, id, props, schedule="@yearly", suspended=True)
