"""Strings of Terraform JSON: templates wherever Terraform takes an expression.

https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping. Not in a ``backend`` block, nor in
the description or the default of a variable, which Terraform reads as they are.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

_TEMPLATE = re.compile(r"[$%]\{")
_NOTHING = "%{if true}%{endif}"
"""A template of no text. It has no quotes: text may stand in JSON, which would put a backslash before them."""
# A token of the engine; and a byte order mark at the start, which HCL drops.
_PARTED = re.compile(r"(?<=TfToken)(?=\[)|\A(?=\ufeff)")
_EXPRESSION = re.compile(r"(?<!\$)\$\{")

M = TypeVar("M")


def literal(text: str) -> str:
    """Return ``text`` such that Terraform evaluates nothing in it, and the engine finds no token of its own."""
    escaped = _TEMPLATE.sub(lambda found: f"{found[0][0]}{found[0]}", text)
    return _PARTED.sub(_NOTHING, escaped)


def literals(value: M) -> M:
    """Return a model, or plain data, with every text in it as a literal: keys of mappings, too."""
    found: Any = value
    if isinstance(value, str):
        found = literal(value)
    elif isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {name: literals(each) for name, each in fields.items()}
        found = value.model_copy(update={name: each for name, each in changed.items() if each is not fields[name]})
    elif isinstance(value, Mapping):
        found = {literals(key): literals(each) for key, each in value.items()}
    elif isinstance(value, list | tuple):
        found = type(value)(literals(each) for each in value)
    return found  # type: ignore[no-any-return]


def has_expression(value: object) -> bool:
    """Whether ``value`` is text with an expression in it that Terraform works out."""
    return isinstance(value, str) and bool(_EXPRESSION.search(value))


def bare(expression: str) -> str:
    """Return an expression without ``${`` and ``}``."""
    return expression.removeprefix("${").removesuffix("}")
