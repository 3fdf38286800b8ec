"""Sections of the model for an object store."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from quantacirc_cdk.kinds.store.spec import Existing, Manageable, ManageableSettings, too_long
from quantacirc_cdk.limits import formats
from quantacirc_cdk.limits.buckets import longest_name
from quantacirc_cdk.model.component import Finding, Settings
from quantacirc_cdk.model.needs.short import expected
from quantacirc_cdk.model.site import Site

_ROLE = 64
"""Maximum length of a role's name on AWS."""


class ExistingBucket(Existing):
    """An existing bucket on an S3-compatible server."""

    endpoint: formats.HttpAddress
    """Base address of its API. Network policies open its port: 443 for https and 80 for http unless it has another."""
    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    """Name of the bucket."""

    @model_validator(mode="after")
    def _one_port(self) -> Self:
        if self.port not in (None, self.stated_port):
            raise expected(f"no port, or {self.stated_port}, the port of endpoint, not {self.port}")
        return self

    @property
    def stated_port(self) -> int:
        """Port of the address."""
        return formats.port_of(self.endpoint)


class ObjectStoreSettings(ManageableSettings):
    """Settings of an object store in an environment."""

    existing: ExistingBucket | None = None
    """The existing bucket, with provider `existing`."""

    retention_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days that a managed store keeps a replaced or deleted version."""
    cool_after_days: Annotated[int, Field(ge=30, le=3650)] | None = None
    """Days after which a managed store moves an object to a class for infrequent access, which costs less to keep and
    more to read. Never when absent."""
    expire_after_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """Days after which a managed store deletes an object; its version is kept for `retention_days` more. Never when
    absent."""
    lock_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """Days in which no client of a managed store can delete or overwrite an object for good. Only for a store that
    takes nothing but backups, at most as long as these are kept. Not locked when absent."""
    replicate: bool = False
    """Copy every object of a managed store to the recovery region."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield an impossible provider, and what only the bucket of a cloud does."""
        yield from super().problems(site, name)
        for key in ("cool_after_days", "expire_after_days", "lock_days"):
            if getattr(self, key) is not None and self.provider != "managed":
                yield (key,), f"`{key}` with provider {self.provider}", "none, or a managed store"

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
        yield from self._lock_problems(site, name)
        yield from self._expiry_problems(site, name)
        if site.environment.target == "aws":
            for client in site.clients(name):
                yield from too_long(f"role of {client}", f"{base}-{client}", _ROLE)
            yield from too_long(what, bucket, longest_name("aws", copied=self.replicate))
        if site.environment.target == "gcp":
            yield from too_long(what, bucket, longest_name("gcp", copied=self.replicate))
            if bucket.startswith("goog") or "google" in bucket:
                said = f'the {what} would be called "{bucket}"'
                yield (), said, 'a name that does not contain "google" or start with "goog"'

    def _expiry_problems(self, site: Site, name: str) -> Iterator[Finding]:
        days = self.expire_after_days
        if days is None:
            return
        for key in ("cool_after_days", "lock_days"):
            least = getattr(self, key)
            if least is not None and days <= least:
                yield ("expire_after_days",), f"{days} days with `{key}` {least}", f"more than {least}"
        for store in backed_up(site, name).values():
            kept = (
                getattr(site.settings(store), "backup_retention_days", None)
                if store in site.system.components
                else None
            )
            if kept is not None and days < kept:
                said = f"{days} days, but backups of {store} are kept for {kept}"
                yield ("expire_after_days",), said, f"at least {kept}"

    def _lock_problems(self, site: Site, name: str) -> Iterator[Finding]:
        if self.lock_days is None:
            return
        stores = backed_up(site, name)
        others = [client for client in site.clients(name) if client not in stores]
        if others:
            said = f"locked objects, which {', '.join(others)} could neither overwrite nor delete"
            yield ("lock_days",), said, "a separate store for backups"
        for store in stores.values():
            if store not in site.system.components:
                continue  # A problem of the system.
            kept = getattr(site.settings(store), "backup_retention_days", None)
            if kept is not None and kept < self.lock_days:
                said = f"{self.lock_days} days, but backups of {store} are deleted after {kept}"
                yield ("lock_days",), said, f"at most {kept}"


def backed_up(site: Site, name: str) -> dict[str, str]:
    """Return the jobs that write backups to an object store, each with the store that it backs up."""
    jobs = {client: getattr(site.system.components[client], "backs_up", None) for client in site.clients(name)}
    return {job: store for job, store in jobs.items() if store}


class ObjectStore(Manageable):
    """An S3-compatible server in the cluster (SeaweedFS), or a bucket in the cloud."""

    settings: ClassVar[type[Settings]] = ObjectStoreSettings
    role: ClassVar[str] = "object-store"
    secret_keys: ClassVar[tuple[str, ...]] = ("access-key-id", "bucket", "endpoint", "region", "secret-access-key")
    keeps_objects: ClassVar[bool] = True

    kind: Literal["object-store"]
    """Object storage: a server in the cluster, or the cloud's service."""


KIND = ObjectStore
