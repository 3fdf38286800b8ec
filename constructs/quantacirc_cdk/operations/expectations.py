"""What should run in an environment according to the model, to compare with the cluster."""

from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.manifests import is_added, read_objects
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.operations.workloads import WORKLOAD_KINDS


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """What should run in an environment."""

    site: Site
    components: tuple[str, ...]
    """Components with pods that run continuously."""
    rollouts: tuple[str, ...] = ()
    """Components whose pods Argo Rollouts runs."""
    workloads: tuple[tuple[str, str], ...] = ()
    """Kind and name of each workload in the namespace that the project adds in Python."""
    certificates: bool = False
    """Whether cert-manager issues certificates."""
    application: str | None = None
    """Argo CD's application; None without Argo CD."""
    applied_by_argocd: bool = False
    """Whether Argo CD applies releases."""


def expectations(system: System, environment: Environment, manifests: Path | None = None) -> Expectations:
    """Return what should run according to the model, and what the project adds to it in ``manifests``, its folder of
    generated manifests.

    Raises ``ModelError`` for manifests that are no YAML.
    """
    site = Site(system, environment)
    return Expectations(
        site=site,
        components=tuple(name for name, component in site.present.items() if component.always_runs),
        rollouts=tuple(site.in_steps),
        workloads=_added(manifests / environment.name, site.namespace) if manifests else (),
        certificates=environment.cluster.addons.cert_manager,
        application=f"{system.name}-{environment.name}" if system.source and environment.delivery != "manual" else None,
        applied_by_argocd=environment.delivery == "argocd",
    )


def _added(folder: Path, namespace: str) -> tuple[tuple[str, str], ...]:
    """Return the workloads among the manifests that belong to no component; none before the first synthesis."""
    if not folder.is_dir():
        return ()
    names = [
        (str(item["kind"]), str(item["metadata"]["name"]))
        for item in read_objects(folder)
        if item["kind"] in (*WORKLOAD_KINDS, "CronJob")
        and is_added(item)
        and item["metadata"].get("namespace") == namespace
    ]
    return tuple(sorted(names))
