"""Write the report: a page for each subject, some also as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.kubernetes.reachability_matrix import reachability_matrix
from quantacirc_cdk.manifests import read_objects
from quantacirc_cdk.model import Project
from quantacirc_cdk.report.by_hand import by_hand_page, left_out_page
from quantacirc_cdk.report.manifests import exceptions, images
from quantacirc_cdk.report.pages import exceptions_page, images_page, index_page, reachability_page, topology_page
from quantacirc_cdk.report.parity import as_markdown

Json = dict[str, Any]


def write_report(project: Project, manifests: Path, outdir: Path, left_out: Sequence[LeftOut] = ()) -> None:
    """Write all pages except ``parity.md`` to ``outdir``, from the manifests in ``manifests/<environment>``.

    ``left_out`` lists what other outputs cannot represent.
    """
    for name, text in _files(project, manifests, left_out).items():
        (outdir / name).write_text(text, encoding="utf-8")


def write_parity(parity: Json, outdir: Path) -> None:
    """Write the page ``parity.md`` from the result of ``helm.parity``."""
    (outdir / "parity.md").write_text(as_markdown(parity), encoding="utf-8")


def _files(project: Project, manifests: Path, left_out: Sequence[LeftOut]) -> Mapping[str, str]:
    system, environments = project.system, dict(sorted(project.environments.items()))
    objects = {name: read_objects(manifests / name) for name in environments}
    matrices = [reachability_matrix(environment, objects[name]) for name, environment in environments.items()]
    used = {name: images(found) for name, found in objects.items()}
    more: dict[str, str] = {}
    if changes := by_hand_page(system, environments, objects):
        more["by-hand.md"] = changes
    if left_out:
        more["left-out.md"] = left_out_page(left_out)
    return {
        **more,
        "exceptions.md": exceptions_page({name: exceptions(found) for name, found in objects.items()}),
        "README.md": index_page(system, environments, more),
        "topology.md": topology_page(system, environments),
        "reachability.md": reachability_page(matrices),
        "reachability.json": _json(matrices),
        "images-in-use.md": images_page(used),
        "images-in-use.json": _json(used),
    }


def _json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
