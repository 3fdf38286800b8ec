"""Words of messages."""

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def with_article(noun: str) -> str:
    """Return a noun with its article: ``a service``, ``an object-store``, ``an HTTPRoute``."""
    return f"{'an' if noun[:1] in 'aeioAEIO' or noun.startswith('HTTP') else 'a'} {noun}"


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
