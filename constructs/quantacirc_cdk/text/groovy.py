"""Groovy, as Jenkins reads it (https://groovy-lang.org/syntax.html#all-strings)."""

import re

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\ufeff'\\\\]")


def quoted(text: str) -> str:
    """Return ``text`` in single quotes: Groovy puts no values into it."""
    escaped = _UNPRINTABLE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
    return f"'{escaped}'"


def environment(text: str) -> str:
    """Return ``text`` as a value of a Jenkinsfile's ``environment``, in which Jenkins itself expands ``$NAME``.

    The expansion is that of ``withEnv``, for which ``$$`` is a dollar
    (https://javadoc.jenkins.io/hudson/EnvVars.html#overrideExpandingAll(java.util.Map)).
    """
    return quoted(text.replace("$", "$$"))


def script(text: str) -> str:
    """Return the inside of a text in three single quotes, such as a shell script on several lines."""
    return text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'").replace("\r", "\\r")
