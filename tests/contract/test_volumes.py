"""The StorageClass of an environment's volumes, and the key that both sides know by its name."""

from dataclasses import replace
from pathlib import Path

import pytest

from quantacirc_cdk.contract import volumes_of
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.site import Site
from support.kubernetes.manifests import find
from support.kubernetes.synthesis import render
from support.terraform.stacks import read_stack, resources
from support.terraform.switched import switch_project, synthesize
from support.tools import ROOT


def site(folder: Path, target: str, edits: dict[str, str] | None = None) -> Site:
    project = load_project(switch_project(folder, target, edits))
    return Site(project.system, project.environments["prod"])


@pytest.mark.integration
def test_eks_has_a_default_class_with_the_key_of_the_stack(tmp_path: Path) -> None:
    found = volumes_of(site(tmp_path / "project", "aws"))
    assert found is not None
    assert (found.provisioner, found.default) == ("ebs.csi.aws.com", True)
    assert found.parameters["encrypted"] == "true"
    stack = resources(read_stack(synthesize(tmp_path / "project", tmp_path / "out"), "prod-aws"))
    alias = stack["aws_kms_alias.volumes"]
    assert alias["target_key_id"] == "${aws_kms_key.volumes.key_id}"
    assert found.parameters["kmsKeyId"] == f"arn:aws:kms:eu-central-1:333333333333:{alias['name']}"


@pytest.mark.slow
def test_gke_has_a_class_with_the_key_of_the_stack_beside_its_default(tmp_path: Path) -> None:
    found = volumes_of(site(tmp_path / "project", "gcp"))
    assert found is not None
    assert (found.provisioner, found.default) == ("pd.csi.storage.gke.io", False)
    stack = resources(read_stack(synthesize(tmp_path / "project", tmp_path / "out"), "prod-gcp"))
    ring, key = stack["google_kms_key_ring.keys"], stack["google_kms_crypto_key.volumes"]
    assert key["key_ring"] == "${google_kms_key_ring.keys.id}"
    place = f"projects/quantacirc-prod/locations/{ring['location']}/keyRings/{ring['name']}"
    assert found.parameters["disk-encryption-kms-key"] == f"{place}/cryptoKeys/{key['name']}"


def test_the_default_classes_of_aks_use_the_disk_encryption_set(tmp_path: Path) -> None:
    assert volumes_of(site(tmp_path / "project", "azure")) is None


@pytest.mark.parametrize("change", ["storage_class: fast", "existing: { name: shared }"])
def test_a_class_or_a_cluster_that_is_named_is_left_alone(change: str, tmp_path: Path) -> None:
    context = "  context: quantacirc-dev\n"
    if change.startswith("storage"):
        found = site(tmp_path / "project", "aws", {context: f"{context}  {change}\n"})
        assert found.storage_class == "fast"
    else:
        made = site(tmp_path / "project", "aws")
        existing = made.environment.cluster.model_copy(update={"existing": object()})
        found = replace(made, environment=made.environment.model_copy(update={"cluster": existing}))
        assert found.storage_class is None
    assert volumes_of(found) is None


@pytest.mark.slow
def test_every_claim_of_a_cloud_names_it(tmp_path: Path) -> None:
    found = render(ROOT, tmp_path)
    classes = find(found["prod"], "StorageClass", "quantacirc-volumes")
    assert classes["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert classes["volumeBindingMode"] == "WaitForFirstConsumer"
    text = repr(found["prod"])
    assert text.count("'storageClassName': 'quantacirc-volumes'") == text.count("'ReadWriteOnce'") > 0
    assert "storageClassName" not in repr(found["local"])
    assert "'StorageClass'" not in repr(found["local"])
