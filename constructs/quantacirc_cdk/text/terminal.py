"""Text for a terminal: text from a hostile file must not move the cursor, change colours or forge a line."""

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def printable(text: str, keep: str = "") -> str:
    """Return ``text`` with all non-printable characters escaped, except those in ``keep``.

    >>> printable("a\\x1b[31mb\\n")
    'a\\\\x1b[31mb\\\\n'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode("ascii") for c in text)


def without_colours(text: str) -> str:
    """Return what a program has printed without its codes for colours and bold.

    >>> without_colours("\x1b[1m\x1b[31mError\x1b[0m")
    'Error'
    """
    return _COLOURS.sub("", text)


def printable_strings(line: str) -> str:
    """Return a line of YAML, or of JSON, with what is not printed escaped as in its strings in double quotes.

    >>> printable_strings('{"a": "\x9b"}')
    '{"a": "\\u009b"}'
    """
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in line)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
