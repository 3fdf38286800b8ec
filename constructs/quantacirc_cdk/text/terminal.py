"""Text for a terminal: text from a hostile file must not move the cursor, change colours or forge a line."""

import re
from collections.abc import Iterator

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_RESET = "\x1b[0m"
_MARK = re.compile(r" *[-+~✓✗] ")
_WORD = re.compile(r"( *)([^ ]+)")
_PART = re.compile(r"[^./,:@]*[./,:@]|[^./,:@]+")


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


def wrapped(text: str, columns: int) -> str:
    """Return ``text`` with every line broken between words so that it fits into ``columns``.

    What follows a break keeps the colour and is indented like its line, and by two more after a mark such as ``+`` and
    in lines without indent. A word that is too long breaks after a dot, a slash or the like; a link never breaks.

    >>> print(wrapped("  + one two three", 12))
      + one two
        three
    """
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, columns))


def _pieces(line: str, columns: int) -> Iterator[str]:
    plain = without_colours(line)
    if len(plain) <= columns:
        yield line
        return
    indent = len(plain) - len(plain.lstrip(" "))
    hanging = " " * (indent + 2 if not indent or _MARK.match(plain) else indent)
    made, width, colour = "", 0, ""
    for gap, word in _WORD.findall(line):
        fits = len(without_colours(word)) <= columns - len(hanging) or "://" in word
        for place, part in enumerate([word] if fits else _PART.findall(word)):
            space, shown = "" if place else gap, without_colours(part)
            if width > len(hanging) and width + len(space) + len(shown) > columns:
                yield made + (_RESET if colour else "")
                made, width, space = hanging + colour, len(hanging), ""
            made, width = made + space + part, width + len(space) + len(shown)
            for code in _COLOURS.findall(part):
                colour = "" if code == _RESET else code
    yield made


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
