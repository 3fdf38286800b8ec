"""Groovy strings for Jenkins (https://groovy-lang.org/syntax.html#all-strings)."""

import re

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\ufeff'\\\\]")


def quoted(text: str) -> str:
    """Return ``text`` in single quotes, in which Groovy does not interpolate."""
    escaped = _UNPRINTABLE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
    return f"'{escaped}'"


def environment(text: str) -> str:
    """Return ``text`` as a value of a Jenkinsfile's ``environment``, in which Jenkins expands ``$NAME``.

    The expansion is that of ``withEnv``, in which ``$$`` is a literal dollar
    (https://javadoc.jenkins.io/hudson/EnvVars.html#overrideExpandingAll(java.util.Map)).
    """
    return quoted(text.replace("$", "$$"))


def script(text: str) -> str:
    """Return the content of a string in triple single quotes, such as a multi-line shell script."""
    return text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'").replace("\r", "\\r")
