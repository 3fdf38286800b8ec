"""Objects of Argo CD and Flux that deliver a system."""

from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.gitops import write_gitops
from quantacirc_cdk.model import load_project


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None = None) -> None:  # noqa: ARG001
    """Write the objects to ``outdir``; the manifests of all environments are beside it."""
    write_gitops(load_project(project_root), outdir.parent / "kubernetes", outdir)
