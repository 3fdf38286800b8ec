"""A public DNS zone on Azure DNS."""

from quantacirc_cdk.terraform.azure.place import AzureResource, assign, place_of
from quantacirc_cdk.terraform.azure.workload_identity import ExistingAzureWorkloadIdentity, WorkloadIdentity
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

    def grant_records(
        self, identity: WorkloadIdentity | ExistingAzureWorkloadIdentity, *, challenges: bool = False
    ) -> None:
        """Let ``identity`` change the records of the zone and, without ``challenges``, find it in its resource group.
        Azure has no narrower role for ``challenges``.

        Sources: https://cert-manager.io/docs/configuration/acme/dns01/azuredns/ and
        https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/azure/.
        """
        to, name = identity.principal_id, self.zone.name
        assign(self, identity.grant_name(name), role="DNS Zone Contributor", to=to, on=self.zone_id)
        if not challenges:
            assign(self, identity.grant_name(name, "group"), role="Reader", to=to, on=place_of(self).group.id)

    @staticmethod
    def from_existing(*, zone_id: str, domain: str) -> ExistingDnsZone:
        """Return an existing zone for other constructs; creates nothing."""
        return ExistingDnsZone(zone_id=zone_id, domain=domain)
