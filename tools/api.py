"""Write ``docs/api.txt``: every public name of the package with its parameters, and every option of ``qcdk``.

With ``--check``, write nothing, and exit with 1 if the file is stale. What the file loses, users lose: a removed line
needs an entry in CHANGELOG.md.
"""

import argparse
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

import quantacirc_cdk
from quantacirc_cdk.cli.main import _parser

FILE = Path(__file__).resolve().parent.parent / "docs" / "api.txt"
PACKAGE = quantacirc_cdk.__name__
INTERNAL = {"cli", "apps", "kinds", "limits", "operations", "text", "node"}
"""Packages without promises; what users need of them is exported elsewhere, or is a command."""


def main() -> int:
    found = "".join(f"{line}\n" for line in (*_python(), *_command_line()))
    if "--check" in sys.argv:
        return int(not FILE.is_file() or FILE.read_text(encoding="utf-8") != found)
    FILE.write_text(found, encoding="utf-8")
    return 0


def _python() -> Iterator[str]:
    for module in _modules():
        for name in sorted(module.__all__):
            yield from _described(f"{module.__name__}.{name}", getattr(module, name))


def _modules() -> Iterator[ModuleType]:
    """Yield the packages that export names. Their modules are not public: import from the package."""
    yield quantacirc_cdk
    for found in pkgutil.walk_packages(quantacirc_cdk.__path__, f"{PACKAGE}."):
        if found.ispkg and found.name.split(".")[1] not in INTERNAL:
            module = importlib.import_module(found.name)
            if hasattr(module, "__all__"):
                yield module


def _described(name: str, item: Any) -> Iterator[str]:
    if not inspect.isclass(item) and not inspect.isroutine(item):
        yield name
        return
    if inspect.isclass(item) and issubclass(item, BaseModel):
        yield f"{name} (its keys: docs/schemas)"
        return
    if inspect.isclass(item) and issubclass(item, Enum):
        yield from (f"{name}.{member}" for member in item.__members__)
        return
    yield name + _parameters(item)
    if inspect.isclass(item):
        for member, value in sorted(_members(item).items()):
            yield f"{name}.{member}" + (_parameters(value) if callable(value) else "")


def _members(item: type) -> dict[str, Any]:
    """Return the public methods and properties that a class, or a class of this package above it, defines."""
    found: dict[str, Any] = {}
    for one in reversed(item.__mro__):
        if one.__module__.partition(".")[0] == PACKAGE:
            found |= {
                name: getattr(item, name)
                for name, value in vars(one).items()
                if not name.startswith("_")
                and (inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod))
            }
    return found


def _parameters(item: Any) -> str:
    """Return names and kinds of parameters; ``=`` marks those with a default."""
    if getattr(item, "_is_protocol", False):
        return ""
    try:
        # jsii's metaclass hides the parameters of its classes.
        parameters = list(inspect.signature(item.__init__ if inspect.isclass(item) else item).parameters.values())
    except (TypeError, ValueError):  # An alias of a type, or a class of C.
        return ""
    words: list[str] = []
    for index, one in enumerate(parameters):
        if one.kind is one.KEYWORD_ONLY and not any(
            other.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL) for other in parameters[:index]
        ):
            words.append("*")
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        words.append(f"{stars}{one.name}{'' if one.default is one.empty else '='}")
    return f"({', '.join(word for word in words if word != 'self')})"


def _command_line() -> Iterator[str]:
    """Yield each command with its arguments, options, and spellings that are accepted but not shown."""
    commands = next(one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction))
    for name, command in sorted(commands.choices.items()):
        for action in command._actions[1:]:  # without --help
            words = " ".join(action.option_strings) or str(action.metavar or action.dest)
            values = f" {{{','.join(map(str, action.choices))}}}" if action.choices else ""
            yield f"qcdk {name} {words}{values}{' (not shown)' if action.help == argparse.SUPPRESS else ''}"


if __name__ == "__main__":
    sys.exit(main())
