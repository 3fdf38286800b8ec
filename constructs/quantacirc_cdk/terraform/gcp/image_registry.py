"""A container image registry on Artifact Registry."""

from collections.abc import Mapping
from dataclasses import fields

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.names import check_name
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry, ImageRegistryProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_KEEP_BY_DEFAULT = next(field.default for field in fields(ImageRegistryProps) if field.name == "keep_images")


class ImageRegistry(Checked, Construct):
    """A repository for all images: immutable tags, scan on push, encryption, and removal of untagged images.

    A repository of Artifact Registry contains several images, so one is enough: ``host/account/name/image``. It cannot
    remove images with immutable tags, so all tagged images are kept, and a custom ``keep_images`` is refused
    (https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy).
    """

    @staticmethod
    def check_props(props: ImageRegistryProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        check_name(rules, props.name, 63)
        if props.keep_images != _KEEP_BY_DEFAULT:
            rules.refuse(
                "keep_images",
                f"found {props.keep_images}, but Artifact Registry removes no image whose tag is immutable",
                f"the default, {_KEEP_BY_DEFAULT}",
            )
        rules.check()

    def __init__(self, scope: Construct, id: str, props: ImageRegistryProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self.host = f"{props.region}-docker.pkg.dev"
        self.repository = Resource(
            self,
            "google_artifact_registry_repository",
            terraform_name(id),
            repository_id=props.name,
            location=props.region,
            format="DOCKER",
            description=f"Images of {props.name}",
            kms_key_name=props.keys.key_id("registry"),
            docker_config={"immutable_tags": True},
            vulnerability_scanning_config={"enablement_config": "INHERITED"},
            cleanup_policies=[
                {
                    "id": "untagged",
                    "action": "DELETE",
                    "condition": {"tag_state": "UNTAGGED", "older_than": f"{props.untagged_days * 86400}s"},
                }
            ],
            cleanup_policy_dry_run=False,
            depends_on=enable(self, "artifactregistry", "containerscanning"),
        )
        self.repositories: Mapping[str, Resource] = dict.fromkeys(props.repositories, self.repository)

    @staticmethod
    def from_existing(*, host: str) -> ExistingImageRegistry:
        """Return an existing registry for other constructs; creates nothing."""
        return ExistingImageRegistry(host=host)
