"""The Google Cloud provider, pinned to one project."""

from collections.abc import Mapping

from quantacirc_cdk.terraform.engine import Construct, TerraformProvider
from quantacirc_cdk.terraform.gcp.names import labels

VERSIONS = ">= 6.50.0, < 9.0.0"
"""Versions that the constructs are checked against."""
BETA = "google-beta"
"""The provider that service agents are made with: the other one cannot."""


class Provider(Construct):
    """Provider configurations, ``google`` and ``google-beta``, for one project.

    ``tags`` are labels of everything that can have any, in the form that labels take. What is in the recovery region
    says so itself: one configuration reaches every region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        account: str,
        region: str,
        recovery_region: str | None = None,  # noqa: ARG002  the same on every cloud
        tags: Mapping[str, str],
        disposable: bool = False,  # noqa: ARG002  the same on every cloud
    ) -> None:
        super().__init__(scope, id)
        for name in ("google", BETA):
            provider = TerraformProvider(
                self,
                name,
                terraform_resource_type=name,
                terraform_provider_source=f"hashicorp/{name}",
                terraform_generator_metadata={"provider_name": name, "provider_version_constraint": VERSIONS},
            )
            provider.add_override("project", account)
            provider.add_override("region", region)
            provider.add_override("default_labels", labels(tags))
