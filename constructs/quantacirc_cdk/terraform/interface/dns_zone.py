"""A public DNS zone."""

from dataclasses import dataclass

from quantacirc_cdk.terraform.interface.rules import Rules


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
        rules.matches("domain", self.domain, r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", "a DNS name")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingDnsZone:
    """A zone that somebody else made."""

    zone_id: str
    domain: str
