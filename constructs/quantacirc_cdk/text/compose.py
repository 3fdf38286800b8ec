"""Compose files: every string is interpolated (https://docs.docker.com/reference/compose-file/interpolation/)."""

from typing import Any


def literal(text: str) -> str:
    """Return ``text`` such that Compose sees no variable in it."""
    return text.replace("$", "$$")


def literals(data: Any) -> Any:
    """Return data with every text in it, keys too, such that Compose sees no variable."""
    if isinstance(data, str):
        return literal(data)
    if isinstance(data, dict):
        return {literal(key): literals(item) for key, item in data.items()}
    return [literals(item) for item in data] if isinstance(data, list) else data


def variable(name: str) -> str:
    """Return a reference to a variable of whoever starts the project; empty text where it is not set."""
    return f"${{{name}:-}}"
