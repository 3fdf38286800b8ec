"""Go templates (https://pkg.go.dev/text/template), which Helm, Argo CD and Prometheus evaluate."""

import re

_OPENING = re.compile(r"\{\{")
_OPENING_OR_END = re.compile(r"\{\{|\{\Z")


def literal(text: str, *, before_action: bool = False) -> str:
    """Escape ``text`` so that a template prints it unchanged; ``before_action`` says that an action follows it."""
    pattern = _OPENING_OR_END if before_action else _OPENING
    return pattern.sub(lambda found: f'{{{{ "{found[0]}" }}}}', text)


def quoted(text: str) -> str:
    """Return a Go string as an argument of an action.

    An action ends at its first ``}}`` outside of a string, and must not contain a line break.
    """
    if text.isprintable() and not _TO_ESCAPE.search(text):
        return f'"{text}"'
    return '"' + "".join(map(_character, text)) + '"'


_TO_ESCAPE = re.compile(r'["\\]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _character(one: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    if one.isprintable():
        return one
    return f"\\u{ord(one):04x}" if ord(one) < 0x10000 else f"\\U{ord(one):08x}"
