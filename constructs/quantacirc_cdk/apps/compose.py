"""A system on a laptop without Kubernetes, as a Compose file."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.compose import write_compose
from quantacirc_cdk.model import load_project


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write ``outdir/compose.yaml`` and the files it mounts; a folder for each, where there are several laptops."""
    write_compose(load_project(project_root), outdir.parent / "kubernetes", outdir)
