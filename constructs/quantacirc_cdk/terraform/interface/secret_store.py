"""Secrets by name. Terraform never sets their values: you, or the cloud's own services, do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quantacirc_cdk.errors import PropsError, nearest
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.rules import Rules


@dataclass(frozen=True, kw_only=True)
class SecretStoreProps:
    """Empty secrets, to be filled with values."""

    name: str
    """Prefix of the secrets' names in the cloud, ``system/environment``."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    keys: KeyRingLike
    """Keys for the secrets."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Description of each secret, by name."""
    recovery_region: str | None = None
    """Region that every secret is copied to; none by default."""
    deletion_days: int = 30
    """Days in which a deleted secret can be restored, 7 to 30."""

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        rules.between("deletion_days", self.deletion_days, 7, 30, "days")
        for secret in self.secrets:
            rules.matches("secrets", secret, r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "lower-case letters, digits, dashes")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingSecretStore:
    """Existing secrets."""

    secrets: Mapping[str, str]
    """Id of each secret, by name."""
    key_id: str | None = None
    """Key of the secrets, if their readers need permission to use it (AWS)."""

    def secret_id(self, name: str) -> str:
        """Return the id of the secret ``name``. Raises ``PropsError`` for an unknown one."""
        if name not in self.secrets:
            raise PropsError(
                f'the existing secret store has no secret "{name}", expected {nearest(name, self.secrets)}'
            )
        return self.secrets[name]
