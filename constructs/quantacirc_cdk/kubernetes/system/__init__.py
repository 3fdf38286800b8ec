"""Constructs for a system in an environment; the only part of this package that uses the model.

The package imports ``SystemChart`` on first use; ``context`` needs no Node.js.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quantacirc_cdk.kubernetes.system.chart import SystemChart

__all__ = ["SystemChart"]


def __getattr__(name: str) -> Any:
    if name == "SystemChart":
        from quantacirc_cdk.kubernetes.system.chart import SystemChart

        return SystemChart
    raise AttributeError(name)
