"""What should run in an environment according to the model, to compare with the cluster."""

from dataclasses import dataclass

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What should run in an environment."""

    site: Site
    components: tuple[str, ...]
    """Components with pods that run continuously."""
    certificates: bool = False
    """Whether cert-manager issues certificates."""
    application: str | None = None
    """Argo CD's application; None without Argo CD."""
    applied_by_argocd: bool = False
    """Whether Argo CD applies releases."""


def expectations(system: System, environment: Environment) -> Expectations:
    """Return what should run according to the model."""
    site = Site(system, environment)
    return Expectations(
        site=site,
        components=tuple(name for name, component in site.present.items() if component.always_runs),
        certificates=environment.cluster.addons.cert_manager,
        application=f"{system.name}-{environment.name}" if system.source and environment.delivery != "manual" else None,
        applied_by_argocd=environment.delivery == "argocd",
    )
