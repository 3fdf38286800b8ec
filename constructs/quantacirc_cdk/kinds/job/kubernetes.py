"""The objects of a job."""

from constructs import Construct

from quantacirc_cdk.kinds.job.spec import Job
from quantacirc_cdk.kinds.registry import hook
from quantacirc_cdk.kubernetes.scheduled_job import JobTemplate, ScheduledJob
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.workloads import task_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its CronJob, or a template that you start yourself. The kind of the store creates a backup."""
    job = context.component(name, Job)
    if job.backs_up:
        backup = hook(context.system.components[job.backs_up], "backup.build")
        if backup is None:
            raise TypeError(f'the kind of "{job.backs_up}" declares that it can be backed up, but has no hook for it')
        backup(scope, context, name, job.backs_up)
    elif job.schedule:
        ScheduledJob(
            scope,
            name,
            task_props(context, name),
            schedule=job.schedule,
            time_zone=job.time_zone,
            concurrency=job.concurrency,
        )
    else:
        JobTemplate(scope, name, task_props(context, name))
