"""A container image registry on ECR."""

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from quantacirc_cdk.limits.aws import ECR_REPOSITORY, is_ecr_repository
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry, ImageRegistryProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource


class ImageRegistry(Checked, Construct):
    """A repository for each image: immutable tags, scan on push, encryption, and removal of old images."""

    @staticmethod
    def check_props(props: ImageRegistryProps) -> None:
        """Raise ``PropsError`` for values that ECR refuses."""
        rules = Rules(props.name)
        for repository in props.repositories:
            if not is_ecr_repository(repository):
                rules.refuse("repositories", f'found "{repository}"', ECR_REPOSITORY)
        rules.check()

    def __init__(self, scope: Construct, id: str, props: ImageRegistryProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self.host = f"{props.account}.dkr.ecr.{props.region}.amazonaws.com"
        self.repositories = {
            repository: self._repository(address, repository)
            for repository, address in _addresses(terraform_name(id), props.repositories).items()
        }

    @staticmethod
    def from_existing(*, host: str) -> ExistingImageRegistry:
        """Return an existing registry for other constructs; creates nothing."""
        return ExistingImageRegistry(host=host)

    def _repository(self, address: str, repository: str) -> Resource:
        created = Resource(
            self,
            "aws_ecr_repository",
            address,
            name=f"{self.props.name}/{repository}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configuration={"encryption_type": "KMS", "kms_key": self.props.keys.key_id("registry")},
        )
        Resource(
            self,
            "aws_ecr_lifecycle_policy",
            address,
            repository=created.ref("name"),
            policy=lifecycle_policy(self.props.keep_images, self.props.untagged_days),
        )
        return created


def _addresses(name: str, repositories: Iterable[str]) -> dict[str, str]:
    """Return the Terraform name of each repository: with a digest if ``team/web`` and ``team-web`` would have one."""
    found = {repository: terraform_name(name, repository) for repository in repositories}
    shared = {address for address, count in Counter(found.values()).items() if count > 1}
    return {
        repository: f"{address}_{sha256(repository.encode()).hexdigest()[:6]}" if address in shared else address
        for repository, address in found.items()
    }


def lifecycle_policy(keep_images: int, untagged_days: int) -> str:
    """Return the lifecycle policy that removes untagged images after ``untagged_days``, and all but the newest
    ``keep_images`` tagged ones.
    """

    def rule(priority: int, description: str, selection: dict[str, object]) -> dict[str, object]:
        return {
            "rulePriority": priority,
            "description": description,
            "selection": selection,
            "action": {"type": "expire"},
        }

    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": untagged_days,
    }
    excess = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep_images}
    rules = [
        rule(1, f"Untagged images after {untagged_days} days", untagged),
        rule(2, f"All but the newest {keep_images} images", excess),
    ]
    return json.dumps({"rules": rules}, separators=(",", ":"))
