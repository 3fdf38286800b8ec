"""A public DNS zone on Cloud DNS."""

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.names import check_name
from quantacirc_cdk.terraform.gcp.services import enable, project_id
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity, awaited
from quantacirc_cdk.terraform.interface.dns_zone import DnsZoneProps, ExistingDnsZone
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
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

    def grant_records(
        self,
        identity: WorkloadIdentity | ExistingWorkloadIdentity,
        *,
        challenges: bool = False,  # noqa: ARG002  the same on every cloud
    ) -> None:
        """Let ``identity`` change the records of the zone, and find it. Google Cloud has no narrower permission for
        ``challenges``.

        Source: https://cert-manager.io/docs/configuration/acme/dns01/google/.
        """
        name, ready = identity.grant_name(self.zone.name), awaited(identity)
        Resource(
            self,
            "google_dns_managed_zone_iam_member",
            name,
            managed_zone=self.zone_id,
            role="roles/dns.admin",
            member=identity.identity_id,
            depends_on=ready,
        )
        Resource(
            self,
            "google_project_iam_member",
            name,
            project=project_id(self),
            role="roles/dns.reader",
            member=identity.identity_id,
            depends_on=ready,
        )

    @staticmethod
    def from_existing(*, zone_id: str, domain: str) -> ExistingDnsZone:
        """Return an existing zone for other constructs; creates nothing."""
        return ExistingDnsZone(zone_id=zone_id, domain=domain)
