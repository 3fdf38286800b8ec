"""Terraform modules for hand-written Terraform: the constructs, with variables for their properties."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from quantacirc_cdk.terraform.modules.module import Module
from quantacirc_cdk.terraform.modules.shape import DESCRIPTIONS, give_back

CLOUDS = ("aws", "gcp", "azure")
NAMES = tuple(DESCRIPTIONS)

__all__ = ["CLOUDS", "NAMES", "Module", "modules", "write_modules"]


def modules() -> Iterator[Module]:
    """Yield all modules of all clouds. They do not depend on a model."""
    for cloud in CLOUDS:
        declarations = import_module(f"quantacirc_cdk.terraform.modules.{cloud}")
        for name, description in DESCRIPTIONS.items():
            module = Module(cloud, name, description, declarations.PROVIDERS)
            give_back(module, getattr(declarations, name.replace("-", "_"))(module))
            yield module


def write_modules(folder: Path) -> None:
    """Write ``<cloud>/<name>/main.tf.json`` and ``README.md`` for each module to ``folder``.

    Raises ``SchemaError`` for arguments that a provider's schema refuses.
    """
    for module in modules():
        place = folder / module.cloud / module.name
        place.mkdir(parents=True, exist_ok=True)
        document = json.dumps(module.document(), indent=2, sort_keys=True)
        (place / "main.tf.json").write_text(f"{document}\n")
        (place / "README.md").write_text(module.readme())
