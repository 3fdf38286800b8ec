"""Sections of the model for an operator."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from quantacirc_cdk.kinds.operator.recipes import RECIPES, Recipe
from quantacirc_cdk.limits import formats
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.component import Finding, Settings
from quantacirc_cdk.model.needs.merge import merged
from quantacirc_cdk.model.pinned import Pinned, PinnedSettings
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Digest, Registry, Tag


class Plugin(Section):
    """The image of Velero's plugin for a cloud."""

    version: Tag
    """Tag of the image, v1.13.1; each version of Velero has its own version of the plugins."""
    digest: Digest
    """Digest of the image. It decides what runs."""
    registry: Registry = "docker.io"
    """Registry of the image, or of a copy, in which it has the same path."""


class OperatorSettings(PinnedSettings):
    """Settings of an operator in an environment."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield the system's namespace, and values that the operator does not work without."""
        yield from super().problems(site, name)
        operator = site.component(name, Operator)
        namespace, recipe = operator.installs_into(site, name), operator.recipe
        if namespace is None:
            return
        if namespace == site.namespace:
            what = f'{recipe.title} in the namespace "{site.namespace}", whose policies deny undeclared traffic'
            yield (), what, "another namespace, under `cluster`"
        if wrong := recipe.refused(site):
            what, expected = wrong
            yield ("installed",) if self.installed else (), f"{recipe.title} {what}", expected
            return
        values = merged(dict(operator.values), dict(self.values))
        target = site.environment.target
        stored = operator.operator == "velero" and site.environment.cluster.velero_store
        if stored and target not in operator.plugins and not _at(values, ("initContainers",)):
            what = "a bucket for Velero in `cluster.velero_store`, and no plugin that reaches it"
            yield (), what, f"`plugins.{target}` of the component in apps/system.yaml"
        for path in recipe.required(site):
            if not _at(values, path):
                yield ("values",), f"no `{'.'.join(path)}`, without which {recipe.title} does not work", "it"


class Operator(Pinned):
    """An operator that the manifests need, installed before the system in the environments that use it."""

    settings: ClassVar[type[Settings]] = OperatorSettings
    without_compose: ClassVar[str] = ""  # Compose has none of the objects that need it.

    kind: Literal["operator"]
    """An operator that the manifests need."""
    operator: Literal[
        "argo-cd",
        "argo-rollouts",
        "aws-load-balancer-controller",
        "cert-manager",
        "cluster-autoscaler",
        "envoy-gateway",
        "external-dns",
        "external-secrets",
        "karpenter",
        "keda",
        "kyverno",
        "metrics-server",
        "prometheus-operator",
        "velero",
    ]
    """Which operator it is. That decides its namespace, its place in the order of deployment, which environments have
    it, and the values that follow from the model (docs/operators.md)."""
    chart: formats.ChartAddress | None = None
    """`oci://` address of a copy of its chart; that of its project when absent. Operators whose projects publish their
    charts in no registry require it (docs/operators.md)."""
    plugins: dict[Literal["aws", "azure", "gcp"], Plugin] = {}
    """Velero: its plugin for each cloud in which an environment has `cluster.velero_store`."""

    @property
    def recipe(self) -> Recipe:
        """How it is installed."""
        return RECIPES[self.operator]

    @property
    def address(self) -> str:
        """The `oci://` address of its chart, without the version; empty for a chart that nobody has published there."""
        return self.chart or self.recipe.chart

    def installs_into(self, site: Site, name: str) -> str | None:
        """Return its namespace in an environment that uses it, or that says so; None in others."""
        here = site.settings_as(name, OperatorSettings).installed
        installed = self.recipe.used(site) if here is None else here
        return self.recipe.namespace(site) if installed else None

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield a chart without an address, clients, and a second component for the same operator."""
        yield from super().problems(system, name)
        recipe = self.recipe
        if not self.address:
            expected = (
                f"`chart`, a copy in your registry: helm pull {recipe.package} --repo {recipe.repository} "
                f"--version {self.version} && helm push {recipe.package}-{self.version}.tgz oci://REGISTRY/charts"
            )
            yield (), f"the chart of {recipe.title}, which its project publishes in no OCI registry", expected
        if self.plugins and self.operator != "velero":
            yield ("plugins",), f"`plugins` of {recipe.title}, which has none", "no `plugins`, or Velero"
        clients = [one for one, part in system.components.items() if name in part.reaches]
        if clients:
            yield (), f"{', '.join(clients)} reach {name}, which offers nothing", "a component of kind chart"
        others = [one for one, part in system.having(Operator).items() if part.operator == self.operator]
        if others[0] != name:
            yield ("operator",), f"{recipe.title}, which {others[0]} installs", "one component for each operator"


def _at(values: object, path: tuple[str, ...]) -> object:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values


KIND = Operator
