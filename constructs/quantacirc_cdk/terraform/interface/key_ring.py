"""Encryption keys by purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.interface.rules import Rules

Purpose = Literal["artifacts", "cluster", "ledger", "logs", "registry", "secrets", "state", "volumes"]
PURPOSES: Sequence[Purpose] = tuple(purpose for purpose in get_args(Purpose) if purpose != "state")
"""Purposes of an environment. Terraform's state is outside of what it describes: its key is its bootstrap's."""


@dataclass(frozen=True, kw_only=True)
class KeyRingProps:
    """A key for each purpose, rotated every year, so that access to one kind of data gives none to another."""

    name: str
    """Prefix of the names of the keys."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account (project, subscription) the keys are in."""
    recovery_region: str | None = None
    """Region in which what is copied there has keys of its own; none by default."""
    purposes: Sequence[Purpose] = PURPOSES
    """What keys are made for."""
    deletion_days: int = 30
    """Days between the request to delete a key and its deletion, in which it can be kept after all; 7 to 30."""
    deletion_protection: bool = False
    """Refuse to destroy the keys. Google Cloud's always do: their names are never free again."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        for purpose in self.purposes:
            rules.one_of("purposes", purpose, *get_args(Purpose))
        rules.between("deletion_days", self.deletion_days, 7, 30, "days")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        rules.check()


class KeyRingLike(Protocol):
    """What other constructs need of a key ring."""

    def key_id(self, purpose: Purpose) -> str:
        """Return a reference to the key for ``purpose``, in the form the cloud's other services take."""

    def recovery_key_id(self, purpose: Purpose) -> str:
        """Return a reference to the key for copies in the recovery region; raises ``PropsError`` without one."""


@dataclass(frozen=True, kw_only=True)
class ExistingKeyRing:
    """Keys that somebody else made: what ``KeyRing.from_existing`` returns."""

    keys: Mapping[Purpose, str]
    """Id of the key for each purpose."""
    recovery_keys: Mapping[Purpose, str] = field(default_factory=dict)
    """Id of the key for copies in the recovery region, for each purpose."""

    def key_id(self, purpose: Purpose) -> str:
        """Return the id of the key for ``purpose``; raises ``PropsError`` without one."""
        if purpose not in self.keys:
            raise PropsError(f"the existing key ring has no key for {purpose}")
        return self.keys[purpose]

    def recovery_key_id(self, purpose: Purpose) -> str:
        """Return the id of the key for copies in the recovery region; raises ``PropsError`` without one."""
        if purpose not in self.recovery_keys:
            raise PropsError(f"the existing key ring has no key for {purpose} in a recovery region")
        return self.recovery_keys[purpose]
