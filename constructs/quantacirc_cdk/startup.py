"""Run jsii on the bundled Node.js, regardless of which library is imported first.

isort puts ``import cdk8s`` above ``import quantacirc_cdk``, so Node.js can start before any other module of this
package is loaded. The wheel installs ``quantacirc_cdk.pth`` beside the package, which imports this module when Python
starts (https://docs.python.org/3/library/site.html). It therefore imports nothing itself, and only adds an import
finder for the jsii module that starts Node.js. Python's ``-S`` and ``pip install --target`` bypass ``.pth`` files:
there, import ``quantacirc_cdk.kubernetes`` or ``quantacirc_cdk.terraform`` first.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_STARTER = "jsii._kernel.providers.process"
"""The jsii module with ``_NodeProcess``, which starts Node.js."""


class _Finder:
    """An import finder for one module; it replaces the class that starts Node.js."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":  # noqa: ARG003
        """Return the specification of jsii's module; None for every other name."""
        if name != _STARTER:
            return None
        sys.meta_path.remove(cls)
        from importlib.util import find_spec

        spec = find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_wrap(module: "ModuleType") -> None:
            execute(module)
            _wrap(module)

        spec.loader.exec_module = execute_and_wrap  # type: ignore[method-assign]
        return spec


def _wrap(module: "ModuleType") -> None:
    """Replace the class that starts Node.js and sends requests to it."""
    if all(hasattr(module, name) for name in ("_NodeProcess", "stderr_sink")):
        from quantacirc_cdk.node.process import NodeProcess

        module._NodeProcess = NodeProcess  # type: ignore[attr-defined]
    # Otherwise, another release of jsii, which finds Node.js itself.


def install() -> None:
    """Add the finder, if it is not installed yet."""
    if _STARTER in sys.modules:
        return  # Already wrapped, or jsii is already loaded.
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


install()
