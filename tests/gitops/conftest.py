"""The output that Argo CD and Flux read, with what it leads to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.synth import PARTS, synthesize
from support.gitops.argocd import Walk
from support.tools import ROOT

CLUSTERS = [
    {"name": "quantacirc-prod", "nameNormalized": "quantacirc-prod", "labels": {"quantacirc.environment": "prod"}},
    {"name": "quantacirc-prod-b", "nameNormalized": "quantacirc-prod-b", "labels": {"quantacirc.environment": "prod"}},
    {"name": "quantacirc-dev", "nameNormalized": "quantacirc-dev", "labels": {"quantacirc.environment": "dev"}},
    {"name": "elsewhere", "nameNormalized": "elsewhere", "labels": {}},
]


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds ``dist/`` as it is generated now."""
    root = tmp_path_factory.mktemp("checkout")
    parts = [part.name for part in PARTS if part.name in ("gitops", "helm", "kubernetes")]
    synthesize(ROOT, out=root / "dist", only=parts)
    return root


@pytest.fixture(scope="session")
def walk(checkout: Path) -> Callable[[str], Walk]:
    """Return the walk from a bootstrap file; each is walked once."""
    walks: dict[str, Walk] = {}

    def start(variant: str) -> Walk:
        if variant not in walks:
            walks[variant] = Walk(checkout, variant, CLUSTERS)
        return walks[variant]

    return start
