"""Pipeline definitions, written for GitHub Actions, GitLab CI/CD and Jenkins.

``write_pipelines`` checks a definition and writes all three. ``deploy_jobs`` creates deployment jobs from the
environment files. No jsii: this takes a few milliseconds.
"""

from quantacirc_cdk.pipelines.access import Access, cluster_access, deployment_access, registry_access
from quantacirc_cdk.pipelines.delivery import (
    ARRIVED,
    delivered,
    deploy_jobs,
    deployment_variables,
    platforms,
    source_of,
)
from quantacirc_cdk.pipelines.model import Artifact, Cache, Deployment, Job, Pipeline, Runner, Step
from quantacirc_cdk.pipelines.output import write_pipelines

__all__ = [
    "ARRIVED",
    "Access",
    "Artifact",
    "Cache",
    "Deployment",
    "Job",
    "Pipeline",
    "Runner",
    "Step",
    "cluster_access",
    "delivered",
    "deploy_jobs",
    "deployment_access",
    "deployment_variables",
    "platforms",
    "registry_access",
    "source_of",
    "write_pipelines",
]
