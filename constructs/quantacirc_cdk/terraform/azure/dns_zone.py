"""A public DNS zone on Azure DNS."""

from quantacirc_cdk.terraform.azure.place import AzureResource
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.dns_zone import DnsZoneProps, ExistingDnsZone
from quantacirc_cdk.terraform.names import terraform_name


class DnsZone(Checked, Construct):
    """A zone. The owner of the parent domain delegates it.

    Azure identifies it by the domain, and deletes it together with its records.
    """

    def __init__(self, scope: Construct, id: str, props: DnsZoneProps) -> None:
        super().__init__(scope, id)
        self.domain = props.domain
        self.zone = AzureResource(self, "azurerm_dns_zone", terraform_name(id), name=props.domain)
        self.zone_id = self.zone.id
        self.name_servers = self.zone.ref("name_servers")

    @staticmethod
    def from_existing(*, zone_id: str, domain: str) -> ExistingDnsZone:
        """Return an existing zone for other constructs; creates nothing."""
        return ExistingDnsZone(zone_id=zone_id, domain=domain)
