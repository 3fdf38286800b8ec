"""The Google Cloud provider, pinned to one project."""

from collections.abc import Mapping

from quantacirc_cdk.terraform.declarations import provider
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.names import labels
from quantacirc_cdk.terraform.provider_place import set_provider

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
        set_provider(self, "gcp", account=account, region=region)
        for name in ("google", BETA):
            provider(
                self,
                name,
                type=name,
                source=f"hashicorp/{name}",
                versions=VERSIONS,
                arguments={"project": account, "region": region, "default_labels": labels(tags)},
            )
