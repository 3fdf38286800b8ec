"""Values that only Terraform knows, such as variables of a module, in calculations of constructs.

A construct inserts ``"${var.name}"`` into texts like any other name. Numbers, booleans, lists and maps need separate
classes, with which constructs can calculate; the results are expressions again. Decisions in Python
(``if props.high_availability``) use the ``sample``.
"""

import ipaddress
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from quantacirc_cdk.text.terraform import bare, has_expression

T = TypeVar("T")


class Number(int):
    """A number that only Terraform knows; ``sample`` is a possible value."""

    expression: str

    def __new__(cls, expression: str, sample: int) -> "Number":
        """Return the number for ``expression``."""
        made = super().__new__(cls, sample)
        made.expression = expression
        return made

    def __repr__(self) -> str:
        return f"${{{self.expression}}}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __neg__(self) -> "Number":
        return Number(f"-({self.expression})", -int(self))

    def __floordiv__(self, other: int) -> "Number":
        divisor = other.expression if isinstance(other, Number) else f"{other:d}"
        return Number(f"floor({self.expression} / {divisor})", int(self) // int(other))

    def __mul__(self, other: int) -> "Number":
        return Number(f"({self.expression}) * {other:d}", int(self) * other)


def _refuse(number: Number, _: object) -> Any:
    raise TypeError(f"{number.expression} is known only to Terraform, and this calculation is not supported")


for _operator in ("add", "radd", "sub", "rsub", "rmul", "truediv", "rfloordiv", "mod", "pow"):
    setattr(Number, f"__{_operator}__", _refuse)


class Flag:
    """A boolean that only Terraform knows; ``sample`` is the value for decisions in Python."""

    def __init__(self, expression: str, *, sample: bool) -> None:
        self.expression, self._sample = expression, sample

    def __bool__(self) -> bool:
        return self._sample

    def __repr__(self) -> str:
        return f"${{{self.expression}}}"


class Text(str):
    """Text that only Terraform knows. ``sample`` is its value in Python, after which elements are named; an f-string
    has the expression.
    """

    expression: str

    def __new__(cls, expression: str, sample: str) -> "Text":
        """Return the text for ``expression``."""
        made = super().__new__(cls, sample)
        made.expression = expression
        return made

    def __repr__(self) -> str:
        return f"${{{self.expression}}}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)


class Items(list[T], Generic[T]):
    """A list that only Terraform knows. ``sample`` is its value in Python, and ``item`` returns an item by its
    expression; one of text by default.
    """

    def __init__(
        self, expression: str, sample: Iterable[T] = (), item: Callable[[str], Any] = "${{{}}}".format
    ) -> None:
        super().__init__(sample)
        self.expression, self.item = expression, item


class Map(dict[str, str]):
    """A map of texts that only Terraform knows; empty in Python."""

    def __init__(self, expression: str) -> None:
        super().__init__()
        self.expression = expression


def choose(flag: "bool | Flag", yes: Any, no: Any) -> Any:
    """Return ``yes`` or ``no``, or the conditional expression for Terraform."""
    if isinstance(flag, Flag):
        return f"${{{flag.expression} ? {_hcl(yes)} : {_hcl(no)}}}"
    return yes if flag else no


def merged(*maps: Any) -> Any:
    """Return the mappings as one, later ones first in line; Terraform's merge if it alone knows one of them."""
    if any(isinstance(one, Map | str) for one in maps):
        given = [_hcl(one) for one in maps if one or isinstance(one, Map)]
        every = ", ".join(given)
        return f"${{{every if len(given) == 1 else f'merge({every})'}}}"
    return {key: value for one in maps for key, value in one.items()}


def concatenated(*lists: Any) -> Any:
    """Return the lists as one; Terraform's concat if it alone knows one of them."""
    if any(isinstance(one, Items | str) for one in lists):
        return f"${{concat({', '.join(map(_hcl, lists))})}}"
    return [item for one in lists for item in one]


def each_of(items: Sequence[T], name: str, make: Callable[[T], str]) -> Any:
    """Return what ``make`` makes of each item, which it calls ``name`` in an expression."""
    if isinstance(items, Items):
        return f"${{[for {name} in {items.expression} : {_hcl(make(items.item(name)))}]}}"
    return [make(one) for one in items]


def length(items: Sequence[Any]) -> int:
    """Return the number of items; Terraform's length."""
    return Number(f"length({items.expression})", len(items)) if isinstance(items, Items) else len(items)


def repeated(item: str, times: int) -> Sequence[str]:
    """Return a list of the same item."""
    if isinstance(times, Number):
        return Items(f"[for index in range({times.expression}) : {_hcl(item)}]", [item] * int(times))
    return [item] * times


def numbered(count: int) -> Any:
    """Return the texts "1", "2" and so on."""
    if isinstance(count, Number):
        return f"${{[for number in range({count.expression}) : tostring(number + 1)]}}"
    return [str(number + 1) for number in range(count)]


def blocks(**named: tuple[Sequence[Any], Callable[[Any], Mapping[str, Any]]]) -> dict[str, Any]:
    """Return nested blocks: for each name, what its function makes of each of its items. Lists that only Terraform
    knows become ``dynamic`` blocks.
    """
    found: dict[str, Any] = {}
    for name, (items, content) in named.items():
        if isinstance(items, Items):
            made = {"for_each": f"${{{items.expression}}}", "content": content(items.item(f"{name}.value"))}
            found.setdefault("dynamic", {})[name] = made
        elif items:
            found[name] = [content(one) for one in items]
    return found


def only(condition: "bool | Flag", item: T) -> Sequence[T]:
    """Return a list of the item if ``condition`` is true, else an empty list."""
    if isinstance(condition, Flag):
        return Items(f"{condition.expression} ? [1] : []", item=lambda _: item)
    return [item] if condition else []


def _hcl(value: Any) -> str:
    """Return a value as part of an expression."""
    if value is None:
        return "null"
    if isinstance(value, Number | Flag | Text | Items | Map):
        return value.expression
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_hcl(key)} = {_hcl(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_hcl, value))}]"
    if has_expression(value):
        return bare(value) if value.count("${") == 1 and value.startswith("${") and value[-1] == "}" else f'"{value}"'
    return json.dumps(value, ensure_ascii=False)


