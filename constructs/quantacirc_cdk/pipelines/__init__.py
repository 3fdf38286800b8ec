"""Pipeline definitions, written for GitHub Actions, GitLab CI/CD and Jenkins.

``write_pipelines`` checks a definition and writes all three. ``deploy_jobs`` creates deployment jobs from the
environment files, ``with_applies`` and ``drift_jobs`` those that run Terraform. No jsii: this takes a few milliseconds.
"""

from quantacirc_cdk.pipelines.access import Access, cluster_access, deployment_access, registry_access, terraform_access
from quantacirc_cdk.pipelines.delivery import (
    ARRIVED,
    again_if_late,
    again_to_undo,
    delivered,
    deploy_jobs,
    deployment_minutes,
    deployment_times,
    deployment_variables,
    platforms,
    source_of,
)
from quantacirc_cdk.pipelines.infrastructure import (
    NIGHTLY,
    applied,
    drift_jobs,
    preview_jobs,
    with_applies,
    with_previews,
)
from quantacirc_cdk.pipelines.model import Artifact, Cache, Deployment, Issue, Job, Pipeline, Runner, Step
from quantacirc_cdk.pipelines.output import write_pipelines

__all__ = [
    "ARRIVED",
    "NIGHTLY",
    "Access",
    "Artifact",
    "Cache",
    "Deployment",
    "Issue",
    "Job",
    "Pipeline",
    "Runner",
    "Step",
    "again_if_late",
    "again_to_undo",
    "applied",
    "cluster_access",
    "delivered",
    "deploy_jobs",
    "deployment_access",
    "deployment_minutes",
    "deployment_times",
    "deployment_variables",
    "drift_jobs",
    "platforms",
    "preview_jobs",
    "registry_access",
    "source_of",
    "terraform_access",
    "with_applies",
    "with_previews",
    "write_pipelines",
]
