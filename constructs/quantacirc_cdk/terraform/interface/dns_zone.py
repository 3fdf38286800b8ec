"""A public DNS zone."""

from dataclasses import dataclass

from quantacirc_cdk.limits.formats import DOMAIN, is_domain
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression


@dataclass(frozen=True, kw_only=True)
class DnsZoneProps:
    """The zone of an environment's domain; whoever owns the parent domain delegates it."""

    name: str
    """Name of the zone among the account's."""
    domain: str
    """The domain, such as ``dev.example.com``."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        if not has_expression(self.domain) and not is_domain(self.domain):
            rules.refuse("domain", f'found "{self.domain}"', DOMAIN)
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingDnsZone:
    """A zone that somebody else made."""

    zone_id: str
    domain: str
