"""Endpoint of Private Service Connect for an instance of Cloud SQL."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.network import ExistingNetwork, NetworkLike
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.resource import Resource

_TTL = 300


class ServiceEndpoint(Construct):
    """An address in the nodes' subnet that leads to one instance, and the instance's name in a private zone.

    Cloud SQL gives the instance the name and creates no record for it. In a Shared VPC, the zone is in the host
    project, as all rules of the network are, and the API for it is enabled there. Source:
    https://cloud.google.com/sql/docs/postgres/configure-private-service-connect.
    """

    def __init__(self, scope: Construct, id: str, *, instance: Resource, name: str, network: NetworkLike) -> None:
        super().__init__(scope, id)
        region = instance.ref("region")
        host = network.project if isinstance(network, ExistingNetwork) else None
        reserved = Resource(
            self,
            "google_compute_address",
            instance.name,
            name=name,
            region=region,
            subnetwork=network.private_subnet_ids[0],
            address_type="INTERNAL",
            depends_on=enable(self, "compute"),
        )
        rule = Resource(
            self,
            "google_compute_forwarding_rule",
            instance.name,
            name=name,
            region=region,
            network=network.network_id,
            ip_address=reserved.id,
            # Text without a scheme makes the rule an endpoint, not a load balancer.
            load_balancing_scheme="",
            target=instance.ref("psc_service_attachment_link"),
            # Another instance under the same name has closed the connection.
            lifecycle=replaced_with(instance.address),
        )
        dns_name = instance.ref("dns_name")
        zone = Resource(
            self,
            "google_dns_managed_zone",
            instance.name,
            name=name,
            description=f"Name of {name} inside the network",
            dns_name=dns_name,
            visibility="private",
            private_visibility_config={"networks": [{"network_url": network.network_id}]},
            depends_on=enable(self, "dns", project=host),
            project=host,
        )
        Resource(
            self,
            "google_dns_record_set",
            instance.name,
            managed_zone=zone.ref("name"),
            name=dns_name,
            type="A",
            ttl=_TTL,
            rrdatas=[reserved.ref("address")],
            depends_on=[rule],
            project=host,
        )
        self.address = reserved.ref("address")
        self.host = f'${{trimsuffix({instance.address}.dns_name, ".")}}'
