"""A report about the whole output: topology, reachability, parity, capacity, cloud resources, images."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quantacirc_cdk.diff import Report
from quantacirc_cdk.handover import LEFT_OUT, LeftOut, take
from quantacirc_cdk.model import Project, load_project
from quantacirc_cdk.report import write_report
from quantacirc_cdk.report.output import report_data
from quantacirc_cdk.report.web import as_html


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write the report to ``outdir``; the manifests and stacks of all environments are beside it."""
    project, dist = load_project(project_root), outdir.parent
    write_report(project, dist, outdir, lambda: _parity(project, dist), lambda: _left_out(project, dist))


def page(project: Project, dist: Path, changes: Report) -> str:
    """Return the HTML page of the output in ``dist``, with its changes since a revision."""
    data = report_data(project, dist, lambda: _parity(project, dist), lambda: _left_out(project, dist))
    return as_html(dataclasses.replace(data, changes=changes))


def _left_out(project: Project, dist: Path) -> list[LeftOut]:
    handed = take(dist, f"compose{LEFT_OUT}")
    if handed:
        return [LeftOut(**one) for one in json.loads(handed)]
    from quantacirc_cdk.compose import compose_left_out

    return compose_left_out(project, dist / "kubernetes")


def _parity(project: Project, dist: Path) -> dict[str, Any]:
    handed = take(dist, "helm.parity.json")
    if handed:
        found: dict[str, Any] = json.loads(handed)
        return found
    from quantacirc_cdk.helm import system_chart
    from quantacirc_cdk.helm.parity import parity

    return parity(system_chart(project, dist / "kubernetes").derived())
