"""The Azure provider, restricted to one subscription, and the resource groups of all resources."""

from collections.abc import Mapping

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.plain import path_of
from quantacirc_cdk.terraform.azure.place import Place, settle
from quantacirc_cdk.terraform.declarations import provider, variable
from quantacirc_cdk.terraform.engine import Construct, TerraformStack
from quantacirc_cdk.terraform.provider_place import set_provider
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import Stack, stack_of

VERSIONS = ">= 5.10.0, < 6.0.0"
"""Provider versions that the constructs are checked against. Version 4 has other required arguments."""

_OTHER_CLOUDS = ("china", "usdod", "usgov")
"""Regions of Azure China and Azure Government
(https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure)."""
_EXPECTED = "a region of the public cloud"


class Provider(Construct):
    """A provider configuration, and a resource group in the region and in the recovery region.

    Declare it before any other construct of this package, which take their resource group and ``tags`` from it. The
    name of the group is ``name``; by default it is derived from the tags ``system`` and ``environment``, or from the
    stack.
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
        name: str | None = None,
        disposable: bool = False,
    ) -> None:
        for key, value in (("region", region), ("recovery_region", recovery_region)):
            if value and value.startswith(_OTHER_CLOUDS):
                what = f"{value}, in a separate cloud with other endpoints and DNS zones"
                raise PropsError(Problem(key=f"{path_of(scope)}/{id}: {key}", what=what, expected=_EXPECTED))
        super().__init__(scope, id)
        set_provider(self, "azure", account=account, region=region)
        self._configure(account, disposable=disposable)
        stack = stack_of(self)
        name = name or "-".join(tags[key] for key in ("system", "environment") if key in tags) or _id(stack)
        place = Place(stack=stack, name=name, account=account, tags=dict(tags), operators=_operators(self))
        place.group = self._group("main", name, region, place)
        if recovery_region is not None:
            place.recovery_group = self._group("recovery", f"{name}-recovery", recovery_region, place)
        groups = (place.group, place.recovery_group) if place.recovery_group else (place.group,)
        place.groups.extend(group.ref("name") for group in groups)
        settle(stack, place)

    def _configure(self, account: str, *, disposable: bool) -> None:
        vault = {f"purge_soft_deleted_{kind}_on_destroy": False for kind in ("keys", "secrets", "certificates")} | {
            "purge_soft_delete_on_destroy": False
        }
        # AKS and Defender create resources in the group, which are deleted only with it.
        groups = {"prevent_deletion_if_contains_resources": not disposable}
        provider(
            self,
            "default",
            type="azurerm",
            source="hashicorp/azurerm",
            versions=VERSIONS,
            arguments={
                "subscription_id": account,
                # Storage accounts are created without shared keys.
                "storage_use_azuread": True,
                "features": [{"key_vault": [vault], "resource_group": [groups]}],
            },
        )

    def _group(self, key: str, name: str, region: str, place: Place) -> Resource:
        return Resource(self, "azurerm_resource_group", key, name=name, location=region, tags=place.tags)


def _id(stack: TerraformStack) -> str:
    return stack.id if isinstance(stack, Stack) else str(stack.node.id)


def _operators(scope: Construct) -> str:
    return variable(
        scope,
        "operator_cidrs",
        "operator_cidrs",
        type="list(string)",
        description="Addresses from which Terraform is run and images are pushed: they reach the vaults and the "
        "registry, which are closed to all others.",
        default=[],
        valid='${alltrue([for one in var.operator_cidrs : one != "0.0.0.0/0" && can(cidrhost('
        'length(regexall("/", one)) > 0 ? one : format("%s/32", one), 0))])}',
        expected="Each is an address or a CIDR such as 203.0.113.0/28, and none may be everybody's.",
    )
