"""The Helm chart of a system, derived from the manifests of all environments."""

import json
from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.handover import leave
from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.helm.parity import parity
from quantacirc_cdk.model import load_project


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write the chart to ``outdir/<system>``; the manifests of all environments are beside ``outdir``."""
    project = load_project(project_root)
    chart = system_chart(project, outdir.parent / "kubernetes")
    leave(outdir.parent, "helm.parity.json", lambda: json.dumps(parity(chart.derived())))
    chart.write(outdir / project.system.name)
