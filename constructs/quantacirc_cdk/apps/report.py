"""A report about the whole output: parity of environments, topology, reachability, images."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quantacirc_cdk.handover import LEFT_OUT, LeftOut, take
from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.report import write_parity, write_report


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write the report to ``outdir``; the manifests of all environments are beside it."""
    project, manifests = load_project(project_root), outdir.parent / "kubernetes"
    left_out = take(outdir.parent, f"compose{LEFT_OUT}")
    found = [LeftOut(**one) for one in json.loads(left_out)] if left_out else _left_out(project, manifests)
    write_report(project, manifests, outdir, found)
    derived = take(outdir.parent, "parity.json")
    write_parity(json.loads(derived) if derived else _parity(project, manifests), outdir)


def _left_out(project: Project, manifests: Path) -> list[LeftOut]:
    from quantacirc_cdk.compose import compose_left_out

    return compose_left_out(project, manifests)


def _parity(project: Project, manifests: Path) -> dict[str, Any]:
    from quantacirc_cdk.helm import system_chart
    from quantacirc_cdk.helm.parity import parity

    return parity(system_chart(project, manifests).derived())
