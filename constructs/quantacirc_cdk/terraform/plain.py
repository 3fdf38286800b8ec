"""Constructs that Node.js never hears of.

What is generated beside the stacks, such as standalone modules, is made by the same constructs and needs nothing that
the engine does to a stack: neither tokens nor aspects nor a tree. Below such a ``Plain`` root a construct is a Python
object and nothing else, which takes a hundredth of the time.
"""

from typing import Any

STACK = "_quantacirc_stack"
"""Attribute of a construct that holds its stack, or the plain root that stands for it."""
_PATH = "_quantacirc_path"


class _Nowhere:
    """Takes the place of a reference into Node.js: jsii registers every object of its classes by one."""

    ref = "quantacirc.plain@0"


class Plain:
    """The root of constructs that stay in Python."""

    def __init__(self, name: str) -> None:
        setattr(self, STACK, self)
        setattr(self, _PATH, name)


def stays_plain(construct: Any, scope: Any, id: str) -> bool:
    """Whether ``scope`` is in a plain tree: then ``construct`` has joined it and must not be made in Node.js."""
    path = getattr(scope, _PATH, None)
    if path is None:
        return False
    construct.__jsii_ref__ = _Nowhere
    setattr(construct, _PATH, f"{path}/{id}")
    setattr(construct, STACK, getattr(scope, STACK))
    return True


def path_of(construct: Any) -> str:
    """Return the path of a construct in its tree, whichever it is in."""
    return getattr(construct, _PATH, None) or str(construct.node.path)


def is_plain(construct: Any) -> bool:
    """Whether a construct is in a plain tree."""
    return hasattr(construct, _PATH)
