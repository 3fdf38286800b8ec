"""The sections of somebody else's chart."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Component, Finding, Provider, Settings
from quantacirc_cdk.model.needs.ports import PortSpec
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Digest

ChartVersion = Annotated[str, Field(pattern=r"^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$")]


class Offers(Section):
    """What a chart's pods answer, as whoever reaches it needs to know."""

    service: kubernetes.ServiceName | None = None
    """Name of its Service; the component's when absent."""
    ports: Annotated[list[PortSpec], Field(min_length=1)]
    """Ports of its pods, and of the Service where `service_port` says another."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of the pods that answer, for network policies; all pods of its namespace when empty."""
    secret: kubernetes.ObjectName | None = None
    """Secret in the system's namespace with what opens it, which clients see as files."""


class ChartSettings(Settings):
    """What an environment says of a chart."""

    version: ChartVersion | None = None
    """Another version; needs `digest`."""
    digest: Digest | None = None
    """Digest of that version."""
    values: dict[str, Any] = {}
    """Values, laid over the component's key by key; null removes one."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a version without its digest, and a namespace whose policies would cut it off."""
        yield from super().problems(site, name)
        if (self.version is None) != (self.digest is None):
            here, missing = ("version", "digest") if self.version else ("digest", "version")
            yield (here,), f"`{here}` without `{missing}`", "both: a digest is that of one version"
        if site.component(name, Chart).namespace_of(name) == site.namespace:
            what = f'a chart in the namespace "{site.namespace}", whose policies deny what the system does not declare'
            yield (), what, "another `namespace` of the component"


class Chart(Component):
    """Somebody else's Helm chart, or the operator that it installs."""

    settings: ClassVar[type[Settings]] = ChartSettings
    role: ClassVar[str] = "chart"
    shape: ClassVar[tuple[str, str]] = ("[[", "]]")
    without_compose: ClassVar[str] = "a chart is for a cluster"

    kind: Literal["chart"]
    """Somebody else's Helm chart, delivered beside the system."""
    chart: Annotated[str, Field(pattern=r"^oci://[a-z0-9][a-z0-9.:-]*(/[a-z0-9][a-z0-9._-]*)+$")]
    """`oci://` address of the chart, without its version: only a registry's digest pins it for Argo CD, Flux and Helm
    alike."""
    version: ChartVersion
    """Version, for people."""
    digest: Digest
    """Digest of the chart's manifest in the registry, which `helm pull` and `crane digest` print."""
    namespace: kubernetes.DnsLabel | None = None
    """Namespace that it is installed in; the component's name when absent. Never the system's."""
    wave: Annotated[int, Field(ge=-100, le=100)] = -1
    """Its place among the charts and the system, which is at 0: charts below are there before it."""
    values: dict[str, Any] = {}
    """Values of all environments."""
    cluster_wide: Annotated[str, Field(min_length=1)] | None = None
    """Why it may make objects outside of its namespace, such as CustomResourceDefinitions; it may not when absent."""
    offers: Offers | None = None
    """What it offers, so that others may reach it."""

    def namespace_of(self, name: str) -> str:
        """Return the namespace that it is installed in."""
        return self.namespace or name

    def provider(self, settings: Settings) -> Provider:  # noqa: ARG002
        """Return that its objects are none of the system's."""
        return "existing"

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield what it reaches, and clients of a chart that offers nothing."""
        yield from super().problems(system, name)
        if "reaches" in self.model_fields_set:
            yield ("reaches",), "`reaches` on a chart, whose pods have policies of their own", "none"
        clients = [one for one, part in system.components.items() if name in part.reaches]
        if clients and self.offers is None:
            yield (), f"{', '.join(clients)} reach {name}, which offers nothing", "`offers` with its ports"
        known = [port.name for port in self.offers.ports] if self.offers else []
        for index, port in enumerate(known):
            if port in known[:index]:
                yield ("offers", "ports", index, "name"), f'port name "{port}" twice', "each name once"


KIND = Chart
