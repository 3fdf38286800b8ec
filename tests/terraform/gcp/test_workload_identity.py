"""Identities on Google Cloud."""

from dataclasses import replace
from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
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


def test_pods_act_as_a_service_account_that_they_name(tmp_path: Path) -> None:
    cluster = Cluster.from_existing(
        cluster_name="c", endpoint="e", certificate_authority="a", node_security_group_id="t"
    )
    address = "baker-1@project.iam.gserviceaccount.com"
    props = WorkloadIdentityProps(
        name="i", region="r", account="project", cluster=cluster, namespace="ns", service_account="sa",
        google_account=address,
    )  # fmt: skip
    found: list[WorkloadIdentity] = []
    stack = synthesized(tmp_path, lambda scope: found.append(WorkloadIdentity(scope, "identity", props)))
    assert stack["resource"]["google_service_account"]["identity"]["account_id"] == "baker-1"
    grant = stack["resource"]["google_service_account_iam_member"]["identity"]
    assert grant["role"] == "roles/iam.workloadIdentityUser"
    assert grant["member"].endswith("/project.svc.id.goog/subject/ns/ns/sa/sa")
    assert found[0].identity_id == "${google_service_account.identity.member}"
    for wrong in ("baker@project.iam.gserviceaccount.com", address.replace("project", "other")):
        with pytest.raises(PropsError, match="the address of a service account in the project"):
            synthesized(
                tmp_path, lambda scope, to=wrong: WorkloadIdentity(scope, "i", replace(props, google_account=to))
            )
