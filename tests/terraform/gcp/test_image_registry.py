"""The registry on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import ImageRegistry
from quantacirc_cdk.terraform.interface import (
    ImageRegistryProps,
)
from support.terraform.stacks import Json, resources, synthesized
from support.terraform.switched import Keys

SHARED: dict[str, Any] = {"region": "europe-west3", "account": "p", "keys": Keys()}


def test_tags_are_immutable_and_images_encrypted_and_scanned(prod: dict[str, Json]) -> None:
    registry = prod["google_artifact_registry_repository.registry"]
    assert registry["docker_config"] == {"immutable_tags": True}
    assert registry["vulnerability_scanning_config"] == {"enablement_config": "INHERITED"}
    assert "iam_binding.registry" in registry["kms_key_name"]
    assert "google_project_service.containerscanning" in registry["depends_on"]
    assert (registry["format"], registry["location"]) == ("DOCKER", "europe-west3")


def test_untagged_images_alone_are_deleted_and_really(tmp_path: Path) -> None:
    props = ImageRegistryProps(name="images", repositories=["a", "b"], untagged_days=9, **SHARED)
    found = resources(synthesized(tmp_path, lambda scope: ImageRegistry(scope, "registry", props)))
    (registry,) = [v for a, v in found.items() if a.startswith("google_artifact_registry_repository.")]
    assert registry["cleanup_policy_dry_run"] is False
    assert registry["cleanup_policies"] == [
        {"id": "untagged", "action": "DELETE", "condition": {"tag_state": "UNTAGGED", "older_than": "777600s"}}
    ]
    assert registry["kms_key_name"] == "keys/registry"


def test_a_limit_of_images_is_refused_because_immutable_tags_keep_them(tmp_path: Path) -> None:
    props = ImageRegistryProps(name="images", repositories=["a"], keep_images=10, **SHARED)
    with pytest.raises(PropsError, match="removes no image whose tag is immutable"):
        synthesized(tmp_path, lambda scope: ImageRegistry(scope, "registry", props))
