"""Private endpoints: addresses inside a network for Azure services."""

from collections.abc import Callable
from functools import cached_property

from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

ZONES = {
    "blob": "privatelink.blob.core.windows.net",
    "registry": "privatelink.azurecr.io",
    "vault": "privatelink.vaultcore.azure.net",
}
"""Private DNS zone of each service (https://learn.microsoft.com/azure/private-link/private-endpoint-dns)."""


class PrivateServices(Construct):
    """A private endpoint for each vault, storage account and registry, and a private DNS zone for each type of service.

    Includes those that the stack declares later. Without ``every``, only services that require an endpoint have one.
    ``subnet`` returns the id of the endpoints' subnet, and is called once, if there is an endpoint.
    """

    def __init__(
        self, scope: Construct, id: str, *, network: Resource | str, subnet: Callable[[], str], name: str, every: bool
    ) -> None:
        super().__init__(scope, id)
        self._network, self._subnet, self._name, self._every = network, subnet, name, every
        self._zones: dict[str, str] = {}
        if every:
            self._subnet_id  # noqa: B018  before what stands in it
            for service in ZONES:
                self._zone(service)
        place_of(self).connect_with(self._connect)

    @cached_property
    def _subnet_id(self) -> str:
        return self._subnet()

    def _zone(self, service: str) -> str:
        if service not in self._zones:
            self._zones[service] = private_zone(self, service, ZONES[service], self._network)
        return self._zones[service]

    def _connect(self, name: str, resource: Resource, service: str, required: bool) -> None:
        if not (self._every or required):
            return
        shown = f"{self._name}-{name.replace('_', '-')}-{service}"
        AzureResource(
            self,
            "azurerm_private_endpoint",
            terraform_name(name, service),
            name=shown,
            subnet_id=self._subnet_id,
            private_service_connection={
                "name": shown,
                "private_connection_resource_id": resource.id,
                "subresource_names": [service],
                "is_manual_connection": False,
            },
            private_dns_zone_group={"name": service, "private_dns_zone_ids": [self._zone(service)]},
        )


def private_zone(scope: Construct, key: str, domain: str, network: Resource | str) -> str:
    """Create a zone that only ``network`` resolves; return a reference to its id that waits for the link."""
    zone = AzureResource(scope, "azurerm_private_dns_zone", terraform_name(key), name=domain)
    link = AzureResource(
        scope,
        "azurerm_private_dns_zone_virtual_network_link",
        terraform_name(key),
        name="network",
        private_dns_zone_id=zone.id,
        virtual_network_id=network if isinstance(network, str) else network.id,
        registration_enabled=False,
    )
    return link.ref("private_dns_zone_id")
