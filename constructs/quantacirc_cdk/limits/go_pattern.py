"""Regular expressions that Go reads: those of RE2 (https://github.com/google/re2/wiki/Syntax,
https://pkg.go.dev/regexp/syntax), which Helm, Kubernetes and Prometheus use.

This library evaluates them with Python, which must read them, too.
"""

import re

_CHARACTER = r"[dDsSwWafnrtv]|x[0-9A-Fa-f]{2}|0[0-7]{0,2}|[1-7][0-7]{2}|[^A-Za-z0-9\x80-\U0010ffff]"
"""What follows the backslash of an escaped character or class."""
_TOKEN = re.compile(
    rf"""
      (?P<escape>\\(?:[AbB]|{_CHARACTER}))
    | (?P<class>\[\^?\]?(?:[^]\\]|\\(?:{_CHARACTER}))*\])
    | (?P<open>\((?:\?(?::|P<[A-Za-z0-9_]+>|[ims]*(?:-[ims]+)?:))?(?!\?))
    | (?P<flags>\(\?[ims]+\))
    | (?P<close>\))
    | (?P<times>(?:[*+?]|\{{(?P<least>[0-9]+)(?P<most>,[0-9]*)?\}})\??(?!\+))
    | (?P<end>\$)
    | (?P<other>(?!\{{(?:[0-9]+|[0-9]*,[0-9]*)\}}|[*+?])[^\\[(])
    """,
    re.VERBOSE | re.DOTALL,
)
_MOST = 1000
"""Maximum number of repetitions, also of nested ones multiplied."""


def refusal(pattern: str) -> str:
    """Return why Go or Python cannot read ``pattern``, or read it differently; empty if there is no reason."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    at, last, groups = 0, 1, [1]
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return f"`{pattern[at : at + 4]}` at position {at}, which RE2 does not have"
        if token["open"]:
            groups.append(1)
        elif token["times"]:
            most = (token["most"] or "").removeprefix(",") or token["least"] or 1
            last *= max(1, int(most))
        else:
            last = groups.pop() if token["close"] else 1
        if last > _MOST:
            return f"more than {_MOST:,} repetitions, the maximum of RE2"
        groups[-1] = max(groups[-1], last)
        at = token.end()
    return ""


def matches(pattern: str, text: str) -> bool:
    """Return whether ``pattern`` matches somewhere in a text, as in Go: classes are those of ASCII, and ``$`` is not in
    front of the last line end.
    """
    for_python = _TOKEN.sub(lambda token: r"\Z" if token["end"] else token[0], pattern)
    return bool(re.search(for_python, text, re.ASCII))
