"""Images on AWS."""

import json
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.aws import ImageRegistry
from quantacirc_cdk.terraform.aws.image_registry import lifecycle_policy
from quantacirc_cdk.terraform.interface import ImageRegistryProps
from support.terraform.stacks import Json


def test_tags_are_immutable_and_images_scanned_and_encrypted(prod: dict[str, Json]) -> None:
    repositories = {a: v for a, v in prod.items() if a.startswith("aws_ecr_repository.")}
    assert len(repositories) == 3
    for repository in repositories.values():
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == {"scan_on_push": True}
        assert repository["encryption_configuration"]["kms_key"] == "${aws_kms_key.registry.arn}"


def test_old_and_untagged_images_are_removed_in_this_order() -> None:
    untagged, excess = json.loads(lifecycle_policy(50, 3))["rules"]
    assert (untagged["rulePriority"], untagged["selection"]["countNumber"]) == (1, 3)
    assert (excess["rulePriority"], excess["selection"]["countNumber"]) == (2, 50)


def test_repositories_whose_names_differ_in_punctuation_alone_are_several(declared: Any) -> None:
    names = ["team/web", "team-web", "team.web", "web"]

    def declare(scope: Any, shared: dict[str, Any]) -> None:
        ImageRegistry(scope, "registry", ImageRegistryProps(name="r", repositories=names, **shared))

    found = {a: v for a, v in declared(declare).items() if a.startswith("aws_ecr_repository.")}
    assert {value["name"] for value in found.values()} == {f"r/{name}" for name in names}
    assert "aws_ecr_repository.registry_web" in found  # as ever, where no other one has it


@pytest.mark.parametrize(
    "changes", [{"repositories": ["Team/App"]}, {"repositories": ["a--b"]}, {"keep_images": 0}, {"untagged_days": 366}]
)
def test_what_ecr_does_not_take_is_refused(changes: dict[str, Any], declared: Any) -> None:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        ImageRegistry(
            scope, "registry", ImageRegistryProps(**{"name": "r", "repositories": ["a"], **shared, **changes})
        )

    with pytest.raises(PropsError, match="expected"):
        declared(declare)
