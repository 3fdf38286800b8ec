"""Find references in Terraform expressions, so that a dangling reference fails before Terraform runs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_EXPRESSION = re.compile(r"(?<!\$)\$\{(.*?)\}", re.DOTALL)
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_REFERENCE = re.compile(
    r"(?<![\w.\"-])(data\.)?([a-z][a-z0-9]*_[a-z0-9_]+)\.([A-Za-z_][\w-]*)((?:\[[^\]]*\])*)(?:\.([A-Za-z_]\w*))?"
)
_TOKEN = re.compile(r"TfToken\[")


class Reference(NamedTuple):
    """A reference to a resource or data source."""

    data: bool
    type: str
    name: str
    attribute: str

    @property
    def address(self) -> str:
        """Address of the target: ``aws_vpc.main`` or ``data.aws_region.current``."""
        return f"{'data.' if self.data else ''}{self.type}.{self.name}"


def strings(value: Any) -> Iterator[str]:
    """Yield every text in ``value``, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def references(value: Any) -> Iterator[Reference]:
    """Yield the references in the expressions of ``value``."""
    for text in strings(value):
        if "${" not in text:
            continue
        for expression in _EXPRESSION.findall(text):
            yield from in_expression(_LITERAL.sub('""', expression))


def in_expression(expression: str) -> Iterator[Reference]:
    """Yield the references in an expression without ``${}`` (``aws_vpc.main.id``)."""
    for data, kind, name, _index, attribute in _REFERENCE.findall(expression):
        yield Reference(bool(data), kind, name, attribute)


def dynamic_iterators(value: Any) -> Iterator[str]:
    """Yield the names that ``dynamic`` blocks define for their contents
    (https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks).
    """
    if isinstance(value, list | tuple):
        for item in value:
            yield from dynamic_iterators(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "dynamic":
                for block in item if isinstance(item, list | tuple) else [item]:
                    if isinstance(block, Mapping):
                        yield from block
            elif key == "iterator" and isinstance(item, str):
                yield item
            yield from dynamic_iterators(item)


def carries_token(value: Any) -> bool:
    """Return whether the engine must resolve ``value``, because it contains a token or an object of the engine.

    Such a value is passed to the construct itself, where the engine finds references to other stacks.
    """
    if isinstance(value, str):
        return bool(_TOKEN.search(value))
    if isinstance(value, Mapping):
        return any(carries_token(key) or carries_token(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(carries_token(item) for item in value)
    # The engine encodes number tokens as doubles below -1e+289.
    return value < -1e100 if isinstance(value, float) else not (value is None or isinstance(value, int))
