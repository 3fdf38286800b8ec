"""Deployment target of each environment, for scripts on machines without Python, and Karpenter's pools of machines."""

from collections.abc import Sequence
from pathlib import Path


def synthesize(project_root: Path, outdir: Path, environments: Sequence[str] | None) -> None:  # noqa: ARG001
    """Write ``outdir/<environment>.env`` for every environment, and ``<environment>.karpenter.yaml`` where Karpenter
    scales the nodes.
    """
    from quantacirc_cdk.contract.karpenter import karpenter_of
    from quantacirc_cdk.kubernetes.karpenter import karpenter_objects
    from quantacirc_cdk.model import load_project
    from quantacirc_cdk.model.site import Site
    from quantacirc_cdk.operations.settings import write_targets
    from quantacirc_cdk.text import yaml

    project = load_project(project_root)
    write_targets(project.system, list(project.environments.values()), outdir)
    for name, environment in project.environments.items():
        if binding := karpenter_of(Site(project.system, environment)):
            # kubectl before 1.33 reads documents only with their separators.
            text = "".join(f"---\n{yaml.dump(item)}" for item in karpenter_objects(binding))
            (outdir / f"{name}.karpenter.yaml").write_text(text, encoding="utf-8")
