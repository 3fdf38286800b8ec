"""A Compose file, to run a system on a laptop without Kubernetes."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from quantacirc_cdk.compose import write_compose
from quantacirc_cdk.handover import LEFT_OUT, leave
from quantacirc_cdk.model import load_project


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write ``outdir/compose.yaml`` and the files that it mounts; in separate folders for several local
    environments.
    """
    left_out = write_compose(load_project(project_root), outdir.parent / "kubernetes", outdir)
    leave(outdir.parent, f"compose{LEFT_OUT}", lambda: json.dumps([asdict(one) for one in left_out]))
