"""Constructs without Node.js.

Output that needs no tokens, aspects or construct tree of an engine is made of the same constructs. Below a ``Plain``
root, a construct is only a Python object, which takes a hundredth of the time.
"""

from typing import Any

STACK = "_quantacirc_stack"
"""Attribute of a construct with its stack, or the plain root in its place."""
_PATH = "_quantacirc_path"
_PLACE = "_quantacirc_place"


class Nowhere:
    """Replaces a reference to Node.js, by which jsii registers objects of its classes."""

    ref = "quantacirc.plain@0"


class Plain:
    """The root of constructs that exist only in Python."""

    def __init__(self, name: str = "") -> None:
        setattr(self, STACK, self)
        setattr(self, _PATH, name)
        setattr(self, _PLACE, ())
        self._paths: set[str] = set()
        self._children: dict[str, int] = {}

    def _add(self, parent: str, path: str) -> int:
        """Return the number of children that ``parent`` had before."""
        if path in self._paths:
            raise RuntimeError(f"There is already a Construct with name '{path.rpartition('/')[2]}' in {parent}")
        self._paths.add(path)
        number = self._children[parent] = self._children.get(parent, 0) + 1
        return number


def stays_plain(construct: Any, scope: Any, id: str) -> bool:
    """Return whether ``scope`` is in a plain tree. If so, ``construct`` has been added to it, and must not be created
    in Node.js.

    Raises ``RuntimeError``, as jsii does, if the scope has another construct with this id.
    """
    parent = getattr(scope, _PATH, None)
    if parent is None:
        return False
    root: Plain = getattr(scope, STACK)
    path = f"{parent}/{id.replace('/', '--')}".lstrip("/")
    setattr(construct, _PLACE, (*getattr(scope, _PLACE), root._add(parent, path)))
    construct.__jsii_ref__ = Nowhere
    setattr(construct, _PATH, path)
    setattr(construct, STACK, root)
    return True


def path_of(construct: Any) -> str:
    """Return the path of a construct in its tree."""
    path = getattr(construct, _PATH, None)
    return str(construct.node.path) if path is None else path


def place_of(construct: Any) -> tuple[int, ...]:
    """Return a key that sorts plain constructs as a walk finds them: parents before their children."""
    place: tuple[int, ...] = getattr(construct, _PLACE)
    return place


def plain_root(construct: Any) -> Plain | None:
    """Return the root of a plain construct; None for one of an engine."""
    return getattr(construct, STACK) if hasattr(construct, _PATH) else None
