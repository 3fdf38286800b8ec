"""A public DNS zone."""

from dataclasses import dataclass

from quantacirc_cdk.limits.formats import DOMAIN, is_domain
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression


@dataclass(frozen=True, kw_only=True)
class DnsZoneProps:
    """The zone of an environment's domain. The owner of the parent domain delegates it."""

    name: str
    """Name of the zone in the account."""
    domain: str
    """Domain, such as ``dev.example.com``."""

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        if not has_expression(self.domain) and not is_domain(self.domain):
            rules.refuse("domain", f'found "{self.domain}"', DOMAIN)
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingDnsZone:
    """An existing zone."""

    zone_id: str
    domain: str
