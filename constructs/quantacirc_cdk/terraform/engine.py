"""The CDK for Terraform: ``cdktf``, or its maintained fork ``cdktn`` (CDK Terrain).

Only this module imports either. It uses ``cdktf`` if it is installed, else ``cdktn``;
``QUANTACIRC_TERRAFORM_ENGINE=cdktn`` (or ``cdktf``) overrides this. Both have the same API and write the same files,
except for the engine's version in their metadata. If you add prebuilt provider classes to a stack, use those for the
engine in use.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import quantacirc_cdk.startup  # noqa: F401 - before jsii
from quantacirc_cdk.errors import QuantacircError, nearest

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

from quantacirc_cdk.construct import Construct  # noqa: E402 - starts Node.js

VERSION: str = import_module(f"{NAME}._jsii").__jsii_assembly__.version
"""Release of the engine."""

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

__all__ = [
    "ENGINES",
    "NAME",
    "VERSION",
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
