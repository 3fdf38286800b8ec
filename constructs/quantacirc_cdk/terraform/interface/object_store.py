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
    cool_after_days: int | None = None
    """Days after which an object moves to a class for infrequent access, 30 to 3650; never by default. It stays
    readable at once: Standard-IA on S3, Nearline on Google Cloud, the cool tier on Azure.
    """
    expire_after_days: int | None = None
    """Days after which an object is deleted, 1 to 3650; never by default. Its last version is removed after
    ``retention_days`` more.
    """
    lock_days: int | None = None
    """Days in which only an administrator can permanently delete or overwrite an object; not locked by default."""
    recovery_region: str | None = None
    """Region that every object is copied to; none by default."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        rules.between("retention_days", self.retention_days, 1, 3650, "days")
        if self.cool_after_days is not None:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html.
            rules.between("cool_after_days", self.cool_after_days, 30, 3650, "days")
        if self.expire_after_days is not None:
            rules.between("expire_after_days", self.expire_after_days, 1, 3650, "days")
        for key in ("cool_after_days", "lock_days"):
            days = getattr(self, key)
            if days is not None and self.expire_after_days is not None and self.expire_after_days <= days:
                rules.refuse("expire_after_days", str(self.expire_after_days), f"more than {key}, {days}")
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
