"""Identities on Google Cloud."""

from pathlib import Path

from quantacirc_cdk.terraform.gcp import Cluster, WorkloadIdentity
from quantacirc_cdk.terraform.interface import (
    WorkloadIdentityProps,
)
from support.terraform.stacks import synthesized


def test_an_identity_without_a_grant_is_nothing(tmp_path: Path) -> None:
    cluster = Cluster.from_existing(
        cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="t"
    )
    props = WorkloadIdentityProps(
        name="i", region="r", account="project", cluster=cluster, namespace="ns", service_account="sa"
    )
    found: list[WorkloadIdentity] = []
    stack = synthesized(tmp_path, lambda scope: found.append(WorkloadIdentity(scope, "identity", props)))
    assert "resource" not in stack
    assert found[0].identity_id == (
        "principal://iam.googleapis.com/projects/${data.google_project.current.number}/locations/global/"
        "workloadIdentityPools/project.svc.id.goog/subject/ns/ns/sa/sa"
    )
