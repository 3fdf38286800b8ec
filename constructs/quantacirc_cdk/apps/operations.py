"""Deployment target of each environment, for scripts on machines without Python."""

from collections.abc import Sequence
from pathlib import Path


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write ``outdir/<environment>.env`` for every environment."""
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.operations.settings import write_targets

    project = load_project(project_root)
    write_targets(project.system, list(project.environments.values()), outdir)
