"""Sections of the model for a third-party chart."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.limits import formats, kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Component, Finding, Provider, Settings
from quantacirc_cdk.model.needs.ports import PortSpec
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Digest


class Offers(Section):
    """Endpoints of a chart's pods, for the components that reach them."""

    service: kubernetes.ServiceName | None = None
    """Name of its Service; the component's when absent."""
    ports: Annotated[list[PortSpec], Field(min_length=1)]
    """Ports of its pods, and of the Service unless `service_port` sets another."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of the pods that answer, for network policies; all pods of its namespace when empty."""
    secret: kubernetes.ObjectName | None = None
    """Secret with its credentials, in the system's namespace; clients see it as files."""


class ChartSettings(Settings):
    """Settings of a chart in an environment."""

    version: formats.ChartVersion | None = None
    """Another version; requires `digest`."""
    digest: Digest | None = None
    """Digest of that version."""
    values: dict[str, Any] = {}
    """Values, merged into the component's key by key; null removes a key."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a version without its digest, and a namespace whose network policies would block the chart."""
        yield from super().problems(site, name)
        if (self.version is None) != (self.digest is None):
            here, missing = ("version", "digest") if self.version else ("digest", "version")
            yield (here,), f"`{here}` without `{missing}`", "both: a digest identifies one version"
        if site.component(name, Chart).namespace_of(name) == site.namespace:
            what = f'a chart in the namespace "{site.namespace}", whose policies deny undeclared traffic'
            yield (), what, "another `namespace` of the component"


class Chart(Component):
    """A third-party Helm chart, or the operator that it installs."""

    settings: ClassVar[type[Settings]] = ChartSettings
    role: ClassVar[str] = "chart"
    shape: ClassVar[tuple[str, str]] = ("[[", "]]")
    without_compose: ClassVar[str] = "a chart is for a cluster"

    kind: Literal["chart"]
    """A third-party Helm chart, deployed beside the system."""
    chart: formats.ChartAddress
    """`oci://` address of the chart, without its version: Argo CD, Flux and Helm can pin only a chart in a registry by
    digest."""
    version: formats.ChartVersion
    """Version, for information; `digest` decides what is installed."""
    digest: Digest
    """Digest of the chart's manifest in the registry, as printed by `helm pull` and `crane digest`."""
    namespace: kubernetes.DnsLabel | None = None
    """Namespace to install it in; the component's name when absent. Never the system's."""
    wave: Annotated[int, Field(ge=-100, le=100)] = -1
    """Position in the deployment order of charts and system; the system is at 0, and lower waves come first."""
    values: dict[str, Any] = {}
    """Values of all environments."""
    cluster_wide: Annotated[str, Field(min_length=1)] | None = None
    """Reason why it may create objects outside its namespace, such as CustomResourceDefinitions; it may not when
    absent."""
    offers: Offers | None = None
    """Endpoints that other components can reach."""

    def namespace_of(self, name: str) -> str:
        """Return the namespace of the release."""
        return self.namespace or name

    def provider(self, settings: Settings) -> Provider:  # noqa: ARG002
        """Return ``existing``: the system does not create its objects."""
        return "existing"

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield its `reaches`, and clients of a chart without `offers`."""
        yield from super().problems(system, name)
        if "reaches" in self.model_fields_set:
            yield (
                ("reaches",),
                "`reaches` on a chart, whose pods are not subject to the system's network policies",
                "none",
            )
        clients = [one for one, part in system.components.items() if name in part.reaches]
        if clients and self.offers is None:
            yield (), f"{', '.join(clients)} reach {name}, which has no `offers`", "`offers` with its ports"
        known = [port.name for port in self.offers.ports] if self.offers else []
        for index, port in enumerate(self.offers.ports if self.offers else ()):
            place = ("offers", "ports", index)
            if port.name in known[:index]:
                yield (*place, "name"), f'port name "{port.name}" twice', "each name once"
            for key in sorted(port.model_fields_set & {"additional_service_ports", "host_port", "service_port_name"}):
                yield (*place, key), f"`{key}` of a chart, whose Service and pods are not the system's", "no such key"


KIND = Chart
