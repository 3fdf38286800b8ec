"""The bucket of Velero, and what Velero may do, on every cloud."""

import json
from pathlib import Path

import pytest

from quantacirc_cdk.contract import contract_of
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import gcp
from quantacirc_cdk.terraform.interface import ObjectStoreProps, WorkloadIdentityProps
from support.terraform.stacks import Json, read_stack, resources, synthesized
from support.terraform.switched import Keys, switch_project, synthesize

STORE = {"  kubernetes_version": "  velero_store: { retention_days: 14 }\n  kubernetes_version"}
NAME = "velero_store"


def with_store(folder: Path, cloud: str) -> Path:
    """Return the project with its shared environment alone, which has a bucket for Velero."""
    project = switch_project(folder, cloud, STORE)
    for path in (project / "apps" / "environments").iterdir():
        if path.stem != "dev":
            path.unlink()
    return project


def stack(folder: Path, cloud: str) -> Json:
    return read_stack(synthesize(with_store(folder / "project", cloud), folder / "out"), f"dev-{cloud}")


def statements(found: dict[str, Json], address: str) -> dict[str, Json]:
    return {one["Sid"]: one for one in json.loads(found[address]["policy"])["Statement"]}


def test_on_aws_it_has_a_bucket_and_snapshots_of_the_volumes_of_clusters(tmp_path: Path) -> None:
    made = stack(tmp_path, "aws")
    found = resources(made)
    name = "quantacirc-dev-velero-store-111111111111"
    assert found[f"aws_s3_bucket.{NAME}"] == {"bucket": name, "force_destroy": True}, "dev is disposable"
    (rule,) = [found[f"aws_s3_bucket_lifecycle_configuration.{NAME}"]["rule"]]
    assert rule[0]["noncurrent_version_expiration"] == {"noncurrent_days": 14}
    encryption = found[f"aws_s3_bucket_server_side_encryption_configuration.{NAME}"]["rule"]
    key = encryption["apply_server_side_encryption_by_default"]["kms_master_key_id"]
    assert key == f"${{aws_kms_key.{NAME}.arn}}"
    assert found[f"aws_s3_bucket_public_access_block.{NAME}"]["restrict_public_buckets"] is True
    bound = found["aws_eks_pod_identity_association.velero"]
    assert (bound["namespace"], bound["service_account"]) == ("velero", "velero")
    objects = statements(found, f"aws_iam_role_policy.velero_{NAME}")
    assert objects["Parts"]["Action"] == ["s3:ListMultipartUploadParts"]
    assert objects["Objects"]["Resource"] == objects["Parts"]["Resource"] == [f"arn:aws:s3:::{name}/*"]
    assert objects["Key"]["Resource"] == [key]
    assert made["output"]["velero_bucket"]["value"] == name


