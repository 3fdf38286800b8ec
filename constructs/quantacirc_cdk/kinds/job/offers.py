"""Secrets of a job: the encryption password of its backups."""

from quantacirc_cdk.kinds.job.spec import Job
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.system.backups import encryption_secret
from quantacirc_cdk.kubernetes.system.context import Context


def secrets(context: Context, name: str) -> list[GeneratedSecret]:
    """Return the encryption password of its backups, if their store does not encrypt."""
    password = encryption_secret(context, name) if context.component(name, Job).backs_up else None
    return [GeneratedSecret(name=password, random=["password"], fixed={})] if password else []
