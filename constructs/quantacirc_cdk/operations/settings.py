"""Settings of an environment for the deployment tools, also for machines without Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.model.chart_release import ChartRelease, chart_releases
from quantacirc_cdk.model.component import Migrated
from quantacirc_cdk.model.environment import ChangeWindow, Environment, Signature
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.operations import windows
from quantacirc_cdk.text import yaml
from quantacirc_cdk.text.regular_expression import anchored
from quantacirc_cdk.text.shell import assignment


@dataclass(frozen=True, kw_only=True)
class Target:
    """Deployment target of an environment's release."""

    environment: str
    context: str
    """The kubectl context; commands are sent to no other one."""
    namespace: str
    release: str
    """Name of the Helm release, which is the system's."""
    chart: str
    """Folder of the chart, relative to the output's parent."""
    values: str
    """Values file of the environment, relative to the output's parent."""
    approval: bool
    """Whether a deployment requires approval."""
    kubernetes_version: str
    """Declared minor version of the environment's cluster."""
    migration: int | None = None
    """Number of the last database migration of the software."""
    windows: Sequence[ChangeWindow] = ()
    """When it may be changed; always if there is none."""
    registry: str = ""
    """Registry, with its path, of the system's images."""
    signature: Signature | None = None
    """Signer of the images in ``registry``."""
    migrated: str | None = None
    """Component with the migrated tables."""
    rollouts: Sequence[str] = ()
    """Components whose pods Argo Rollouts runs."""
    pause_seconds: int = 0
    """Seconds that a release pauses between its steps."""
    charts: Sequence[ChartRelease] = ()
    """Third-party charts, in order of installation."""

    @classmethod
    def of(cls, system: System, environment: Environment, output: str = "dist") -> "Target":
        """Return the target of an environment with its chart below ``output``."""
        stores = [(name, part.migration) for name, part in system.having(Migrated).items() if part.migration]
        migrated, migration = next(iter(stores), (next(iter(system.having(Migrated)), None), None))
        chart, site = f"{output}/helm/{system.name}", Site(system, environment)
        return cls(
            environment=environment.name,
            context=environment.cluster.context,
            namespace=environment.namespace_for(system.name),
            release=system.name,
            chart=chart,
            values=f"{chart}/values-{environment.name}.yaml",
            approval=environment.approval,
            kubernetes_version=environment.cluster.kubernetes_version,
            windows=environment.change_windows,
            migration=migration,
            registry=environment.registry,
            signature=environment.release.signature,
            migrated=migrated,
            rollouts=tuple(site.in_steps),
            pause_seconds=site.pause_seconds,
            charts=chart_releases(site),
        )

    def as_shell(self) -> str:
        """Return the target as shell assignments, for ``scripts/*.sh``."""
        values = {
            "ENVIRONMENT": self.environment,
            "CONTEXT": self.context,
            "NAMESPACE": self.namespace,
            "RELEASE": self.release,
            "CHART": self.chart,
            "VALUES": self.values,
            "APPROVAL": str(self.approval).lower(),
            "MIGRATION": str(self.migration or ""),
            "WINDOWS": windows.as_shell(self.windows),
        }
        if self.rollouts:
            values |= {"ROLLOUTS": " ".join(self.rollouts), "PAUSE_SECONDS": str(self.pause_seconds)}
        if self.charts:
            values["CHARTS"] = "".join(f"{line}\n" for line in map(self._line, self.charts))
        if self.signature:
            values |= {
                "REGISTRY": self.registry,
                "SIGNER_ISSUER": self.signature.issuer,
                "SIGNER": anchored(self.signature.subject),
                "ATTESTATIONS": " ".join(self.signature.attestations),
            }
        lines = (assignment(name, value) for name, value in values.items())
        return "# Read by scripts/*.sh.\n" + "".join(f"{line}\n" for line in lines)

    def _line(self, chart: ChartRelease) -> str:
        """Return what ``scripts/deploy.sh`` needs to know of a chart, in words."""
        order = "before" if chart.wave < 0 else "after"
        values = chart_values(self.chart, self.environment, chart.name)
        return f"{order} {chart.name} {chart.namespace} {chart.chart}@{chart.digest} {values}"


def chart_values(chart: str, environment: str, name: str) -> str:
    """Return the values file of a third-party chart, relative to the place of the system's chart."""
    output = chart.partition("/helm/")[0]
    return f"{output}/operations/{environment}-{name}.values.yaml"


def write_targets(system: System, environments: list[Environment], outdir: Path) -> None:
    """Write ``outdir/<environment>.env`` for each environment, and its third-party charts with their values.

    ``<environment>.charts.yaml`` is for ``qcdk diff``, and ``<environment>-<chart>.values.yaml`` for helm.
    """
    outdir.mkdir(parents=True, exist_ok=True)
    for environment in environments:
        path = outdir / f"{environment.name}.env"
        target = Target.of(system, environment)
        path.write_text(target.as_shell(), encoding="utf-8")
        charts = target.charts
        if charts:
            records = {chart.name: chart.record for chart in charts}
            (outdir / f"{environment.name}.charts.yaml").write_text(yaml.dump(records), encoding="utf-8")
        for chart in charts:
            file = outdir / Path(chart_values(target.chart, environment.name, chart.name)).name
            file.write_text(yaml.dump(dict(chart.values)), encoding="utf-8")
