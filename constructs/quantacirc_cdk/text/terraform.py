"""Strings of Terraform JSON, which are templates wherever Terraform accepts an expression.

https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping. Exceptions are ``backend`` blocks,
and the description and default of a variable, which Terraform does not evaluate.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

_TEMPLATE = re.compile(r"[$%]\{")
_NOTHING = "%{if true}%{endif}"
"""A template that evaluates to an empty text. It contains no quotes, because text inside JSON would escape them."""
# A token of the CDKTF engine; and a leading byte order mark, which HCL removes.
_PARTED = re.compile(r"(?<=TfToken)(?=\[)|\A(?=\ufeff)")
_EXPRESSION = re.compile(r"(?<!\$)\$\{")

M = TypeVar("M")


def literal(text: str) -> str:
    """Escape ``text`` so that Terraform evaluates nothing in it, and CDKTF finds no token in it."""
    escaped = _TEMPLATE.sub(lambda found: f"{found[0][0]}{found[0]}", text)
    return _PARTED.sub(_NOTHING, escaped)


def literals(value: M) -> M:
    """Escape all texts in a model or in plain data, including keys of mappings."""
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
    """Return whether ``value`` is text with a Terraform expression."""
    return isinstance(value, str) and bool(_EXPRESSION.search(value))


def bare(expression: str) -> str:
    """Return an expression without ``${`` and ``}``."""
    return expression.removeprefix("${").removesuffix("}")
