"""The Google Cloud provider, pinned to one project."""

from collections.abc import Mapping

from quantacirc_cdk.terraform.engine import Construct, TerraformProvider
from quantacirc_cdk.terraform.gcp.names import labels

VERSIONS = ">= 6.50.0, < 9.0.0"
"""Provider versions that the constructs are checked against."""
BETA = "google-beta"
"""The provider for service agents, which the other one cannot create."""


class Provider(Construct):
    """Provider configurations, ``google`` and ``google-beta``, for one project.

    ``tags`` become labels of all resources that support labels, in the allowed format. Resources in the recovery region
    set their region, because one configuration covers all regions.
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
