"""The audit trail of an account, and threat detection in it."""

from dataclasses import dataclass

from quantacirc_cdk.limits.audit_trails import refused_audit_trail, refused_name
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression


@dataclass(frozen=True, kw_only=True)
class AuditTrailProps:
    """Who did what in an account, project or subscription. One for each: create it where there is none."""

    name: str
    """Prefix of the names."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    keys: KeyRingLike
    """Keys of the trail: that for `audit-trail`. Azure encrypts with its own."""
    retention_days: int = 365
    """Days to keep the trail; 1 to 3650, on Azure 30 to 730."""
    threat_detection: bool = False
    """Let the cloud look for threats; AWS and Azure only."""

    def check_on(self, cloud: str) -> None:
        """Raise ``PropsError`` for what ``cloud`` refuses."""
        rules = Rules(self.name)
        rules.refused(refused_audit_trail(cloud, self))
        if not has_expression(self.name) and (wrong := refused_name(cloud, self.name)):
            rules.refuse("name", *wrong)
        rules.check()
