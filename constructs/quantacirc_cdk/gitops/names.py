"""Names and paths that several of these objects share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.chart_release import chart_releases
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import Source

Data = dict[str, Any]

ARGOCD_NAMESPACE = "argocd"
FLUX_NAMESPACE = "flux-system"
IN_CLUSTER = "https://kubernetes.default.svc"
MANIFESTS = "dist/kubernetes"
CHARTS = "dist/helm"
OUTPUT = "dist/gitops"
PREVIEWS = f"{OUTPUT}/previews"
"""Folder with the chart of the namespaces of previews, by environment. It is not below ``argocd``: the application of
that folder would apply it as well."""
FLUX_CHARTS = "flux-charts"
"""Folder below ``OUTPUT`` with the charts that Flux installs before a system. It is not below ``flux``: a Kustomization
of that folder would apply them a second time."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A system, the repository of its output, and the delivered environments, sorted by name."""

    system: System
    source: Source
    environments: tuple[Environment, ...]

    @property
    def root(self) -> str:
        """Name of the application that creates the others, and of its project."""
        return f"{self.system.name}-root"

    def name_of(self, environment: str) -> str:
        """Return the name of an environment's project and application."""
        return f"{self.system.name}-{environment}"

    def charts_of(self, environment: str) -> str:
        """Return the name of the Kustomization of an environment's charts that precede the system."""
        return f"{self.name_of(environment)}-charts"

    def namespace_of(self, environment: Environment) -> str:
        """Return the Kubernetes namespace of an environment."""
        return environment.namespace_for(self.system.name)

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of all objects."""
        return {"app.kubernetes.io/managed-by": "quantacirc-cdk", "app.kubernetes.io/part-of": self.system.name}

    @property
    def has_charts(self) -> bool:
        """Return whether an environment has third-party charts."""
        return any(chart_releases(Site(self.system, one)) for one in self.environments)

    @property
    def has_previews(self) -> bool:
        """Return whether an environment has previews of pull requests."""
        return any(one.previews for one in self.environments)

    @property
    def environment_label(self) -> str:
        """Label of a cluster in Argo CD with the name of its environment."""
        return f"{self.system.name}.environment"


def metadata(delivery: Delivery, name: str, namespace: str, **other: Any) -> Data:
    """Return an object's metadata."""
    return {"name": name, "namespace": namespace, "labels": dict(delivery.labels), **other}
