"""Shell scripts."""

import shlex


def assignment(name: str, value: str) -> str:
    """Return ``NAME=value``, which every POSIX shell reads as exactly that value."""
    return f"{name}={quoted(value)}"


def quoted(value: str) -> str:
    """Return a word that every POSIX shell reads as exactly ``value``."""
    return shlex.quote(value)
