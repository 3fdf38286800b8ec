"""From the model of a system and an environment to constructs; the only part here that knows the model.

``SystemChart`` is imported when it is used: ``context`` answers its questions without Node.js.
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
