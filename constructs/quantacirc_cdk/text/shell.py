"""Shell scripts."""

import shlex


def assignment(name: str, value: str) -> str:
    """Return ``NAME=value``, which every POSIX shell reads as exactly that value."""
    return f"{name}={shlex.quote(value)}"
