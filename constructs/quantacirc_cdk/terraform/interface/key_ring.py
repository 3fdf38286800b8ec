"""Encryption keys by purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.interface.rules import Rules

Purpose = Literal[
    "audit-trail", "cache", "cluster", "database", "logs", "objects", "registry", "secrets", "state", "volumes"
]
"""Purpose of a key, which determines who can use it."""
PURPOSES: Sequence[Purpose] = tuple(
    purpose for purpose in get_args(Purpose) if purpose not in ("audit-trail", "cache", "state")
)
"""Purposes of any environment. Few have an audit trail, each cache has a separate key (``stores``), and the key of
Terraform's state belongs to the bootstrap stack."""


@dataclass(frozen=True, kw_only=True)
class KeyRingProps:
    """A key for each purpose and each store, rotated every year, so that access to one kind of data does not include
    another.
    """

    name: str
    """Prefix of the names of the keys."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription of the keys."""
    recovery_region: str | None = None
    """Region with separate keys for copied data; none by default."""
    purposes: Sequence[Purpose] = PURPOSES
    """Purposes to create keys for; each key has the name of its purpose."""
    stores: Mapping[str, Purpose] = field(default_factory=dict)
    """Stores with a separate key, which has the store's name, and the purpose of each."""
    deletion_days: int = 30
    """Days between the request to delete a key and its deletion, in which you can cancel the deletion; 7 to 30."""
    deletion_protection: bool = False
    """Refuse to destroy the keys. Always on for Google Cloud, which never releases their names."""

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        for purpose in self.purposes:
            rules.one_of("purposes", purpose, *get_args(Purpose))
        for store, purpose in self.stores.items():
            rules.one_of(f"stores.{store}", purpose, *get_args(Purpose))
            if store in self.purposes:
                rules.refuse("stores", f'a store named "{store}"', "another name: it is the name of a purpose")
        rules.between("deletion_days", self.deletion_days, 7, 30, "days")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        rules.check()

    @property
    def keys(self) -> Mapping[str, Purpose]:
        """The purpose of every key, by the key's name."""
        return {purpose: purpose for purpose in self.purposes} | dict(self.stores)

    def copied(self, *purposes: Purpose) -> list[str]:
        """Return the keys for these purposes with data in the recovery region; none without a recovery region."""
        return [name for name, purpose in self.keys.items() if purpose in purposes] if self.recovery_region else []


class KeyRingLike(Protocol):
    """What other constructs need from a key ring."""

    def key_id(self, name: str) -> str:
        """Return a reference to the key with this name, in the form that the cloud's other services accept."""

    def recovery_key_id(self, name: str) -> str:
        """Return a reference to the key for copies in the recovery region. Raises ``PropsError`` if there is none."""


@dataclass(frozen=True, kw_only=True)
class ExistingKeyRing:
    """Existing keys: the result of ``KeyRing.from_existing``."""

    keys: Mapping[str, str]
    """Id of each key by its name: a purpose or a store."""
    recovery_keys: Mapping[str, str] = field(default_factory=dict)
    """Id of the key for copies in the recovery region, by the same name."""

    def key_id(self, name: str) -> str:
        """Return the id of the key with this name. Raises ``PropsError`` if there is none."""
        if name not in self.keys:
            raise PropsError(f"the existing key ring has no key for {name}")
        return self.keys[name]

    def recovery_key_id(self, name: str) -> str:
        """Return the id of the key for copies in the recovery region. Raises ``PropsError`` if there is none."""
        if name not in self.recovery_keys:
            raise PropsError(f"the existing key ring has no key for {name} in a recovery region")
        return self.recovery_keys[name]
