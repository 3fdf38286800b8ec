"""Effects of changes of Jobs, CronJobs and single Pods."""

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, rule

DOCS = "https://kubernetes.io/docs"
JOB_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/batch/validation/validation.go"

MUTABLE_IN_JOBS = (
    "parallelism",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "suspend",
    "maxFailedIndexes",
    "podReplacementPolicy",
)


def _renewed_by_the_deployer(change: FieldChange) -> bool:
    """Return whether Helm or Argo CD deletes the object before it creates it again, so that the API refuses nothing."""
    annotations = look_up(change.new, "metadata", "annotations", default={})
    options = str(annotations.get("argocd.argoproj.io/sync-options", ""))
    policies = str(annotations.get("helm.sh/hook-delete-policy", ""))
    argo_hook = "argocd.argoproj.io/hook" in annotations
    helm_hook = "helm.sh/hook" in annotations and (not policies or "before-hook-creation" in policies)
    return argo_hook or helm_hook or ("Replace=true" in options and "Force=true" in options)


def _is_elastic(change: FieldChange) -> bool:
    """Return whether completions change together with parallelism."""
    indexed = look_up(change.new, "spec", "completionMode") == "Indexed"
    return indexed and bool(look_up(change.new, "spec", "parallelism") == change.after)


# fmt: off
RULES = (
    rule("job-renewed", Impact.NO_OP, "Job", "spec", when=_renewed_by_the_deployer,
         says="the Job is a hook: it is deleted, created again, and runs again",
         source="https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies"),
    rule("job-completions", Impact.NO_OP, "Job", "spec.completions", when=_is_elastic,
         says="completions of an Indexed Job can be changed together with parallelism",
         source=f"{DOCS}/concepts/workloads/controllers/job/#elastic-indexed-jobs"),
    rule("job-immutable", Impact.RECREATE, "Job", "spec",
         when=lambda change: len(change.path) > 1 and change.path[1] not in MUTABLE_IN_JOBS,
         says="the template and completion settings of a Job cannot be changed", source=JOB_UPDATE),
    rule("job-suspended", Impact.UNAVAILABILITY, "Job", "spec.suspend", when=lambda change: change.after is True,
         says="the pods of the Job are deleted, and start again when it is resumed",
         source=f"{DOCS}/concepts/workloads/controllers/job/#suspending-a-job"),
    rule("job-settings", Impact.NO_OP, "Job", "spec",
         says="this field of a Job can be changed while it runs", source=JOB_UPDATE),
    rule("cron-job", Impact.NO_OP, "CronJob", "spec",
         says="takes effect with the next run; the current run is not affected",
         source=f"{DOCS}/concepts/workloads/controllers/cron-jobs/#modifying-a-cronjob"),
    rule("pod-image", Impact.UNAVAILABILITY, "Pod", "spec.containers.*.image spec.initContainers.*.image",
         says="the container is restarted in place with the new image",
         source=f"{DOCS}/concepts/workloads/pods/#pod-update-and-replacement"),
    rule("pod-immutable", Impact.RECREATE, "Pod", "spec",
         says="most fields of a Pod cannot be changed",
         source=f"{DOCS}/concepts/workloads/pods/#pod-update-and-replacement"),
)
# fmt: on
