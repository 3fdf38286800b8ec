"""Run all generators of a project, and replace the output in one step.

The package imports the generators on first use, because detecting that nothing has changed does not need them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quantacirc_cdk.synth.comparison import Comparison
    from quantacirc_cdk.synth.parts import PARTS
    from quantacirc_cdk.synth.runner import Event, check, synthesize
    from quantacirc_cdk.synth.summary import Summary

__all__ = ["PARTS", "Comparison", "Event", "Summary", "check", "synthesize"]

_HOMES = {"PARTS": "parts", "Comparison": "comparison", "Summary": "summary"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'runner')}"), name)
