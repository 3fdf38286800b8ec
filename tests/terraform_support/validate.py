"""Have the real ``terraform`` validate a stack whose provider's binary cannot be had."""

import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from quantacirc_cdk.terraform.schemas import ProviderSchema
from support.tools import unavailable
from terraform_support.stacks import read_stack
from terraform_support.terraform import Terraform


def validated(outdir: Path, name: str, versions: Sequence[ProviderSchema], folder: Path) -> list[dict[str, Any]]:
    """Return what ``terraform validate`` says about a stack, given the schemas of its providers."""
    if find_spec("grpc") is None:
        unavailable("grpcio", "pip install grpcio")
    from terraform_support.schema_provider import RANDOM, document, serve

    shutil.copy(outdir / "stacks" / name / "cdk.tf.json", folder)
    stack = read_stack(outdir, name)
    providers = {version.source: document(version, stack) for version in versions}
    with serve({**providers, "hashicorp/random": RANDOM}) as environment:
        terraform = Terraform(folder, environment)
        terraform.init("-backend=false")
        return terraform.validate()