def resolved(value: Any) -> Any:
    """Replace values that only Terraform knows by their expressions."""
    if isinstance(value, Number | Flag | Text):
        return repr(value)
    if isinstance(value, Items | Map):
        return f"${{{value.expression}}}"
    if isinstance(value, Mapping):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item) for item in value]
    return value


def subnet(cidr: str, bits: int, number: int) -> str:
    """Return the ``number``-th part of ``cidr`` when it is divided by a prefix ``bits`` longer; Terraform's cidrsubnet.

    >>> subnet("10.0.0.0/16", 1, 1), subnet("${var.cidr}", 1, 1)
    ('10.0.128.0/17', '${cidrsubnet(var.cidr, 1, 1)}')
    """
    if has_expression(cidr):
        return f"${{cidrsubnet({bare(cidr)}, {bits}, {number})}}"
    whole = ipaddress.IPv4Network(cidr)
    length = whole.prefixlen + bits
    return str(ipaddress.IPv4Network((int(whole.network_address) + (number << (32 - length)), length)))


def host(cidr: str, number: int) -> str:
    """Return the ``number``-th address of ``cidr``; Terraform's cidrhost."""
    if has_expression(cidr):
        return f"${{cidrhost({bare(cidr)}, {number})}}"
    return str(ipaddress.IPv4Network(cidr)[number])


def prefix_length(cidr: str) -> int:
    """Return the number after the slash."""
    if has_expression(cidr):
        return Number(f'tonumber(split("/", {bare(cidr)})[1])', 24)
    return ipaddress.IPv4Network(cidr).prefixlen