def test_on_aws_it_deletes_only_its_own_snapshots(tmp_path: Path) -> None:
    found = statements(resources(stack(tmp_path, "aws")), "aws_iam_role_policy.velero_snapshots")
    everywhere = {action for one in found.values() if one["Resource"] == ["*"] for action in one["Action"]}
    assert everywhere == {"ec2:DescribeSnapshots", "ec2:DescribeVolumes"}
    (delete,) = (one for one in found.values() if "ec2:DeleteSnapshot" in one["Action"])
    assert delete["Condition"] == {"StringLike": {"aws:ResourceTag/velero.io/backup": "*"}}
    assert found["Source"]["Condition"] == {"StringEquals": {"aws:ResourceTag/ebs.csi.aws.com/cluster": "true"}}
    assert found["NewSnapshot"]["Condition"] == {"StringLike": {"aws:RequestTag/velero.io/backup": "*"}}
    assert found["TagNew"]["Condition"]["StringEquals"] == {"ec2:CreateAction": ["CreateSnapshot", "CreateVolume"]}
    for sid in ("Key", "KeyOfVolumes"):
        assert found[sid]["Resource"] == ["${aws_kms_key.volumes.arn}"]
        assert "kms:ViaService" in found[sid]["Condition"]["StringEquals"]
    assert found["KeyOfVolumes"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    # What the plugin needs, less what it needs only for settings that are not used.
    wanted = {"CreateSnapshot", "CreateTags", "CreateVolume", "DeleteSnapshot", "DescribeSnapshots", "DescribeVolumes"}
    allowed = {action for one in found.values() for action in one["Action"] if action.startswith("ec2:")}
    assert allowed == {f"ec2:{action}" for action in wanted}


def test_on_google_cloud_it_acts_as_an_account_that_signs_for_itself_alone(tmp_path: Path) -> None:
    made = stack(tmp_path, "gcp")
    found = resources(made)
    assert found[f"google_storage_bucket.{NAME}"]["force_destroy"] is True
    account = found["google_service_account.velero"]
    assert account["account_id"] == "quantacirc-dev-velero"
    member = "${google_service_account.velero.member}"
    acts = found["google_service_account_iam_member.velero"]
    assert acts["role"] == "roles/iam.workloadIdentityUser"
    assert acts["member"].endswith("/subject/ns/velero/sa/velero")
    signs = found["google_service_account_iam_member.velero_signs"]
    assert (signs["role"], signs["member"]) == ("roles/iam.serviceAccountTokenCreator", member)
    assert signs["service_account_id"] == "${google_service_account.velero.name}"
    objects = found[f"google_storage_bucket_iam_member.velero_{NAME}"]
    assert (objects["role"], objects["member"]) == ("roles/storage.objectUser", member)
    role = found["google_project_iam_custom_role.cluster_snapshots"]
    assert role["role_id"] == "quantacirc_dev_snapshots"
    assert not [one for one in role["permissions"] if one.startswith(("iam.", "storage."))], "never for the project"
    assert "compute.disks.delete" not in role["permissions"]
    given = found["google_project_iam_member.velero_snapshots"]
    assert (given["role"], given["member"]) == ("${google_project_iam_custom_role.cluster_snapshots.id}", member)
    assert made["output"]["velero_bucket"]["value"].startswith("quantacirc-dev-velero-store-")


def test_on_google_cloud_an_identity_without_an_account_signs_nothing(tmp_path: Path) -> None:
    def declare(scope: object) -> None:
        gcp.Provider(scope, "provider", region="europe-west3", account="acme-dev", tags={})
        place = {"region": "europe-west3", "account": "acme-dev"}
        cluster = gcp.Cluster.from_existing(
            cluster_name="there", endpoint="e", certificate_authority="c", node_security_group_id="tag"
        )
        identity = gcp.WorkloadIdentity(
            scope,
            "velero",
            WorkloadIdentityProps(
                name="velero", **place, cluster=cluster, namespace="velero", service_account="velero"
            ),
        )
        props = ObjectStoreProps(name="acme-velero", **place, keys=Keys())
        gcp.ObjectStore(scope, "store", props).grant_backups(identity)

    with pytest.raises(PropsError, match="velero: no service account, which signs URLs: set google_account"):
        synthesized(tmp_path, declare)


def test_on_azure_its_role_for_disks_is_for_the_group_of_the_nodes(tmp_path: Path) -> None:
    found = resources(stack(tmp_path, "azure"))
    assert found[f"azurerm_storage_account.{NAME}"]["shared_access_key_enabled"] is False
    assert found[f"azurerm_storage_container.{NAME}"]["name"] == "velero"
    principal = "${azurerm_user_assigned_identity.velero.principal_id}"
    objects = found[f"azurerm_role_assignment.velero_{NAME}"]
    assert objects["scope"] == f"${{azurerm_storage_container.{NAME}.id}}"
    assert (objects["role_definition_name"], objects["principal_id"]) == ("Storage Blob Data Contributor", principal)
    signs = found[f"azurerm_role_assignment.velero_{NAME}_signs"]
    assert signs["scope"] == f"${{azurerm_storage_account.{NAME}.id}}"
    assert signs["role_definition_name"] == "Storage Blob Delegator"
    group = "${azurerm_kubernetes_cluster.cluster.node_resource_group_id}"
    role = found["azurerm_role_definition.cluster_snapshots"]
    assert (role["scope"], role["assignable_scopes"]) == (group, [group])
    (permissions,) = role["permissions"]
    assert all(
        one.startswith(("Microsoft.Compute/disks/", "Microsoft.Compute/snapshots/")) for one in permissions["actions"]
    )
    assert "Microsoft.Compute/disks/delete" not in permissions["actions"]
    given = found["azurerm_role_assignment.velero_snapshots"]
    definition = "${azurerm_role_definition.cluster_snapshots.role_definition_resource_id}"
    assert (given["scope"], given["role_definition_id"], given["principal_id"]) == (group, definition, principal)


@pytest.mark.parametrize(
    ("cloud", "copy"),
    [
        ("aws", "aws_s3_bucket_replication_configuration"),
        ("gcp", "google_storage_transfer_job"),
        ("azure", "azurerm_storage_object_replication"),
    ],
)
def test_backups_are_copied_to_the_recovery_region(cloud: str, copy: str, tmp_path: Path) -> None:
    project = switch_project(tmp_path / "project", cloud)
    path = project / "apps" / "environments" / "prod.yaml"
    text = path.read_text()
    assert text.count("\ncluster:\n") == 1
    path.write_text(text.replace("\ncluster:\n", "\ncluster:\n  velero_store: { replicate: true }\n"))
    found = resources(read_stack(synthesize(project, tmp_path / "out"), f"prod-{cloud}"))
    assert f"{copy}.{NAME}" in found


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_the_contract_names_its_service_account_and_its_output(cloud: str, tmp_path: Path) -> None:
    project = load_project(with_store(tmp_path, cloud))
    contract = contract_of(project.system, project.environments["dev"])
    binding = contract.identities["velero"]
    assert (binding.namespace, binding.service_account, binding.backs_up) == ("velero", "velero", True)
    assert binding.declared == "apps/environments/dev.yaml: cluster.velero_store"
    assert bool(binding.google_account) == (cloud == "gcp")
    assert "velero_bucket" in contract.outputs
