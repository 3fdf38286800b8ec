"""A public DNS zone on Route 53."""

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.aws import has_public_zones
from quantacirc_cdk.terraform.aws.iam import allow
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity, grant
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.dns_zone import DnsZoneProps, ExistingDnsZone
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.provider_place import provider_region
from quantacirc_cdk.terraform.resource import Resource


class DnsZone(Checked, Construct):
    """A hosted zone that cannot be deleted while it contains records. The owner of the parent domain delegates it.

    Raises ``PropsError`` in GovCloud, which has no public zones.
    """

    def __init__(self, scope: Construct, id: str, props: DnsZoneProps) -> None:
        region = provider_region(scope, "aws")
        if region and not has_public_zones(region):
            raise PropsError(f"{props.name}: a public zone in {region}, where Route 53 has only private ones")
        super().__init__(scope, id)
        self.domain = props.domain
        self.zone = Resource(
            self, "aws_route53_zone", terraform_name(id), name=props.domain, comment=props.name, force_destroy=False
        )
        self.zone_id = self.zone.ref("zone_id")
        self.name_servers = self.zone.ref("name_servers")

    def grant_records(self, identity: WorkloadIdentity | ExistingWorkloadIdentity, *, challenges: bool = False) -> None:
        """Let ``identity`` change the records of the zone; with ``challenges``, only those that prove it by DNS-01.

        Sources: https://cert-manager.io/docs/configuration/acme/dns01/route53/ and
        https://kubernetes-sigs.github.io/external-dns/latest/docs/tutorials/aws/.
        """
        change, zone = "route53:ChangeResourceRecordSets", self.zone.arn
        if challenges:
            named = {"route53:ChangeResourceRecordSetsNormalizedRecordNames": ["_acme-challenge.*"]}
            texts = {"route53:ChangeResourceRecordSetsRecordTypes": ["TXT"]}
            only = {"ForAllValues:StringLike": named, "ForAllValues:StringEquals": texts}
            statements = [
                allow([change], [zone], "Change", Condition=only),
                allow(["route53:ListResourceRecordSets"], [zone], "Records"),
                allow(["route53:GetChange"], ["arn:aws:route53:::change/*"], "Wait"),
                allow(["route53:ListHostedZonesByName"], ["*"], "Zones"),
            ]
        else:
            records = ["route53:ListResourceRecordSets", "route53:ListTagsForResources"]
            statements = [
                allow([change, *records], [zone], "Change"),
                allow(["route53:ListHostedZones"], ["*"], "Zones"),
            ]
        grant(self, identity, self.zone.name, statements)

    @staticmethod
    def from_existing(*, zone_id: str, domain: str) -> ExistingDnsZone:
        """Return an existing zone for other constructs; creates nothing."""
        return ExistingDnsZone(zone_id=zone_id, domain=domain)
