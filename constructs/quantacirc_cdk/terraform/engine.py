"""The CDK for Terraform this library runs on: ``cdktf``, or its maintained fork ``cdktn`` (CDK Terrain).

The only module that imports either. ``cdktf`` is used where it is installed, else ``cdktn``;
``QUANTACIRC_TERRAFORM_ENGINE=cdktn`` (or ``cdktf``) chooses. Both have the same API and write the same files, but for
the engine's version in their metadata. Whoever mixes prebuilt provider classes into a stack needs those made for the
engine in use.
"""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import quantacirc_cdk.startup  # noqa: F401 - before jsii
from quantacirc_cdk.errors import QuantacircError, nearest
from quantacirc_cdk.terraform.plain import stays_plain

ENGINES = ("cdktf", "cdktn")
VARIABLE = "QUANTACIRC_TERRAFORM_ENGINE"


def _choose() -> str:
    wanted = os.environ.get(VARIABLE)
    if wanted and wanted not in ENGINES:
        raise QuantacircError(f"{VARIABLE} is {wanted!r}, expected {nearest(wanted, ENGINES)}")
    installed = [engine for engine in ENGINES if find_spec(engine)]
    if wanted and wanted not in installed:
        raise QuantacircError(f"{VARIABLE} asks for {wanted}, which is not installed; try: pip install {wanted}")
    if not installed:
        raise QuantacircError("neither cdktf nor cdktn is installed; try: pip install cdktf")
    return wanted or installed[0]


NAME = _choose()
"""The engine in use, ``cdktf`` or ``cdktn``."""

import constructs  # noqa: E402 - starts Node.js

if TYPE_CHECKING or NAME == "cdktf":
    from cdktf import (
        App,
        AzurermBackend,
        GcsBackend,
        S3Backend,
        TerraformDataSource,
        TerraformElement,
        TerraformModule,
        TerraformOutput,
        TerraformProvider,
        TerraformResource,
        TerraformStack,
        TerraformVariable,
        TerraformVariableValidationConfig,
        Testing,
    )
else:
    from cdktn import (
        App,
        AzurermBackend,
        GcsBackend,
        S3Backend,
        TerraformDataSource,
        TerraformElement,
        TerraformModule,
        TerraformOutput,
        TerraformProvider,
        TerraformResource,
        TerraformStack,
        TerraformVariable,
        TerraformVariableValidationConfig,
        Testing,
    )

if TYPE_CHECKING:
    Construct = constructs.Construct
else:

    class Construct(constructs.Construct):
        """A construct of the engine's; below a ``Plain`` root it stays in Python."""

        def __init__(self, scope, id):
            if not stays_plain(self, scope, id):
                super().__init__(scope, id)


__all__ = [
    "ENGINES",
    "NAME",
    "App",
    "AzurermBackend",
    "Construct",
    "GcsBackend",
    "S3Backend",
    "TerraformDataSource",
    "TerraformElement",
    "TerraformModule",
    "TerraformOutput",
    "TerraformProvider",
    "TerraformResource",
    "TerraformStack",
    "TerraformVariable",
    "TerraformVariableValidationConfig",
    "Testing",
]
