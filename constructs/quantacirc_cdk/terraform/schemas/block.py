"""A block of Terraform configuration: its allowed arguments, and the problems of given ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.text.terraform import has_expression

Complaint = tuple[str, str, str]
"""Dotted key, what was found, what was expected."""

_PRIMITIVES: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "bool": (bool,)}
_NAMES = {"string": "text", "number": "a number", "bool": "true or false"}


def is_expression(value: object) -> bool:
    """Return whether the value is computed later by Terraform or the engine: ``${…}``, a token or an object of the
    engine.
    """
    return has_expression(value) or not isinstance(value, str | int | float | list | tuple | dict | Mapping)


@dataclass(frozen=True, slots=True)
class Block:
    """Arguments and nested blocks by name, and the attributes that the provider sets."""

    arguments: Mapping[str, Any]
    """Type of each: ``"string"``, ``"number"``, ``"bool"``, ``"any"``, ``{"list": T}``, ``{"map": T}``, ``{"block":
    Block}`` (at most one), ``{"blocks": Block}``, or attributes with the same content, which can also be expressions:
    ``{"object": Block}``, ``{"objects": Block}``.
    """
    required: frozenset[str]
    computed: frozenset[str]

    @staticmethod
    def read(raw: Mapping[str, Any]) -> "Block":
        """Build a block from its JSON."""
        arguments = {name: _read_type(kind) for name, kind in raw.get("arguments", {}).items()}
        return Block(arguments, frozenset(raw.get("required", ())), frozenset(raw.get("computed", ())))

    def has_attribute(self, name: str) -> bool:
        """Return whether ``<address>.<name>`` is a valid reference."""
        return name in self.arguments or name in self.computed

    def complaints(self, given: Mapping[str, Any], prefix: str = "") -> Iterator[Complaint]:
        """Yield all problems of ``given``: unknown, missing, of the wrong type, wrongly nested."""
        for name in sorted(self.required - given.keys()):
            if name not in given.get("dynamic", ()):
                yield f"{prefix}{name}", "missing", _describe(self.arguments.get(name))
        for name, value in given.items():
            key = f"{prefix}{name}"
            if name in self.arguments:
                yield from _complaints(key, value, self.arguments[name])
            elif name == "dynamic":
                yield from self._dynamic(key, value)
            elif name in self.computed:
                yield key, "is set by the provider", "no value"
            elif name != "//":
                yield key, "no such argument", nearest(name, self.arguments)

    def _dynamic(self, key: str, value: Any) -> Iterator[Complaint]:
        for name, dynamic in value.items():
            kind = self.arguments.get(name)
            if not isinstance(kind, dict) or not kind.keys() & {"block", "blocks"}:
                yield f"{key}.{name}", "no such block", nearest(name, self.arguments)
                continue
            block: Block = kind.get("block") or kind["blocks"]
            yield from block.complaints(dynamic.get("content", {}), f"{key}.{name}.content.")


def _read_type(raw: Any) -> Any:
    if isinstance(raw, str):
        return raw
    ((form, inner),) = raw.items()
    return {form: _read_type(inner) if form in ("list", "map") else Block.read(inner)}


def _complaints(key: str, value: Any, type: Any) -> Iterator[Complaint]:
    if type == "any":
        return
    if isinstance(type, str):
        if not is_expression(value) and not _fits(value, type):
            yield key, f"found {_found(value)}", _NAMES[type]
        return
    ((form, inner),) = type.items()
    if form in ("block", "blocks"):
        yield from _block_complaints(key, value, inner, many=form == "blocks")
    elif is_expression(value):
        return
    elif form == "objects" and isinstance(value, Mapping):
        # A single block can be written without a list; an attribute of the same form cannot.
        yield key, "found a mapping", "a list of mappings"
    elif form in ("object", "objects"):
        yield from _block_complaints(key, value, inner, many=form == "objects")
    elif form == "list":
        if not isinstance(value, list | tuple):
            yield key, f"found {_found(value)}", _describe(type)
            return
        for index, item in enumerate(value):
            yield from _complaints(f"{key}[{index}]", item, inner)
    elif not isinstance(value, Mapping):
        yield key, f"found {_found(value)}", _describe(type)
    else:
        for name, item in value.items():
            yield from _complaints(f"{key}.{name}", item, inner)


def _block_complaints(key: str, value: Any, block: Block, *, many: bool) -> Iterator[Complaint]:
    if isinstance(value, Mapping):
        yield from block.complaints(value, f"{key}.")
    elif isinstance(value, list | tuple):
        if len(value) > 1 and not many:
            yield key, f"found {len(value)} blocks", "one block"
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                yield from block.complaints(item, f"{key}[{index}].")
            elif not is_expression(item) or isinstance(item, str):
                yield f"{key}[{index}]", f"found {_found(item)}", "a block"
    elif isinstance(value, str) or not is_expression(value):
        yield key, f"found {_found(value)}", "blocks" if many else "a block"


def _fits(value: Any, type: str) -> bool:
    return isinstance(value, _PRIMITIVES[type]) and (type == "bool" or not isinstance(value, bool))


def _found(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value if len(value) <= 60 else value[:57] + "..."}"'
        case list() | tuple():
            return "a list"
        case _:
            return "a mapping"


def _describe(type: Any) -> str:
    if isinstance(type, str):
        return _NAMES.get(type, "a value")
    match type:
        case {"list": _}:
            return "a list"
        case {"map": _}:
            return "a mapping"
    return "a block"
