"""Private access to Google's APIs inside a network."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_ADDRESSES = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"]
"""private.googleapis.com (https://cloud.google.com/vpc/docs/configure-private-google-access#config-options)."""
_DOMAINS = ("googleapis.com", "gcr.io", "pkg.dev")
_TTL = 300


class PrivateServices(Construct):
    """Private DNS zones that resolve all names of Google's APIs and registries to ``private.googleapis.com``.

    Its addresses are routed only inside Google's network, so no egress rule has to allow the internet for them.
    """

    def __init__(self, scope: Construct, id: str, *, network: Resource, name: str) -> None:
        super().__init__(scope, id)
        for domain in _DOMAINS:
            self._zone(network, name, domain)

    def _zone(self, network: Resource, name: str, domain: str) -> None:
        address = terraform_name(network.name, domain)
        zone = Resource(
            self,
            "google_dns_managed_zone",
            address,
            name=f"{name}-{domain.replace('.', '-')}",
            description=f"{domain} inside the network",
            dns_name=f"{domain}.",
            visibility="private",
            private_visibility_config={"networks": [{"network_url": network.id}]},
            depends_on=enable(self, "dns"),
        )
        top = f"private.{domain}." if domain == "googleapis.com" else f"{domain}."
        self._record(address, "a", zone, top, "A", _ADDRESSES)
        self._record(address, "all", zone, f"*.{domain}.", "CNAME", [top])

    def _record(self, name: str, key: str, zone: Resource, record: str, type: str, data: list[str]) -> None:
        Resource(
            self,
            "google_dns_record_set",
            terraform_name(name, key),
            managed_zone=zone.ref("name"),
            name=record,
            type=type,
            ttl=_TTL,
            rrdatas=data,
        )
