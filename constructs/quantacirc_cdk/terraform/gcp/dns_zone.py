"""A public DNS zone on Cloud DNS."""

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.names import check_name
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.dns_zone import DnsZoneProps, ExistingDnsZone
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource


class DnsZone(Checked, Construct):
    """A signed zone that cannot be deleted while it contains records. The owner of the parent domain delegates it."""

    @staticmethod
    def check_props(props: DnsZoneProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        check_name(rules, props.name, 63)
        rules.check()

    def __init__(self, scope: Construct, id: str, props: DnsZoneProps) -> None:
        super().__init__(scope, id)
        self.domain = props.domain
        self.zone = Resource(
            self,
            "google_dns_managed_zone",
            terraform_name(id),
            name=props.name,
            description=props.name,
            dns_name=f"{props.domain}.",
            visibility="public",
            dnssec_config={"state": "on", "non_existence": "nsec3"},
            cloud_logging_config={"enable_logging": True},
            force_destroy=False,
            depends_on=enable(self, "dns"),
        )
        self.zone_id = self.zone.ref("name")
        self.name_servers = self.zone.ref("name_servers")

    @staticmethod
    def from_existing(*, zone_id: str, domain: str) -> ExistingDnsZone:
        """Return an existing zone for other constructs; creates nothing."""
        return ExistingDnsZone(zone_id=zone_id, domain=domain)
