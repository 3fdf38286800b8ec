"""The AWS provider, pinned to one account."""

from collections.abc import Mapping

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.limits.aws import refused_partition
from quantacirc_cdk.plain import path_of
from quantacirc_cdk.terraform.declarations import provider
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.provider_place import set_provider

SOURCE = "hashicorp/aws"
VERSIONS = ">= 5.100.0, < 7.0.0"
"""Provider versions that the constructs are checked against."""
RECOVERY = "aws.recovery"
"""Alias of the provider for the recovery region."""

_OTHER_PARTITIONS = ("cn-", "eu-isoe-", "eusc-", "us-iso")
"""Regions of partitions that the constructs do not support: China, sovereign and isolated regions
(https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-arns.html)."""
_EXPECTED = "a region of the partition aws or aws-us-gov"


class Provider(Construct):
    """Provider configurations for the region and, as ``aws.recovery``, for the recovery region.

    They refuse any account but ``account``, and add ``tags`` to all resources. Raises ``PropsError`` for a region of
    China, or of a sovereign or isolated partition, and for a recovery region of another partition.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        account: str,
        region: str,
        recovery_region: str | None = None,
        tags: Mapping[str, str],
        disposable: bool = False,  # noqa: ARG002  the same on every cloud
    ) -> None:
        place = f"{path_of(scope)}/{id}"
        for key, value in (("region", region), ("recovery_region", recovery_region)):
            if value and value.startswith(_OTHER_PARTITIONS):
                what = f"{value}, a partition whose hosts, endpoints and service principals have other names"
                raise PropsError(Problem(key=f"{place}: {key}", what=what, expected=_EXPECTED))
        if apart := refused_partition(region, recovery_region):
            what, expected = apart
            raise PropsError(Problem(key=f"{place}: recovery_region", what=what, expected=expected))
        super().__init__(scope, id)
        set_provider(self, "aws", account=account, region=region)
        self._configure("default", None, account, region, tags)
        if recovery_region is not None:
            self._configure("recovery", "recovery", account, recovery_region, tags)

    def _configure(self, id: str, alias: str | None, account: str, region: str, tags: Mapping[str, str]) -> None:
        provider(
            self,
            id,
            type="aws",
            source=SOURCE,
            versions=VERSIONS,
            arguments={
                **({"alias": alias} if alias else {}),
                "region": region,
                "allowed_account_ids": [account],
                "default_tags": [{"tags": dict(tags)}],
            },
        )
