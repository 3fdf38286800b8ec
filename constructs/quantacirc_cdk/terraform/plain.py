"""Constructs without Node.js.

Output beside the stacks, such as modules, uses the same constructs, but no tokens, aspects or construct tree of the
engine. Below a ``Plain`` root, a construct is only a Python object, which takes a hundredth of the time.
"""

from typing import Any

STACK = "_quantacirc_stack"
"""Attribute of a construct with its stack, or the plain root in its place."""
_PATH = "_quantacirc_path"


class _Nowhere:
    """Replaces a reference to Node.js, by which jsii registers objects of its classes."""

    ref = "quantacirc.plain@0"


class Plain:
    """The root of constructs that exist only in Python."""

    def __init__(self, name: str) -> None:
        setattr(self, STACK, self)
        setattr(self, _PATH, name)


def stays_plain(construct: Any, scope: Any, id: str) -> bool:
    """Return whether ``scope`` is in a plain tree. If so, ``construct`` has been added to it, and must not be created
    in Node.js.
    """
    path = getattr(scope, _PATH, None)
    if path is None:
        return False
    construct.__jsii_ref__ = _Nowhere
    setattr(construct, _PATH, f"{path}/{id}")
    setattr(construct, STACK, getattr(scope, STACK))
    return True


def path_of(construct: Any) -> str:
    """Return the path of a construct in its tree."""
    return getattr(construct, _PATH, None) or str(construct.node.path)


def is_plain(construct: Any) -> bool:
    """Whether a construct is in a plain tree."""
    return hasattr(construct, _PATH)
