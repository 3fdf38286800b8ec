"""The only module that imports cdk8s and cdk8s-plus, and a chart that can stay plain (``plain_app.py``).

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

from quantacirc_cdk.construct import Construct
from quantacirc_cdk.kubernetes.plain_app import PlainApp
from quantacirc_cdk.plain import plain_root, stays_plain

if TYPE_CHECKING:
    import cdk8s_plus_27 as kplus

    Chart = cdk8s.Chart
else:

    class Chart(cdk8s.Chart):
        """A chart of cdk8s; below a ``PlainApp``, it exists only in Python."""

        def __init__(self, scope, id, *, namespace=None, **options):
            if not stays_plain(self, scope, id):
                super().__init__(scope, id, namespace=namespace, **options)
            elif isinstance(app := plain_root(scope), PlainApp):
                app.add_chart(self, namespace)

    def __getattr__(name: str) -> object:
        if name == "kplus":
            return import_module(os.environ.get("CDK8S_PLUS", "cdk8s_plus_27"))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["Chart", "Construct", "cdk8s", "kplus"]
