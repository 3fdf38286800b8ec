"""Docstrings of fields, which Python itself does not store; read when they are needed, because that is slow."""

import ast
import dataclasses
import inspect
import textwrap
import typing
from collections.abc import Iterator
from functools import cache
from typing import TypeVar

T = TypeVar("T")


class _Documentation:
    """A class's ``__doc__`` that is computed on first access, because reading source files is slow."""

    def __init__(self, summary: str) -> None:
        self._summary = summary
        self._text: str | None = None

    def __get__(self, _: object, owner: type) -> str:
        if self._text is None:
            fields = "\n".join(_fields(owner))
            self._text = f"{inspect.cleandoc(self._summary)}\n\nFields:\n\n{fields}"
        return self._text


def documented(item: T) -> T:
    """Add the fields of a dataclass, with types, defaults and docstrings, to its ``help``, and show plain types in its
    signature. Returns the class.
    """
    if isinstance(item, type) and dataclasses.is_dataclass(item):
        own = item.__dict__.get("__doc__")
        if isinstance(own, str):
            item.__doc__ = _Documentation(own)  # type: ignore[assignment]
            # The signature then has the types without their rules, of which each would take a line.
            item.__init__.__annotations__ = typing.get_type_hints(item.__init__)
    return item


@cache
def field_docs(owner: type) -> dict[str, str]:
    """Return the docstring of each field of a class and of its bases that has one."""
    found: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        if "__annotations__" in vars(base) or getattr(base, "__annotate__", None):
            found |= {name: text for name, (_, text) in _stated(base).items() if text}
    return found


def _fields(owner: type) -> Iterator[str]:
    """Yield the lines of each field, in the order of the constructor's keywords."""
    said: dict[str, tuple[str, str]] = {}
    for base in reversed(owner.__mro__):
        if dataclasses.is_dataclass(base):
            said |= _stated(base)
    for field in dataclasses.fields(owner):
        declaration, text = said.get(field.name, (field.name, ""))
        yield f"    {declaration}"
        if text:
            yield textwrap.indent(text, " " * 8)


@cache
def _stated(owner: type) -> dict[str, tuple[str, str]]:
    """Return the declaration and docstring of each field that a class declares itself."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    except (OSError, SyntaxError, TypeError):  # There is no source: the class is frozen, or was created at run time.
        return {}
    found: dict[str, tuple[str, str]] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for statement, following in zip(statements, [*statements[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = following.value.value if _is_text(following) else ""  # type: ignore[union-attr]
            found[statement.target.id] = (ast.unparse(statement), inspect.cleandoc(str(text)))
    return found


def _is_text(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
