"""The Helm chart of QuantaCirc, derived from the manifests of all environments; run by ``qcdk synth``."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write the chart to ``outdir/<system>``; the manifests of all environments are beside ``outdir``.

    ``outdir/parity.json`` tells in which parameters the environments differ.
    """
    project = load_project(project_root)
    chart = system_chart(project, outdir.parent / "kubernetes")
    chart.write(outdir / project.system.name)
    chart.write_parity(outdir / "parity.json")
