"""Encryption keys by purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.interface.rules import Rules

Purpose = Literal["cluster", "database", "logs", "objects", "registry", "secrets", "state", "volumes"]
"""What a key is for: it decides who may use it."""
PURPOSES: Sequence[Purpose] = tuple(purpose for purpose in get_args(Purpose) if purpose != "state")
"""Purposes of an environment. Terraform's state is outside of what it describes: its key is its bootstrap's."""


@dataclass(frozen=True, kw_only=True)
class KeyRingProps:
    """A key for each purpose and each store, rotated every year: access to one kind of data gives none to another."""

    name: str
    """Prefix of the names of the keys."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account (project, subscription) the keys are in."""
    recovery_region: str | None = None
    """Region in which what is copied there has keys of its own; none by default."""
    purposes: Sequence[Purpose] = PURPOSES
    """What keys are made for; each is called after its purpose."""
    stores: Mapping[str, Purpose] = field(default_factory=dict)
    """Stores with a key of their own, which has the store's name, and the purpose of each."""
    deletion_days: int = 30
    """Days between the request to delete a key and its deletion, in which it can be kept after all; 7 to 30."""
    deletion_protection: bool = False
    """Refuse to destroy the keys. Google Cloud's always do: their names are never free again."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        for purpose in self.purposes:
            rules.one_of("purposes", purpose, *get_args(Purpose))
        for store, purpose in self.stores.items():
            rules.one_of(f"stores.{store}", purpose, *get_args(Purpose))
            if store in self.purposes:
                rules.refuse("stores", f'a store called "{store}"', "another name: there is a key for a purpose of it")
        rules.between("deletion_days", self.deletion_days, 7, 30, "days")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        rules.check()

    @property
    def keys(self) -> Mapping[str, Purpose]:
        """The purpose of every key, by the key's name."""
        return {purpose: purpose for purpose in self.purposes} | dict(self.stores)

    def copied(self, *purposes: Purpose) -> list[str]:
        """Return the keys for these purposes, whose data is copied to the recovery region; none without one."""
        return [name for name, purpose in self.keys.items() if purpose in purposes] if self.recovery_region else []


class KeyRingLike(Protocol):
    """What other constructs need of a key ring."""

    def key_id(self, name: str) -> str:
        """Return a reference to the key of this name, in the form the cloud's other services take."""

    def recovery_key_id(self, name: str) -> str:
        """Return a reference to that for copies in the recovery region; raises ``PropsError`` without one."""


@dataclass(frozen=True, kw_only=True)
class ExistingKeyRing:
    """Keys that somebody else made: what ``KeyRing.from_existing`` returns."""

    keys: Mapping[str, str]
    """Id of each key by its name: a purpose or a store."""
    recovery_keys: Mapping[str, str] = field(default_factory=dict)
    """Id of the key for copies in the recovery region, by the same name."""

    def key_id(self, name: str) -> str:
        """Return the id of the key of this name; raises ``PropsError`` without one."""
        if name not in self.keys:
            raise PropsError(f"the existing key ring has no key for {name}")
        return self.keys[name]

    def recovery_key_id(self, name: str) -> str:
        """Return the id of the key for copies in the recovery region; raises ``PropsError`` without one."""
        if name not in self.recovery_keys:
            raise PropsError(f"the existing key ring has no key for {name} in a recovery region")
        return self.recovery_keys[name]
