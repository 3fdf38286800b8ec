"""What should run in an environment, by the model: what a look at the cluster is compared with."""

from dataclasses import dataclass

from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What should be there."""

    site: Site
    components: tuple[str, ...]
    """Components with pods that run all the time."""
    certificates: bool = False
    """Whether cert-manager makes certificates."""
    application: str | None = None
    """Argo CD's application, where Argo CD knows the environment."""
    applied_by_argocd: bool = False
    """Whether Argo CD is who applies a release."""


def expectations(system: System, environment: Environment) -> Expectations:
    """Return what should be there, by the model."""
    site = Site(system, environment)
    return Expectations(
        site=site,
        components=tuple(name for name, component in site.present.items() if component.always_runs),
        certificates=environment.cluster.addons.cert_manager,
        application=f"{system.name}-{environment.name}" if system.source and environment.delivery != "manual" else None,
        applied_by_argocd=environment.delivery == "argocd",
    )
