"""Write the report: one HTML page, and a Markdown page for each subject, some also as JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quantacirc_cdk.handover import LEFT_OUT, LeftOut, leave
from quantacirc_cdk.kubernetes.reachability_matrix import reachability_matrix
from quantacirc_cdk.manifests import read_environments
from quantacirc_cdk.model import Project
from quantacirc_cdk.report.by_hand import by_hand_page, closed, left_out_page, prerequisites, prerequisites_page
from quantacirc_cdk.report.devices import missing_devices
from quantacirc_cdk.report.gateways import closed_paths, listeners
from quantacirc_cdk.report.manifests import exceptions, images
from quantacirc_cdk.report.nodes import unmatched_nodes
from quantacirc_cdk.report.pages import exceptions_page, images_page, index_page, reachability_page, topology_page
from quantacirc_cdk.report.parity import as_markdown
from quantacirc_cdk.report.peerings import other_sides
from quantacirc_cdk.report.prices import load_prices
from quantacirc_cdk.report.registries import foreign_registry
from quantacirc_cdk.report.stacks import stack_resources
from quantacirc_cdk.report.unreached import unreached
from quantacirc_cdk.report.waivers import accepted
from quantacirc_cdk.report.web import ReportData, as_html

Json = dict[str, Any]


def write_report(
    project: Project,
    dist: Path,
    outdir: Path,
    parity: Callable[[], Json],
    left_out: Callable[[], Sequence[LeftOut]] = tuple,
) -> None:
    """Write the report to ``outdir``, from ``kubernetes/<environment>`` and ``terraform/stacks`` in ``dist``.

    ``parity`` returns the result of ``helm.parity``, and ``left_out`` what other outputs cannot represent. Both are
    called last, because they may have to wait. Raises ``ModelError`` for a wrong price table or waiver.
    """
    data = report_data(project, dist, parity, left_out)
    for name, text in _files(data).items():
        (outdir / name).write_text(text, encoding="utf-8")
    leave(dist, f"report{LEFT_OUT}", lambda: json.dumps([asdict(one) for one in _notes(data)]))


def _notes(data: ReportData) -> list[LeftOut]:
    """Return what the summary of the synthesis says about each environment."""
    cut_off: list[LeftOut] = []
    for (name, site), matrix in zip(data.sites.items(), data.matrices, strict=True):
        cut_off += unreached(site, data.objects[name], matrix)
    shut = {name: closed_paths(site, data.objects[name]) for name, site in data.sites.items()}
    devices = [one for name, site in data.sites.items() for one in missing_devices(site, data.objects[name])]
    nodes = [one for name, site in data.sites.items() for one in unmatched_nodes(site, data.objects[name])]
    registries = [one for site in data.sites.values() for one in foreign_registry(site)]
    peerings = [one for site in data.sites.values() for one in other_sides(site)]
    return [*prerequisites(data.given), *cut_off, *nodes, *closed(shut), *devices, *registries, *peerings]


def report_data(
    project: Project, dist: Path, parity: Callable[[], Json], left_out: Callable[[], Sequence[LeftOut]]
) -> ReportData:
    """Return what the report is made from; the parameters and errors are those of ``write_report``."""
    environments = dict(sorted(project.environments.items()))
    objects = read_environments(dist / "kubernetes", environments)
    matrices = [reachability_matrix(environment, objects[name]) for name, environment in environments.items()]
    targets = {name: environment.target for name, environment in environments.items()}
    return ReportData(
        project=project,
        objects=objects,
        matrices=matrices,
        stacks=stack_resources(dist / "terraform" / "stacks", targets),
        accepted=accepted(project.root),
        prices=load_prices(project.root),
        left_out=left_out(),
        parity=parity(),
    )


def _files(data: ReportData) -> Mapping[str, str]:
    system, environments = data.project.system, dict(sorted(data.project.environments.items()))
    used = {name: images(list(found)) for name, found in data.objects.items()}
    more: dict[str, str] = {}
    if changes := by_hand_page(system, environments, data.objects):
        more["by-hand.md"] = changes
    if data.left_out:
        more["left-out.md"] = left_out_page(data.left_out)
    gateways = {name: listeners(found) for name, found in data.objects.items()}
    if page := prerequisites_page(system, data.given, data.operators, environments, gateways):
        more["prerequisites.md"] = page
    return {
        **more,
        "index.html": as_html(data),
        "exceptions.md": exceptions_page({name: exceptions(list(found)) for name, found in data.objects.items()}),
        "README.md": index_page(system, environments, more),
        "topology.md": topology_page(system, environments),
        "reachability.md": reachability_page(data.matrices),
        "reachability.json": _json(data.matrices),
        "images-in-use.md": images_page(used),
        "images-in-use.json": _json(used),
        "parity.md": as_markdown(data.parity),
    }


def _json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
