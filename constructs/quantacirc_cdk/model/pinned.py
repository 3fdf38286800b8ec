"""The sections that kinds of third-party charts are built from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from quantacirc_cdk.limits import formats
from quantacirc_cdk.model.component import Component, Finding, Provider, Settings
from quantacirc_cdk.model.values import Digest

if TYPE_CHECKING:
    from quantacirc_cdk.model.site import Site
    from quantacirc_cdk.model.system import System


class PinnedSettings(Settings):
    """Settings of a third-party chart in an environment."""

    installed: bool | None = None
    """Install it here; false if the cluster has it already. When absent, a `chart` is installed everywhere, and an
    `operator` where the environment uses it."""
    version: formats.ChartVersion | None = None
    """Another version; requires `digest`."""
    digest: Digest | None = None
    """Digest of that version."""
    values: dict[str, Any] = {}
    """Values, merged into the component's key by key; null removes a key."""

    def problems(self, site: "Site", name: str) -> Iterator[Finding]:
        """Yield a version without its digest."""
        yield from super().problems(site, name)
        if (self.version is None) != (self.digest is None):
            here, missing = ("version", "digest") if self.version else ("digest", "version")
            expected = f"both, because a digest identifies one version: qcdk pin {name} --env {site.environment.name}"
            yield (here,), f"`{here}` without `{missing}`", expected


class Pinned(Component):
    """A Helm chart in an OCI registry, pinned by its digest and installed beside the system."""

    settings: ClassVar[type[Settings]] = PinnedSettings
    role: ClassVar[str] = "chart"
    shape: ClassVar[tuple[str, str]] = ("[[", "]]")
    without_compose: ClassVar[str] = "a chart is for a cluster"

    version: formats.ChartVersion
    """Version, for information; `digest` decides what is installed."""
    digest: Digest | None = None
    """Digest of the chart's manifest in the registry. Required; `qcdk pin` asks the registry and writes it, and `helm
    pull` and `crane digest` print it."""
    values: dict[str, Any] = {}
    """Values of all environments."""

    @property
    def address(self) -> str:
        """The `oci://` address of its chart, without the version; empty if none is known."""
        raise NotImplementedError

    def provider(self, settings: Settings) -> Provider:  # noqa: ARG002
        """Return ``existing``: the system does not create its objects."""
        return "existing"

    def problems(self, system: "System", name: str) -> Iterator[Finding]:
        """Yield a missing digest, `admits` and `reaches`."""
        yield from super().problems(system, name)
        if self.digest is None:
            yield (), "no `digest`", f"the digest of version {self.version} in its registry: qcdk pin {name}"
        if self.admits:
            what = "pods that connect to a chart, whose network policies are its own"
            yield ("admits",), what, "none, or `values` of the chart"
        if "reaches" in self.model_fields_set:
            what = (
                f"`reaches` on a component of kind {self.kind}, whose pods the system's network policies do not reach"
            )
            yield ("reaches",), what, "none"
