"""Sections of the model for stores that can be managed by a cloud or exist already."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from quantacirc_cdk.limits import cloud_names
from quantacirc_cdk.limits.databases import PasswordVersion
from quantacirc_cdk.limits.terraform import STACK_NAMES
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Finding, Provider, Settings, Storing, StoringSettings
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.values import AddressRange, Name, Port

TRAIL_NAME = "audit-trail"
"""One more, in an environment with an audit trail."""
VOLUMES_NAME = "volumes"
"""One more, in an environment whose cluster the stack creates: the key of the volumes."""


class Existing(Section):
    """An existing store."""

    cidrs: Annotated[list[AddressRange], Field(min_length=1)]
    """Addresses of the store, for network policies."""
    port: Port | None = None
    """TCP port; the default port of its kind when absent, or that of its address if it has one."""
    secret: Name | None = None
    """Secret with its credentials; the component's name when absent. External Secrets reads it from the cloud's secret
    store; without External Secrets, you create it."""

    @property
    def stated_port(self) -> int | None:
        """Port that the section states, in its `port` or an address; None for the default port of its kind."""
        return self.port


class ManageableSettings(StoringSettings):
    """Settings of a store that a cloud can manage, in an environment."""

    provider: Provider = "managed"
    """managed: the cloud's service. embedded: pods in the cluster; the default for target local. existing: the store
    that `existing` describes."""
    existing: Existing | None = None
    """The existing store, with provider `existing`."""

    @classmethod
    def local_defaults(cls) -> Mapping[str, Any]:
        """Return the default for local environments: pods in the cluster."""
        return {"provider": "embedded"}

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a provider that is not possible here."""
        yield from super().problems(site, name)
        local = site.environment.target == "local"
        if self.provider == "managed" and local:
            what = f"a managed {name} in a local environment"
            yield ("provider",), what, 'provider "embedded": there is no cloud to manage it'
        if self.provider == "existing" and self.existing is None:
            yield ("existing",), "missing key", "its addresses: `existing` with cidrs"
        if self.provider != "existing" and self.existing is not None:
            yield ("existing",), f"an existing store, and provider {self.provider}", 'provider "existing"'
        if self.provider == "managed" and not local:
            trail, cluster = site.environment.audit_trail, site.environment.cluster.existing
            own = {*([] if trail is None else [TRAIL_NAME]), *([VOLUMES_NAME] if cluster is None else [])}
            if name in STACK_NAMES | own:
                yield (), f'a managed store named "{name}"', "another name: the stack uses this one"
            yield from self.managed_problems(site, name)

    def managed_problems(self, site: Site, name: str) -> Iterator[Finding]:  # noqa: ARG002
        """Yield values that the environment's cloud would refuse."""
        yield from ()


class PasswordSettings(ManageableSettings):
    """Settings of a store with a password, in an environment."""

    password_version: PasswordVersion = 1
    """Version of the password of the cloud's service, on Azure and Google Cloud of a cache: of its copy in the secret
    store. Raise it to rotate the password: the next apply sets another one."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a version of a password that Terraform does not set."""
        yield from super().problems(site, name)
        if self.provider != "managed" and self.password_version != 1:
            what = f"version {self.password_version} of the password of a store that no cloud manages"
            yield ("password_version",), what, "1, or no `password_version`"


class Manageable(Storing):
    """A store that a cloud can manage."""

    settings: ClassVar[type[Settings]] = ManageableSettings

    def provider(self, settings: Settings) -> Provider:
        """Return the environment's provider of the store."""
        return settings.provider if isinstance(settings, ManageableSettings) else "embedded"


def too_long(what: str, name: str, longest: int) -> Iterator[Finding]:
    """Yield a problem if a cloud name is too long."""
    for wrong in cloud_names.too_long(what, name, longest, of="the system, the environment or the component"):
        yield (), *wrong
