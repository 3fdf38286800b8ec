"""What changes of Jobs, CronJobs and single Pods do."""

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule

DOCS = "https://kubernetes.io/docs"
JOB_UPDATE = "https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/batch/validation/validation.go"

MUTABLE_IN_JOBS = (
    "parallelism",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "suspend",
    "maxFailedIndexes",
)


def _renewed_by_the_deployer(change: FieldChange) -> bool:
    """Whether Helm or Argo CD deletes the object before it creates it anew, so that nothing is refused."""
    annotations = look_up(change.new, "metadata", "annotations", default={})
    options = str(annotations.get("argocd.argoproj.io/sync-options", ""))
    policies = str(annotations.get("helm.sh/hook-delete-policy", ""))
    argo_hook = "argocd.argoproj.io/hook" in annotations
    helm_hook = "helm.sh/hook" in annotations and (not policies or "before-hook-creation" in policies)
    return argo_hook or helm_hook or ("Replace=true" in options and "Force=true" in options)


RULES = (
    Rule(
        id="job-renewed",
        impact=Impact.NO_OP,
        kinds=("Job",),
        paths=("spec",),
        when=_renewed_by_the_deployer,
        says="the Job is a hook: it is deleted, created anew and runs once more",
        source="https://helm.sh/docs/topics/charts_hooks/#hook-deletion-policies",
    ),
    Rule(
        id="job-completions",
        impact=Impact.NO_OP,
        kinds=("Job",),
        paths=("spec.completions",),
        when=lambda change: (
            look_up(change.new, "spec", "completionMode") == "Indexed"
            and look_up(change.new, "spec", "parallelism") == change.after
        ),
        says="an Indexed Job may change completions together with parallelism",
        source=f"{DOCS}/concepts/workloads/controllers/job/#elastic-indexed-jobs",
    ),
    Rule(
        id="job-immutable",
        impact=Impact.RECREATE,
        kinds=("Job",),
        paths=("spec",),
        when=lambda change: len(change.path) > 1 and change.path[1] not in MUTABLE_IN_JOBS,
        says="the template and the rules of completion of a Job cannot be changed",
        source=JOB_UPDATE,
    ),
    Rule(
        id="job-settings",
        impact=Impact.NO_OP,
        kinds=("Job",),
        paths=("spec",),
        says="this field of a Job can be changed while it runs",
        source=JOB_UPDATE,
    ),
    Rule(
        id="cron-job",
        impact=Impact.NO_OP,
        kinds=("CronJob",),
        paths=("spec",),
        says="takes effect with the next run; a run under way is not touched",
        source=f"{DOCS}/concepts/workloads/controllers/cron-jobs/#modifying-a-cronjob",
    ),
    Rule(
        id="pod-image",
        impact=Impact.UNAVAILABILITY,
        kinds=("Pod",),
        paths=("spec.containers.*.image", "spec.initContainers.*.image"),
        says="the container is restarted in place with the new image",
        source=f"{DOCS}/concepts/workloads/pods/#pod-update-and-replacement",
    ),
    Rule(
        id="pod-immutable",
        impact=Impact.RECREATE,
        kinds=("Pod",),
        paths=("spec",),
        says="almost nothing of a Pod can be changed",
        source=f"{DOCS}/concepts/workloads/pods/#pod-update-and-replacement",
    ),
)
