"""Sections of the model for an object store."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.kinds.store.spec import Existing, Manageable, ManageableSettings, too_long
from quantacirc_cdk.model.component import Finding, Settings
from quantacirc_cdk.model.site import Site

_BUCKET = 63
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://cloud.google.com/storage/docs/buckets#naming."""
_ACCESS_LOGS, _RECOVERY_LOGS = len("-access-logs"), len("-recovery-logs")
"""Suffixes of the buckets for its logs."""
_ROLE = 64
"""Maximum length of a role's name on AWS."""


class ExistingBucket(Existing):
    """An existing bucket on an S3-compatible server."""

    endpoint: Annotated[str, Field(pattern=r"^https?://[^\s'\"]+$")]
    """Base address of its API."""
    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    """Name of the bucket."""


class ObjectStoreSettings(ManageableSettings):
    """Settings of an object store in an environment."""

    existing: ExistingBucket | None = None
    """The existing bucket, with provider `existing`."""

    retention_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days that a managed store keeps a replaced or deleted version."""
    replicate: bool = False
    """Copy every object of a managed store to the recovery region."""

    def managed_problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield values that the cloud's object storage would refuse."""
        cloud = site.environment.cloud
        if cloud is None:
            return
        if self.replicate and cloud.recovery_region is None:
            expected = f"clouds.{site.environment.target}.recovery_region"
            yield ("replicate",), "replication without a recovery region", expected
        base = f"{site.system.name}-{site.environment.name}"
        bucket, what = f"{base}-{name}-{cloud.account}", f"bucket of {name}"
        if site.environment.target == "aws":
            for client in site.clients(name):
                yield from too_long(f"role of {client}", f"{base}-{client}", _ROLE)
            yield from too_long(what, bucket, _BUCKET - (_RECOVERY_LOGS if self.replicate else _ACCESS_LOGS))
        if site.environment.target == "gcp":
            yield from too_long(what, bucket, _BUCKET - _ACCESS_LOGS)
            if bucket.startswith("goog") or "google" in bucket:
                said = f'the {what} would be called "{bucket}"'
                yield (), said, 'a name that does not contain "google" or start with "goog"'


class ObjectStore(Manageable):
    """An S3-compatible server in the cluster, or a bucket in the cloud."""

    settings: ClassVar[type[Settings]] = ObjectStoreSettings
    role: ClassVar[str] = "object-store"
    secret_keys: ClassVar[tuple[str, ...]] = ("access-key-id", "bucket", "endpoint", "region", "secret-access-key")
    keeps_objects: ClassVar[bool] = True

    kind: Literal["object-store"]
    """Object storage: a server in the cluster, or the cloud's service."""


KIND = ObjectStore
