"""Compose files: every string is interpolated (https://docs.docker.com/reference/compose-file/interpolation/)."""

from typing import Any


def literal(text: str) -> str:
    """Escape ``text`` so that Compose finds no variable in it."""
    return text.replace("$", "$$")


def literals(data: Any) -> Any:
    """Escape all texts in data, including keys, so that Compose finds no variable."""
    if isinstance(data, str):
        return literal(data)
    if isinstance(data, dict):
        return {literal(key): literals(item) for key, item in data.items()}
    return [literals(item) for item in data] if isinstance(data, list) else data


def variable(name: str) -> str:
    """Return a reference to a variable of the user's environment; empty if it is not set."""
    return f"${{{name}:-}}"


def required(name: str, meaning: str) -> str:
    """Return a reference to a variable of the user's environment, without which Compose starts nothing."""
    return f"${{{name}:?set it to {meaning}}}"
