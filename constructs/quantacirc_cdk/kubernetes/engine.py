"""The only module that imports cdk8s and cdk8s-plus.

``kplus`` is cdk8s-plus, or the release of it that ``CDK8S_PLUS`` names (``cdk8s_plus_33``); this package uses only what
all releases have in common. It is imported on first use, because the import takes as long as synthesizing an
environment.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

import quantacirc_cdk.startup  # noqa: F401 - before jsii

# isort: split
import cdk8s
from constructs import Construct

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus
else:

    def __getattr__(name: str) -> object:
        if name == "kplus":
            return import_module(os.environ.get("CDK8S_PLUS", "cdk8s_plus_27"))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Construct", "cdk8s", "kplus"]
