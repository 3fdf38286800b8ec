"""Quoting for regular expressions in Go's syntax, which cosign and Kyverno read."""

_SPECIAL = ".+?()[]{}^$|\\"


def anchored(pattern: str) -> str:
    """Return a pattern, in which ``*`` matches anything, as an expression for the whole text."""
    escaped = "".join(f"\\{one}" if one in _SPECIAL else one for one in pattern)
    return f"^{escaped.replace('*', '.*')}$"
