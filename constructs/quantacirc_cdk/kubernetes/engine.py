"""The one place that imports cdk8s-plus.

``CDK8S_PLUS`` names another release of it (``cdk8s_plus_33``); what is used here is the same in all of them.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from quantacirc_cdk.node import use_bundled_node

use_bundled_node()

import cdk8s  # noqa: E402 (jsii reads the environment when it is imported)
from constructs import Construct  # noqa: E402

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus
else:
    kplus = import_module(os.environ.get("CDK8S_PLUS", "cdk8s_plus_27"))

__all__ = ["Construct", "cdk8s", "kplus"]
