"""What the output says as a whole, for people: parity, topology, reachability, images; run by ``qcdk synth``."""

import json
from collections.abc import Sequence
from pathlib import Path


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write the report to ``outdir``; the manifests and the chart's table of parity are beside it."""
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.report import write_report

    parity = json.loads((outdir.parent / "helm" / "parity.json").read_text(encoding="utf-8"))
    write_report(load_project(project_root), outdir.parent / "kubernetes", parity, outdir)
