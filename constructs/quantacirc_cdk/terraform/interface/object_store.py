"""Object storage."""

from dataclasses import dataclass

from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.rules import Rules


@dataclass(frozen=True, kw_only=True)
class ObjectStoreProps:
    """A private, versioned, encrypted bucket."""

    name: str
    """Name of the bucket; unique in the world."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account (project, subscription) it is in."""
    keys: KeyRingLike
    """Key of the objects."""
    key: str = "objects"
    """Name of the key in ``keys``."""
    container: str = "objects"
    """Container of the objects in a storage account (Azure)."""
    retention_days: int = 365
    """Days before a replaced or deleted version is removed, 1 to 3650."""
    lock_days: int | None = None
    """Days in which only an administrator can permanently delete or overwrite an object; not locked by default."""
    recovery_region: str | None = None
    """Region that every object is copied to; none by default."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        rules.between("retention_days", self.retention_days, 1, 3650, "days")
        if self.lock_days is not None:
            rules.between("lock_days", self.lock_days, 1, 3650, "days")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingObjectStore:
    """An existing bucket."""

    bucket_name: str
    bucket_id: str
    """What policies name it by: its ARN, self link or resource id."""
    name: str = "objects"
    """What grants to it are called in Terraform; another for each that one identity is granted."""
    key_id: str | None = None
    """Key of its objects."""
