"""Sections of the model for a third-party chart."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.limits import formats, kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Finding, Settings
from quantacirc_cdk.model.needs.ports import PortSpec
from quantacirc_cdk.model.pinned import Pinned, PinnedSettings
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System


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


class ChartSettings(PinnedSettings):
    """Settings of a chart in an environment."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a namespace whose network policies would block the chart."""
        yield from super().problems(site, name)
        if site.component(name, Chart).namespace_of(name) == site.namespace:
            what = f'a chart in the namespace "{site.namespace}", whose policies deny undeclared traffic'
            yield (), what, "another `namespace` of the component"


class Chart(Pinned):
    """A third-party Helm chart, or the operator that it installs."""

    settings: ClassVar[type[Settings]] = ChartSettings

    kind: Literal["chart"]
    """A third-party Helm chart, deployed beside the system."""
    chart: formats.ChartAddress
    """`oci://` address of the chart, without its version: Argo CD, Flux and Helm can pin only a chart in a registry by
    digest."""
    namespace: kubernetes.DnsLabel | None = None
    """Namespace to install it in; the component's name when absent. Never the system's."""
    wave: Annotated[int, Field(ge=-100, le=100)] = -1
    """Position in the deployment order of charts and system; the system is at 0, and lower waves come first."""
    cluster_wide: Annotated[str, Field(min_length=1)] | None = None
    """Reason why it may create objects outside its namespace, such as CustomResourceDefinitions; it may not when
    absent."""
    offers: Offers | None = None
    """Endpoints that other components can reach."""

    @property
    def address(self) -> str:
        """The `oci://` address of its chart, without the version."""
        return self.chart

    def namespace_of(self, name: str) -> str:
        """Return the namespace of the release."""
        return self.namespace or name

    def installs_into(self, site: Site, name: str) -> str | None:
        """Return the namespace of the release; None where it is not installed."""
        return None if site.settings_as(name, ChartSettings).installed is False else self.namespace_of(name)

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield clients of a chart without `offers`."""
        yield from super().problems(system, name)
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
